"""The account is brought back to what it was, as often as one likes."""

from typing import Any

import pytest

from aws_setup.local.server import LocalAws
from tests.businesses.deployed import PASSWORD, Deployed
from tests.deployment import REGION, deploy


@pytest.fixture
def deployed(local_aws_server: LocalAws) -> Deployed:
    deploy(local_aws_server)
    return Deployed(local_aws_server)


def everything(deployed: Deployed) -> dict[str, Any]:
    """Return what a look at each kind of thing in the account shows."""
    aws, outputs = deployed.aws, deployed.outputs
    calls = [
        aws.client("cloudformation", REGION).describe_stacks(),
        aws.client("cloudformation", REGION).list_change_sets(StackName="onboarding-test"),
        aws.client("dynamodb", REGION).list_tables(),
        aws.client("dynamodb", REGION).scan(TableName=outputs["BusinessTableName"]),
        deployed.cognito.list_users(UserPoolId=deployed.pool),
        deployed.cognito.list_groups(UserPoolId=deployed.pool),
        aws.client("iam", REGION).list_roles(),
        aws.client("iam", REGION).list_users(),
        aws.client("lambda", REGION).get_function_configuration(
            FunctionName=outputs["TriggerFunctionName"]
        ),
        aws.client("lambda", REGION).get_policy(FunctionName=outputs["TriggerFunctionName"]),
        aws.client("logs", REGION).describe_log_groups(),
        aws.client("appsync", REGION).list_resolvers(apiId=deployed.api_id, typeName="Query"),
        aws.client("ssm", REGION).describe_parameters(),
        aws.client("s3", REGION).list_buckets(),
        aws.client("cloudwatch", REGION).describe_alarms(),
    ]
    for answer in calls:
        del answer["ResponseMetadata"]
    return {"calls": calls, "messages": list(aws.messages)}


def change_everything(deployed: Deployed) -> None:
    """Make something, change something and delete something."""
    aws = deployed.aws
    aws.client("s3", REGION).create_bucket(
        Bucket="new", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    aws.client("iam", REGION).create_user(UserName="new")
    deployed.sign_up()
    deployed.stuck(1)
    deployed.cognito.delete_group(UserPoolId=deployed.pool, GroupName="businesses")
    for user in deployed.cognito.list_users(UserPoolId=deployed.pool)["Users"]:
        deployed.set_attributes(user["Username"], email="changed@example.com")
    aws.client("ssm", REGION).put_parameter(Name="/new", Value="new", Type="String")
    client = aws.client("lambda", REGION)
    client.delete_function(FunctionName=deployed.outputs["TriggerFunctionName"])
    table = {"TableName": deployed.table.name}
    aws.client("dynamodb", REGION).update_table(**table, DeletionProtectionEnabled=False)
    aws.client("dynamodb", REGION).delete_table(**table)
    aws.client("cloudformation", REGION).delete_stack(StackName="onboarding-test")
    waiter = aws.client("cloudformation", REGION).get_waiter("stack_delete_complete")
    waiter.wait(StackName="onboarding-test", WaiterConfig={"Delay": 0, "MaxAttempts": 500})


def test_what_came_after_is_gone_and_what_was_changed_is_back(deployed: Deployed) -> None:
    deployed.sign_up()
    snapshot, before = deployed.aws.snapshot(), everything(deployed)
    for _ in range(2):  # the second time, what was put back has been changed
        change_everything(deployed)
        deployed.aws.restore(snapshot)
        assert everything(deployed) == before


def test_a_snapshot_is_put_back_into_an_account_that_was_emptied(deployed: Deployed) -> None:
    snapshot, before = deployed.aws.snapshot(), everything(deployed)
    deployed.aws.reset()
    deployed.aws.restore(snapshot)
    assert everything(deployed) == before


def test_what_was_put_back_works(deployed: Deployed) -> None:
    snapshot = deployed.aws.snapshot()
    first = deployed.sign_up()
    deployed.aws.restore(snapshot)
    assert deployed.business(first) is None
    second = deployed.sign_up()
    assert deployed.businesses([first, second]) == 1
    assert deployed.groups(second) == ["businesses"]


def test_a_token_that_was_revoked_later_is_good_again(deployed: Deployed) -> None:
    pool = {"UserPoolId": deployed.pool}
    made = deployed.cognito.create_user_pool_client(
        **pool,
        ClientName="tests",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    client = {"ClientId": made["UserPoolClient"]["ClientId"]}
    sub = deployed.sign_up()
    tokens = deployed.cognito.admin_initiate_auth(
        **pool,
        **client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": sub, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]

    def refresh() -> Any:
        return deployed.cognito.admin_initiate_auth(
            **pool,
            **client,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )

    snapshot = deployed.aws.snapshot()
    deployed.cognito.revoke_token(Token=tokens["RefreshToken"], **client)
    with pytest.raises(deployed.cognito.exceptions.NotAuthorizedException):
        refresh()
    deployed.aws.restore(snapshot)
    assert refresh()["AuthenticationResult"]["AccessToken"]
    user = deployed.cognito.get_user(AccessToken=tokens["AccessToken"])
    assert user["Username"] == sub

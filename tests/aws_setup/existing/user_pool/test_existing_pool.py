"""A stack around a user pool that was there before."""

import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from aws_setup.exceptions import AwsSetupError, ExistingResourcesDiffer
from aws_setup.existing.parameters import ExistingParameters
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.user_pool.updates import update_arguments
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.existing.user_pool.full_pool import EVERYTHING
from tests.aws_setup.hired_operator import OperatorClients, run
from tests.aws_setup.operator import Operator

STACK = "onboarding-test"  # of tests.settings
BODY = render_template()
OTHER = f"arn:aws:lambda:{REGION}:123456789012:function:other"


def deploy(*arguments: str) -> str:
    out = io.StringIO()
    run("deploy_backend", *arguments, stdout=out, stdin=io.StringIO())
    return out.getvalue()


def operator_of(aws: LocalAws, **options: Any) -> Operator:
    client = OperatorClients(aws)
    return Operator(client, BODY, stack=STACK, options=ExistingOptions(**options))


def stack_of(aws: LocalAws) -> Any:
    return describe_stack(aws.client("cloudformation", REGION), STACK)


class OldPool:
    """A pool with every setting, in use before there was a stack."""

    def __init__(self, aws: LocalAws, **lambda_config: str) -> None:
        self.client: Any = aws.client("cognito-idp", REGION)
        given = EVERYTHING | {"LambdaConfig": {**EVERYTHING["LambdaConfig"], **lambda_config}}
        self.id: str = self.client.create_user_pool(**given)["UserPool"]["Id"]

    def described(self) -> dict[str, Any]:
        pool: dict[str, Any] = self.client.describe_user_pool(UserPoolId=self.id)["UserPool"]
        del pool["LastModifiedDate"]
        return pool

    def triggers(self) -> dict[str, str]:
        triggers: dict[str, str] = self.described()["LambdaConfig"]
        return triggers

    def settings(self) -> dict[str, Any]:
        """Return all but what the deployment is to change."""
        pool = self.described()
        del pool["LambdaConfig"], pool["SchemaAttributes"]
        return pool


def another_stack(aws: LocalAws) -> tuple[str, str]:
    """Make a stack such as Amplify's; return its pool's id and its table's name."""
    client: Any = aws.client("cloudformation", REGION)
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    texts = [{"AttributeName": "id", "AttributeType": "S"}]
    table = {"BillingMode": "PAY_PER_REQUEST", "KeySchema": key, "AttributeDefinitions": texts}
    group = {"UserPoolId": {"Ref": "UserPool"}, "GroupName": "businesses", "Precedence": 1}
    resources = {
        "UserPool": {
            "Type": "AWS::Cognito::UserPool",
            "Properties": {"UsernameAttributes": ["email"]},
        },
        "Group": {"Type": "AWS::Cognito::UserPoolGroup", "Properties": group},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
    }
    name = "amplify-shop-dev-auth"
    client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    listed = client.list_stack_resources(StackName=name)["StackResourceSummaries"]
    made = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
    return made["UserPool"], made["Table"]


@pytest.fixture
def free_pool(aws_environment: LocalAws) -> OldPool:
    return OldPool(aws_environment)


@pytest.fixture
def taken_pool(aws_environment: LocalAws) -> OldPool:
    return OldPool(aws_environment, PostConfirmation=OTHER)


def make_other(aws: LocalAws, pool: OldPool) -> None:
    """Make the function OTHER, which the pool may call."""
    trusted = aws.client("iam", REGION).create_role(RoleName="o", AssumeRolePolicyDocument="{}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return event\n")
    client = aws.client("lambda", REGION)
    client.create_function(
        FunctionName="other",
        Runtime="python3.13",
        Role=trusted["Role"]["Arn"],
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    client.add_permission(
        FunctionName="other",
        StatementId="confirmations",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        SourceArn=pool.described()["Arn"],
    )


def test_the_pool_gets_the_trigger_and_the_attribute_and_keeps_every_setting(
    aws_environment: LocalAws, free_pool: OldPool
) -> None:
    before, attributes = free_pool.settings(), free_pool.described()["SchemaAttributes"]
    said = deploy("--yes", "--user-pool-id", free_pool.id)
    [stack] = [stack_of(aws_environment)]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert outputs["UserPoolId"] == free_pool.id
    assert free_pool.settings() == before
    assert free_pool.triggers()["PostConfirmation"].endswith(outputs["TriggerFunctionName"])
    assert free_pool.triggers()["PreSignUp"] == EVERYTHING["LambdaConfig"]["PreSignUp"]
    added = [each for each in free_pool.described()["SchemaAttributes"] if each not in attributes]
    assert [each["Name"] for each in added] == ["custom:business_name"]
    assert "gets the attribute custom:business_name, for good" in said
    role, key = (
        EVERYTHING["SmsConfiguration"]["SnsCallerArn"],
        EVERYTHING["LambdaConfig"]["KMSKeyID"],
    )
    for right in (f"takes iam:PassRole for {role},", f"takes kms:CreateGrant for {key},"):
        assert f"To have user pool {free_pool.id} call the function {right}" in said
    assert "AWS::Cognito::UserPool\n" not in said  # no pool of its own

    somebody = operator_of(aws_environment)
    assert somebody.deploy().outcome == "unchanged"
    again = operator_of(aws_environment, user_pool_id=free_pool.id)
    assert again.deploy().outcome == "unchanged"
    assert "iam:PassRole" not in again.said

    somebody.destroy()
    assert free_pool.settings() == before
    assert free_pool.triggers() == EVERYTHING["LambdaConfig"]


def test_a_person_in_that_pool_is_onboarded(aws_environment: LocalAws) -> None:
    cognito = aws_environment.client("cognito-idp", REGION)
    pool_id = cognito.create_user_pool(
        PoolName="old", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"]
    )["UserPool"]["Id"]
    cognito.create_group(UserPoolId=pool_id, GroupName="businesses")
    said = deploy("--yes", "--user-pool-id", pool_id)
    assert f"User pool {pool_id} has the group businesses already" in said
    assert "AWS::Cognito::UserPoolGroup" not in said
    outputs = {e["OutputKey"]: e["OutputValue"] for e in stack_of(aws_environment)["Outputs"]}
    sub = cognito.sign_up(
        ClientId=outputs["UserPoolClientId"],
        Username="owner@example.com",
        Password="Correct-Horse-1979",
        UserAttributes=[
            {"Name": "email", "Value": "owner@example.com"},
            {"Name": "custom:business_name", "Value": "Bakery"},
        ],
    )["UserSub"]
    cognito.admin_confirm_sign_up(UserPoolId=pool_id, Username=sub)
    groups = cognito.admin_list_groups_for_user(UserPoolId=pool_id, Username=sub)["Groups"]
    assert [group["GroupName"] for group in groups] == ["businesses"]
    item = aws_environment.client("dynamodb", REGION).get_item(
        TableName=outputs["BusinessTableName"], Key={"id": {"S": sub}}
    )["Item"]
    assert item["name"] == {"S": "Bakery"}


def test_who_is_in_it_is_counted_and_can_be_taken_in_on_purpose(
    aws_environment: LocalAws, free_pool: OldPool, db: None
) -> None:
    for name in ("ann@example.com", "bob@example.com"):
        free_pool.client.admin_create_user(
            UserPoolId=free_pool.id, Username=name, MessageAction="SUPPRESS"
        )
        free_pool.client.admin_set_user_password(
            UserPoolId=free_pool.id, Username=name, Password="Correct-Horse-1979!", Permanent=True
        )
    said = deploy("--yes", "--user-pool-id", free_pool.id)
    assert f"User pool {free_pool.id} has about 2 users already." in said
    [command] = re.findall(r"`manage.py (find_stuck_onboardings .*?)`", said)
    assert "users already" not in deploy("--dry-run", "--user-pool-id", free_pool.id)

    def found(*arguments: str) -> str:
        out = io.StringIO()
        call_command(*arguments, "--older-than", "0s", "--dry-run", stdout=out)
        return out.getvalue()

    assert "0 of them newly found stuck" in found("find_stuck_onboardings")
    assert "2 of them newly found stuck" in found(*command.split())


def test_whoever_owns_the_pool_and_the_table_is_named_and_the_group_stays_theirs(
    aws_environment: LocalAws,
) -> None:
    pool_id, table = another_stack(aws_environment)
    somebody = operator_of(aws_environment, user_pool_id=pool_id, business_table=table)
    somebody.deploy(dry_run=True)
    owned = "belongs to the CloudFormation stack amplify-shop-dev-auth."
    assert f"User pool {pool_id} {owned}" in somebody.said
    assert f"Table {table} {owned}" in somebody.said
    somebody.deploy()
    groups = aws_environment.client("cognito-idp", REGION).list_groups(UserPoolId=pool_id)["Groups"]
    assert [(each["GroupName"], each["Precedence"]) for each in groups] == [("businesses", 1)]
    again = operator_of(aws_environment)
    again.used_tables = (table,)
    assert again.deploy().outcome == "unchanged"
    assert f"User pool {pool_id} {owned}" in again.said
    again.destroy()
    assert "AWS::Cognito::UserPoolGroup" not in again.said


def test_a_group_that_was_deleted_meanwhile_is_made_by_the_next_deployment(
    aws_environment: LocalAws, free_pool: OldPool
) -> None:
    free_pool.client.create_group(UserPoolId=free_pool.id, GroupName="businesses")
    operator_of(aws_environment, user_pool_id=free_pool.id).deploy()
    free_pool.client.delete_group(UserPoolId=free_pool.id, GroupName="businesses")
    assert operator_of(aws_environment).deploy().outcome == "deployed"
    free_pool.client.get_group(UserPoolId=free_pool.id, GroupName="businesses")
    last = operator_of(aws_environment)
    assert last.deploy().outcome == "unchanged"
    assert "has the group" not in last.said  # it is the stack's own by now


def test_a_role_that_the_group_gives_to_everybody_who_signs_up_is_told(
    aws_environment: LocalAws, free_pool: OldPool
) -> None:
    iam = aws_environment.client("iam", REGION)
    role = iam.create_role(RoleName="uploads", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    group = {"UserPoolId": free_pool.id, "GroupName": "businesses", "RoleArn": role}
    free_pool.client.create_group(**group, Precedence=3)
    somebody = operator_of(aws_environment, user_pool_id=free_pool.id)
    somebody.deploy()
    assert f"The group businesses has the IAM role {role}" in somebody.said
    kept = free_pool.client.get_group(UserPoolId=free_pool.id, GroupName="businesses")["Group"]
    assert group.items() <= kept.items()
    assert kept["Precedence"] == 3


def test_another_function_is_not_displaced_unasked(
    aws_environment: LocalAws, taken_pool: OldPool
) -> None:
    before = taken_pool.described()
    with pytest.raises(CommandError, match=rf"calls {OTHER} after each.*Nothing was changed"):
        deploy("--yes", "--user-pool-id", taken_pool.id)
    assert (stack_of(aws_environment), taken_pool.described()) == (None, before)


def test_a_displaced_function_is_given_back_at_the_end(
    aws_environment: LocalAws, taken_pool: OldPool
) -> None:
    make_other(aws_environment, taken_pool)
    said = deploy("--yes", "--user-pool-id", taken_pool.id, "--replace-trigger")
    assert f"in place of {OTHER}" in said
    assert taken_pool.triggers()["PostConfirmation"] != OTHER
    somebody = operator_of(aws_environment)
    somebody.deploy()  # which must not forget it

    somebody.destroy(delete_data=True)
    assert f"User pool {taken_pool.id} calls {OTHER} again, as before" in somebody.said
    assert taken_pool.triggers()["PostConfirmation"] == OTHER  # and it is not deleted


def test_a_displaced_function_that_cannot_be_called_any_more_is_not_given_back(
    aws_environment: LocalAws, taken_pool: OldPool
) -> None:
    deploy("--yes", "--user-pool-id", taken_pool.id, "--replace-trigger")
    make_other(aws_environment, taken_pool)
    aws_environment.client("lambda", REGION).remove_permission(
        FunctionName="other", StatementId="confirmations"
    )
    somebody = operator_of(aws_environment)
    result = somebody.destroy(dry_run=True)
    assert f"User pool {taken_pool.id} called {OTHER} before the stack." in result.user_pool
    assert "the pool is left without a trigger" in somebody.said
    assert taken_pool.triggers()["PostConfirmation"] != OTHER
    somebody.destroy()
    assert "PostConfirmation" not in taken_pool.triggers()


def alias_of(aws: LocalAws, function: str, pool: OldPool) -> str:
    """Publish a version of the stack's function and have the pool call an alias of it."""
    client = aws.client("lambda", REGION)
    version = client.publish_version(FunctionName=function)["Version"]
    alias: str = client.create_alias(FunctionName=function, Name="live", FunctionVersion=version)[
        "AliasArn"
    ]
    client.add_permission(
        FunctionName=alias,
        StatementId="confirmations",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        SourceArn=pool.described()["Arn"],
    )
    stays = update_arguments(pool.described(), pool.client.meta.service_model)
    triggers = {**pool.triggers(), "PostConfirmation": alias}
    pool.client.update_user_pool(**stays | {"LambdaConfig": triggers})
    return alias


def test_an_alias_of_the_stacks_own_function_is_never_given_back(
    aws_environment: LocalAws, taken_pool: OldPool
) -> None:
    make_other(aws_environment, taken_pool)
    first = operator_of(aws_environment, user_pool_id=taken_pool.id, replace_trigger=True)
    alias = alias_of(aws_environment, first.deploy().outputs["TriggerFunctionName"], taken_pool)
    with pytest.raises(AwsSetupError, match="an alias of the stack's function") as caught:
        operator_of(aws_environment).deploy()
    assert caught.value.hint == "Add --replace-trigger to call the function itself."
    second = operator_of(aws_environment, replace_trigger=True)
    second.deploy()
    assert f"in place of {alias}" in second.said
    second.destroy()
    assert taken_pool.triggers()["PostConfirmation"] == OTHER


def test_a_pool_that_calls_an_alias_of_the_function_is_detached_from_it_too(
    aws_environment: LocalAws, free_pool: OldPool
) -> None:
    somebody = operator_of(aws_environment, user_pool_id=free_pool.id)
    alias = alias_of(aws_environment, somebody.deploy().outputs["TriggerFunctionName"], free_pool)
    aws_environment.faults.fail("DeleteStack", "SomethingNew")
    with pytest.raises(AwsSetupError, match="SomethingNew"):
        somebody.destroy()
    assert free_pool.triggers()["PostConfirmation"] == alias
    result = somebody.destroy()
    assert f"User pool {free_pool.id} calls no function" in result.user_pool
    assert free_pool.triggers() == EVERYTHING["LambdaConfig"]


def test_the_group_in_it_stays_also_when_the_data_goes(
    aws_environment: LocalAws, free_pool: OldPool
) -> None:
    somebody = operator_of(aws_environment, user_pool_id=free_pool.id)
    somebody.deploy()
    somebody.out.truncate(0)
    somebody.destroy(delete_data=True)
    rows = [line.split() for line in somebody.said.splitlines()]
    assert ["Keep", "Group", "AWS::Cognito::UserPoolGroup", "businesses"] in rows
    assert ["DELETE", "WITH", "ITS", "DATA", "BusinessTable"] in [row[:5] for row in rows]
    kept = f"Kept: the group businesses with its members, in user pool {free_pool.id}."
    assert kept in somebody.said
    free_pool.client.get_group(UserPoolId=free_pool.id, GroupName="businesses")


def test_a_dry_run_shows_what_would_be_done_to_the_pool_and_does_none_of_it(
    aws_environment: LocalAws, taken_pool: OldPool
) -> None:
    before = taken_pool.described()
    said = deploy("--dry-run", "--user-pool-id", taken_pool.id, "--replace-trigger")
    assert "gets the attribute custom:business_name" in said
    assert f"in place of {OTHER}; its other settings stay." in said
    assert taken_pool.described() == before


def test_a_run_that_was_cut_off_before_the_trigger_is_completed_by_the_next(
    aws_environment: LocalAws, taken_pool: OldPool
) -> None:
    aws_environment.faults.fail("UpdateUserPool", "UserImportInProgressException")
    first = operator_of(aws_environment, user_pool_id=taken_pool.id, replace_trigger=True)
    with pytest.raises(AwsSetupError, match="is being changed by somebody else") as caught:
        first.deploy()
    assert "run it again" in caught.value.hint
    assert taken_pool.triggers()["PostConfirmation"] == OTHER

    make_other(aws_environment, taken_pool)
    second = operator_of(aws_environment)
    assert second.deploy().outcome == "deployed"
    assert "calls the stack's function after each confirmation" in second.said
    assert taken_pool.triggers()["PostConfirmation"] != OTHER
    second.destroy()
    assert taken_pool.triggers()["PostConfirmation"] == OTHER


def test_an_attribute_whose_answer_was_lost_is_not_missed_when_boto3_asks_again(
    aws_environment: LocalAws, free_pool: OldPool
) -> None:
    aws_environment.faults.lose_connection("AddCustomAttributes", is_late=True)
    deploy("--yes", "--user-pool-id", free_pool.id)
    assert aws_environment.faults.calls("AddCustomAttributes") == 2
    names = [each["Name"] for each in free_pool.described()["SchemaAttributes"]]
    assert names.count("custom:business_name") == 1


def test_an_attribute_that_cognito_refuses_leaves_no_plan_behind(
    aws_environment: LocalAws, free_pool: OldPool
) -> None:
    said = "Too many custom attributes."
    aws_environment.faults.fail("AddCustomAttributes", "InvalidParameterException", message=said)
    with pytest.raises(AwsSetupError, match=rf"{said}.*Nothing was changed"):
        operator_of(aws_environment, user_pool_id=free_pool.id).deploy()
    assert stack_of(aws_environment) is None


def test_an_attribute_that_was_added_before_the_plan_was_refused_is_told(
    aws_environment: LocalAws, free_pool: OldPool
) -> None:
    aws_environment.faults.fail("ExecuteChangeSet", "SomethingNew")
    with pytest.raises(AwsSetupError, match=r"now has the attribute custom:business_name; nothing"):
        operator_of(aws_environment, user_pool_id=free_pool.id).deploy()
    assert stack_of(aws_environment) is None


def test_a_pool_that_is_not_there_is_refused_before_anything_is_made(
    aws_environment: LocalAws,
) -> None:
    with pytest.raises(CommandError, match=r"no user pool eu-central-1_x .*Nothing was changed"):
        deploy("--yes", "--user-pool-id", "eu-central-1_x")
    assert stack_of(aws_environment) is None


def a_stack(**parameters: str) -> Any:
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    return {"StackName": STACK, "StackStatus": "CREATE_COMPLETE", "Parameters": given}


def test_a_stack_keeps_the_resources_that_it_was_made_with() -> None:
    parameters = ExistingParameters.of(
        a_stack(ExistingUserPoolId="pool", ExistingBusinessTableName="", DisplacedTrigger=OTHER),
        user_pool_id="",
        business_table="",
    )
    assert parameters == ExistingParameters(user_pool_id="pool", displaced_trigger=OTHER)
    with pytest.raises(ExistingResourcesDiffer, match="has the user pool pool and keeps it"):
        ExistingParameters.of(
            a_stack(ExistingUserPoolId="pool"), user_pool_id="x", business_table=""
        )
    with pytest.raises(ExistingResourcesDiffer, match="does not tell which tables it uses"):
        ExistingParameters.of(a_stack(), user_pool_id="", business_table="x")


def test_a_stack_that_does_not_exist_yet_takes_what_is_asked_for() -> None:
    in_review: Any = {"StackName": STACK, "StackStatus": "REVIEW_IN_PROGRESS"}
    for stack in (None, in_review):
        parameters = ExistingParameters.of(stack, user_pool_id="pool", business_table="table")
        assert parameters == ExistingParameters(user_pool_id="pool", business_table="table")

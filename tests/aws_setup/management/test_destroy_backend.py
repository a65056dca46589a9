"""`manage.py destroy_backend`, as an operator meets it."""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.core.management import CommandError

from aws_setup.existing.kept_resources import find_kept
from aws_setup.local.server import LocalAws
from aws_setup.stack.attached_policies import refuse_attached
from aws_setup.stack.states import describe_stack
from tests import deployment
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import run
from tests.aws_setup.operator import InterruptedTerminal, Terminal

STACK = "onboarding-test"  # of tests.settings


def destroy(*arguments: str, stdin: io.StringIO | None = None) -> str:
    out = io.StringIO()
    run("destroy_backend", *arguments, stdout=out, stdin=stdin or io.StringIO())
    return out.getvalue()


def stack_of(aws: LocalAws) -> Any:
    return describe_stack(aws.client("cloudformation", REGION), STACK)


def outputs_of(aws: LocalAws) -> dict[str, str]:
    return {each["OutputKey"]: each["OutputValue"] for each in stack_of(aws)["Outputs"]}


def pool_of(aws: LocalAws, pool_id: str) -> Any:
    return aws.client("cognito-idp", REGION).describe_user_pool(UserPoolId=pool_id)["UserPool"]


def kept_by(aws: LocalAws) -> dict[str, str]:
    found = find_kept(aws.client("resourcegroupstaggingapi", REGION), STACK)
    return {kept.logical_id: kept.physical_id for kept in found.free}


@pytest.fixture
def deployed(aws_environment: LocalAws) -> dict[str, str]:
    """The outputs of a deployed stack."""
    deployment.deploy(aws_environment)
    return outputs_of(aws_environment)


def test_the_stack_goes_and_its_pool_and_tables_stay_without_the_trigger(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    before = pool_of(aws_environment, deployed["UserPoolId"])
    said = destroy(stdin=Terminal(f"{STACK}\n"))

    assert stack_of(aws_environment) is None
    assert kept_by(aws_environment) == {
        "UserPool": deployed["UserPoolId"],
        "BusinessTable": deployed["BusinessTableName"],
        "OnboardingTable": deployed["OnboardingTableName"],
    }
    after = pool_of(aws_environment, deployed["UserPoolId"])
    assert after["LambdaConfig"] == {}
    assert after["DeletionProtection"] == "ACTIVE"
    assert after["Policies"] == before["Policies"]
    lines = [line.split() for line in said.splitlines()]
    assert ["Remove", "TriggerFunction", "AWS::Lambda::Function"] in lines
    assert ["Keep", "UserPool", "AWS::Cognito::UserPool", deployed["UserPoolId"]] in lines
    assert ["UserPool", deployed["UserPoolId"], "about", "0", "users"] in lines
    assert said.splitlines()[0] == f"Account 123456789012, Region {REGION}, stack {STACK}"
    assert "The next deploy_backend adopts them" in said

    again = destroy()
    assert f"Stack {STACK} does not exist in {REGION}." in again
    assert deployed["BusinessTableName"] in again


def test_a_person_confirms_in_a_pool_whose_stack_is_gone(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    destroy("--yes", STACK)
    cognito = aws_environment.client("cognito-idp", REGION)
    pool_id = deployed["UserPoolId"]
    client = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="another")
    person = cognito.sign_up(
        ClientId=client["UserPoolClient"]["ClientId"],
        Username="owner@example.com",
        Password="Correct-Horse-1979",
        UserAttributes=[{"Name": "email", "Value": "owner@example.com"}],
    )["UserSub"]
    cognito.admin_confirm_sign_up(UserPoolId=pool_id, Username=person)  # no trigger fails


def test_delete_data_asks_twice_and_removes_everything(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    said = destroy("--delete-data", stdin=Terminal(f"{STACK}\n{STACK}\n"))
    assert stack_of(aws_environment) is None
    assert kept_by(aws_environment) == {}
    with pytest.raises(ClientError, match="ResourceNotFound"):
        pool_of(aws_environment, deployed["UserPoolId"])
    assert aws_environment.client("dynamodb", REGION).list_tables()["TableNames"] == []
    assert "DELETE WITH ITS DATA" in said
    assert f"Deleted UserPool {deployed['UserPoolId']}" in said
    assert "It has left nothing behind." in destroy()


def test_what_was_kept_can_be_deleted_later(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    destroy("--yes", STACK)
    destroy("--delete-data", "--yes-delete-data", STACK)
    assert kept_by(aws_environment) == {}
    assert "There is no data to delete." in destroy("--delete-data")


def test_nothing_but_the_stacks_name_removes_anything(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    refused = [
        ([], Terminal("y\n"), r"'y' is not the stack's name\. Nothing was changed\.\nThe stack is"),
        ([], Terminal(""), r"'' is not the stack's name\. Nothing was changed\."),
        ([], io.StringIO(), rf"nobody to ask.* Nothing was changed\.\nAdd `--yes {STACK}`"),
        ([], InterruptedTerminal(), r"^Interrupted\. Nothing was changed\.$"),
        (["--yes", "other"], Terminal(""), r"'other' is not the stack's name\. Nothing was"),
        (["--delete-data"], Terminal(f"{STACK}\ny\n"), r"'y' is not the stack's name\. Nothing"),
        (["--delete-data", "--yes", STACK], io.StringIO(), rf"Add `--yes-delete-data {STACK}`"),
    ]
    for arguments, stdin, said in refused:
        with pytest.raises(CommandError, match=said):
            destroy(*arguments, stdin=stdin)
    assert stack_of(aws_environment)["StackStatus"] == "CREATE_COMPLETE"
    assert "PostConfirmation" in pool_of(aws_environment, deployed["UserPoolId"])["LambdaConfig"]


def test_a_deletion_that_does_not_start_leaves_the_trigger_where_it_was(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    aws_environment.faults.fail("DeleteStack", "AccessDenied", status=403)
    with pytest.raises(CommandError, match="AWS refused DeleteStack"):
        destroy("--yes", STACK)
    pool = pool_of(aws_environment, deployed["UserPoolId"])
    assert pool["LambdaConfig"]["PostConfirmation"].endswith(deployed["TriggerFunctionName"])


def test_a_pool_that_calls_another_function_by_now_keeps_it(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    other = f"arn:aws:lambda:{REGION}:123456789012:function:other"
    aws_environment.client("cognito-idp", REGION).update_user_pool(
        UserPoolId=deployed["UserPoolId"],
        AutoVerifiedAttributes=["email"],
        LambdaConfig={"PostConfirmation": other},
    )
    destroy("--yes", STACK)
    pool = pool_of(aws_environment, deployed["UserPoolId"])
    assert pool["LambdaConfig"] == {"PostConfirmation": other}


def test_the_pool_of_a_stack_that_was_rolled_back_loses_the_trigger_too(
    aws_environment: LocalAws,
) -> None:
    ssm = aws_environment.client("ssm", REGION)
    ssm.put_parameter(Name=f"/business-onboarding/{STACK}/graphql-url", Value="x", Type="String")
    with pytest.raises(CommandError, match="ROLLBACK_COMPLETE"):
        run("deploy_backend", "--yes", stdout=io.StringIO())
    destroy("--yes", STACK)
    assert stack_of(aws_environment) is None
    pool_id = kept_by(aws_environment)["UserPool"]
    assert pool_of(aws_environment, pool_id)["LambdaConfig"] == {}


def test_of_a_policy_that_was_never_made_nobody_is_asked(aws_environment: LocalAws) -> None:
    refuse_attached(aws_environment.client("iam", REGION), [""])
    assert aws_environment.faults.calls("ListEntitiesForPolicy") == 0


@pytest.fixture
def attached(aws_environment: LocalAws, deployed: dict[str, str]) -> str:
    """The ARN of the site's policy, which the site's role has, as the README says."""
    iam, arn = aws_environment.client("iam", REGION), deployed["SitePolicyArn"]
    iam.create_role(RoleName="site", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="site", PolicyArn=arn)
    return arn


def test_a_policy_that_the_site_has_is_detached_first_and_until_then_nothing_is_touched(
    aws_environment: LocalAws, deployed: dict[str, str], attached: str
) -> None:
    with pytest.raises(CommandError) as caught:
        destroy("--yes", STACK)
    said, hint = str(caught.value).splitlines()
    assert f"{attached} to the role site. Nothing was changed." in said
    command = f"`aws iam detach-role-policy --role-name site --policy-arn {attached}`"
    assert hint == f"Detach it, then run it again: {command}."
    assert stack_of(aws_environment)["StackStatus"] == "CREATE_COMPLETE"
    assert "PostConfirmation" in pool_of(aws_environment, deployed["UserPoolId"])["LambdaConfig"]

    aws_environment.client("iam", REGION).detach_role_policy(RoleName="site", PolicyArn=attached)
    destroy("--yes", STACK)
    assert stack_of(aws_environment) is None


def test_whoever_may_not_look_at_policies_learns_it_from_the_failure_and_what_stands(
    aws_environment: LocalAws, deployed: dict[str, str], attached: str
) -> None:
    for _ in range(2):  # the second run, too, leaves the pool without its trigger
        aws_environment.faults.fail("ListEntitiesForPolicy", "AccessDenied", status=403)
        with pytest.raises(CommandError) as caught:
            destroy("--yes", STACK)
        said = str(caught.value)
        assert "SitePolicy (AWS::IAM::ManagedPolicy) is DELETE_FAILED" in said
        assert "the tables and the people in the user pool are untouched" in said
        assert f"User pool {deployed['UserPoolId']} no longer calls the stack's function" in said
        assert "people who confirm in the meantime are not onboarded" in said
        assert "aws iam list-entities-for-policy" in said
        assert "destroy_backend` again" in said
    aws_environment.client("iam", REGION).detach_role_policy(RoleName="site", PolicyArn=attached)
    destroy("--yes", STACK)
    assert stack_of(aws_environment) is None


def test_a_stack_in_review_goes(aws_environment: LocalAws) -> None:
    aws_environment.client("cloudformation", REGION).create_change_set(
        StackName=STACK,
        ChangeSetName="left",
        ChangeSetType="CREATE",
        TemplateBody='{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}',
    )
    assert "It has left nothing behind." in destroy("--yes", STACK)
    assert stack_of(aws_environment) is None


def test_a_pool_with_a_domain_stays_and_the_next_run_deletes_the_rest(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    aws_environment.faults.fail(
        "DeleteUserPool",
        "InvalidParameterException",
        message="User pool cannot be deleted. It has a domain configured.",
    )
    with pytest.raises(CommandError) as caught:
        destroy("--delete-data", "--yes", STACK, "--yes-delete-data", STACK)
    assert "could not be deleted: User pool cannot be deleted. It has a domain" in str(caught.value)
    assert f"Stack {STACK} is gone." in str(caught.value)
    assert "destroy_backend --delete-data` again" in str(caught.value)
    destroy("--delete-data", "--yes-delete-data", STACK)
    assert kept_by(aws_environment) == {}


def test_what_aws_answers_unforeseen_is_told_in_its_own_words(
    aws_environment: LocalAws, settings: Any
) -> None:
    # The first one is met while the operator's policy is printed.
    odd = "Something odd happened."
    aws_environment.faults.fail("DescribeStacks", "Odd", message=odd, times=2)
    with pytest.raises(CommandError) as caught:
        destroy("--yes", STACK)
    said = str(caught.value).splitlines()
    assert said[0] == "AWS answered DescribeStacks with Odd: Something odd happened."
    assert "run it again" in said[1]
    settings.BACKEND_STACK_NAME = "no_name"
    with pytest.raises(CommandError, match="'no_name' is not a valid stack name, so AWS was not"):
        destroy("--yes", "no_name")

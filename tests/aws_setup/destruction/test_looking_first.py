"""`destroy_backend` looks at everything before it touches anything, and can stop there."""

import io
import json
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.exceptions import WaiterError
from django.core.management import CommandError

from aws_setup.destruction.former_function import former_function
from aws_setup.destruction.planned import DELETE, KEEP, REMOVE
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import describe_stack
from tests import deployment
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import run
from tests.aws_setup.operator import InterruptedTerminal, Terminal

STACK = "onboarding-test"  # of tests.settings
ACCOUNT = "123456789012"
ALL = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


@pytest.fixture
def deployed(aws_environment: LocalAws) -> dict[str, str]:
    """The physical ids of a deployed stack's resources."""
    deployment.deploy(aws_environment)
    client = aws_environment.client("cloudformation", REGION)
    pages = client.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for page in pages
        for each in page["StackResourceSummaries"]
    }


def result_of(*arguments: str, stdin: Terminal | None = None) -> tuple[dict[str, Any], str, int]:
    """Return the object on standard output, what is on standard error, and the exit status."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        run(
            "destroy_backend",
            "--json",
            *arguments,
            stdout=out,
            stderr=err,
            stdin=stdin or Terminal(),
        )
    except CommandError as error:
        status = error.returncode
    [line] = out.getvalue().splitlines()
    return json.loads(line), err.getvalue(), status


def status_of(aws: LocalAws) -> str:
    stack = describe_stack(aws.client("cloudformation", REGION), STACK)
    return stack["StackStatus"] if stack else ""


def calls_function(aws: LocalAws, pool_id: str) -> bool:
    pool = aws.client("cognito-idp", REGION).describe_user_pool(UserPoolId=pool_id)["UserPool"]
    return "PostConfirmation" in pool["LambdaConfig"]


@pytest.mark.parametrize("delete_data", [False, True])
def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    aws_environment: LocalAws, deployed: dict[str, str], delete_data: bool
) -> None:
    data = {name: deployed[name] for name in ("UserPool", "BusinessTable", "OnboardingTable")}
    result, said, status = result_of("--dry-run", *(["--delete-data"] if delete_data else []))
    assert status == 0
    assert (result["outcome"], result["error"], result["stack"]) == ("planned", "", STACK)
    assert (result["account"], result["region"]) == (ACCOUNT, REGION)
    actions = {each["logical_id"]: each["action"] for each in result["resources"]}
    assert actions.keys() == deployed.keys()
    assert {actions[name] for name in data} == {DELETE if delete_data else KEEP}
    assert actions["TriggerFunction"] == REMOVE
    listed = {each["logical_id"]: each["physical_id"] for each in result["to_be_deleted"]}
    stays = {each["logical_id"]: each["physical_id"] for each in result["kept"]}
    assert (listed, stays) == ((data, {}) if delete_data else ({}, data))
    assert result["deleted"] == []
    assert result["user_pool"] in said
    assert ("deleted for good" in said) == delete_data
    assert said.splitlines()[-1] == "Nothing was changed."
    assert status_of(aws_environment) == "CREATE_COMPLETE"
    assert calls_function(aws_environment, deployed["UserPool"])


def test_json_says_how_a_removal_ended(aws_environment: LocalAws, deployed: dict[str, str]) -> None:
    result, said, status = result_of(stdin=Terminal("y\n"))
    assert (result["outcome"], status) == ("failed", 1)
    assert result["error"] == "'y' is not the stack's name. Nothing was changed."
    assert result["hint"].startswith(f"The stack is {STACK}")
    result, said, status = result_of("--yes", STACK)
    assert (result["outcome"], result["error"], status) == ("removed", "", 0)
    assert f"Stack {STACK} is gone." in said
    assert f"User pool {deployed['UserPool']} calls no function" in result["user_pool"]
    result, _, _ = result_of("--delete-data", "--yes-delete-data", STACK)
    assert (result["outcome"], result["resources"]) == ("absent", [])
    assert (len(result["deleted"]), result["to_be_deleted"]) == (3, [])
    assert status_of(aws_environment) == ""


def test_json_names_as_deleted_only_what_is_deleted(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    data = {deployed[name] for name in ("UserPool", "BusinessTable", "OnboardingTable")}

    def told(*names: str, stdin: Terminal | None = None) -> tuple[str, set[str], set[str]]:
        result, _, _ = result_of("--delete-data", *names, stdin=stdin)
        gone, to_go = (
            {each["physical_id"] for each in result[name]} for name in ("deleted", "to_be_deleted")
        )
        return result["outcome"], gone, to_go

    for names in ((), ("--yes", STACK)):
        assert told(*names, stdin=Terminal("wrong\n")) == ("failed", set(), data)
        assert told(*names, stdin=InterruptedTerminal()) == ("interrupted", set(), data)
    assert status_of(aws_environment) == "CREATE_COMPLETE"
    named = ("--yes", STACK, "--yes-delete-data", STACK)
    aws_environment.faults.fail("DeleteTable", "AccessDeniedException", after=1)
    gone, left = {deployed["BusinessTable"]}, data - {deployed["BusinessTable"]}
    assert told(*named) == ("failed", gone, left)
    tables = aws_environment.client("dynamodb", REGION).list_tables()["TableNames"]
    assert tables == [deployed["OnboardingTable"]]
    assert told(*named) == ("absent", left, set())


def test_a_policy_that_others_attached_to_a_role_is_named_before_anything_is_touched(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    iam, role = aws_environment.client("iam", REGION), deployed["TriggerRole"]
    watch = json.dumps({"Version": "2012-10-17", "Statement": [ALL]})
    arn = iam.create_policy(PolicyName="watch", PolicyDocument=watch)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    iam.put_role_policy(RoleName=role, PolicyName="watch-too", PolicyDocument=watch)
    for arguments in (["--dry-run"], ["--yes", STACK]):
        result, _, status = result_of(*arguments)
        assert (result["outcome"], status) == ("failed", 1)
        assert f"{arn} of the role {role}; watch-too of the role {role}" in result["error"]
        assert result["error"].endswith("Nothing was changed.")
        commands = (
            f"`aws iam detach-role-policy --policy-arn {arn} --role-name {role}`; "
            f"`aws iam delete-role-policy --policy-name watch-too --role-name {role}`"
        )
        assert commands in result["hint"]
    assert calls_function(aws_environment, deployed["UserPool"])
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    iam.delete_role_policy(RoleName=role, PolicyName="watch-too")
    assert result_of("--yes", STACK)[0]["outcome"] == "removed"


def test_so_is_an_instance_profile_that_a_role_is_in(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    iam, role = aws_environment.client("iam", REGION), deployed["TriggerRole"]
    iam.create_instance_profile(InstanceProfileName="worker")
    iam.add_role_to_instance_profile(InstanceProfileName="worker", RoleName=role)
    result, _, _ = result_of("--yes", STACK)
    assert f"worker of the role {role}. Nothing was changed." in result["error"]
    command = "`aws iam remove-role-from-instance-profile --instance-profile-name worker"
    assert f"{command} --role-name {role}`" in result["hint"]
    assert calls_function(aws_environment, deployed["UserPool"])
    # CloudFormation itself would have found out half way.
    client = aws_environment.client("cloudformation", REGION)
    client.delete_stack(StackName=STACK)
    with pytest.raises(WaiterError, match="DELETE_FAILED"):
        client.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    iam.remove_role_from_instance_profile(InstanceProfileName="worker", RoleName=role)
    assert result_of("--yes", STACK)[0]["outcome"] == "removed"


def test_a_domain_that_keeps_the_pool_is_named_if_the_data_are_to_go(
    aws_environment: LocalAws, deployed: dict[str, str]
) -> None:
    cognito, pool = aws_environment.client("cognito-idp", REGION), deployed["UserPool"]
    cognito.create_user_pool_domain(Domain="shop", UserPoolId=pool)
    with_data = ["--yes", STACK, "--delete-data", "--yes-delete-data", STACK]
    result, _, _ = result_of(*with_data)
    assert f"User pool {pool} has the domain shop" in result["error"]
    assert f"--user-pool-id {pool} --domain shop`" in result["hint"]
    assert status_of(aws_environment) == "CREATE_COMPLETE"
    assert calls_function(aws_environment, pool)
    assert result_of("--yes", STACK)[0]["outcome"] == "removed"  # which keeps the pool
    cognito.delete_user_pool_domain(Domain="shop", UserPoolId=pool)
    assert len(result_of(*with_data)[0]["deleted"]) == 3


def test_a_function_that_nobody_may_look_at_is_given_back_with_a_warning(
    aws_environment: LocalAws,
) -> None:
    iam = aws_environment.client("iam", REGION)
    iam.create_user(UserName="limited")
    key = iam.create_access_key(UserName="limited")["AccessKey"]
    other = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:other"
    pool = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_x"
    client = boto3.client(
        "lambda",
        region_name=REGION,
        endpoint_url=iam.meta.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    with closing(client):
        given_back, said = former_function(client, pool, other)
    assert given_back == other
    assert "these credentials may not call lambda:GetPolicy" in said
    assert former_function(aws_environment.client("lambda", REGION), pool, other)[0] == ""

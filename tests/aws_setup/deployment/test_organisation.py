"""What organisations demand: a role for CloudFormation, a boundary, tags, and protection."""

import io
import json
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from aws_setup.exceptions import PlanFailed, RemovalFailed
from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.server import LocalAws
from aws_setup.stack.stack_options import StackOptions
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.hired import EVERYTHING, make_role
from tests.aws_setup.hired_operator import OperatorClients, run
from tests.aws_setup.operator import Operator

REGION = "eu-central-1"
STACK = settings.BACKEND_STACK_NAME
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
TOPIC = {"Type": "AWS::SNS::Topic"}


def planned(*options: str) -> dict[str, Any]:
    """Return the JSON of the command's dry run."""
    out = io.StringIO()
    run("deploy_backend", "--dry-run", "--json", *options, stdout=out, stderr=io.StringIO())
    plan: dict[str, Any] = json.loads(out.getvalue())
    return plan


def small(**resources: Any) -> str:
    """Return our template with these resources only, which is deployed at once."""
    template = parse_template(render_template(), "the template")
    kept = {name: template[name] for name in ("Parameters", "Conditions")}
    return json.dumps({**kept, "Resources": resources or {"Topic": TOPIC}, **outputs()})


def outputs() -> dict[str, Any]:
    return {"Outputs": {"Name": {"Value": "x"}}}


@pytest.fixture
def aws(aws_environment: LocalAws) -> LocalAws:
    return aws_environment


def operator(aws: LocalAws, **options: Any) -> Operator:
    return Operator(
        OperatorClients(aws),
        small(),
        stack=STACK,
        stack_options=StackOptions(**options),
    )


def stack_of(aws: LocalAws) -> Any:
    [stack] = aws.client("cloudformation", REGION).describe_stacks(StackName=STACK)["Stacks"]
    return stack


def tags_of(aws: LocalAws) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in stack_of(aws)["Tags"]}


# -- Tags ---------------------------------------------------------------------------------------


def test_tags_are_added_and_those_of_others_stay(aws: LocalAws) -> None:
    operator(aws, tags={"team": "payments"}).deploy()
    assert tags_of(aws) == {"application": "business-onboarding", "team": "payments"}
    client = aws.client("cloudformation", REGION)
    client.create_change_set(
        StackName=STACK,
        ChangeSetName="theirs",
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": each["ParameterKey"], "UsePreviousValue": True}
            for each in stack_of(aws)["Parameters"]
        ],
        Tags=[{"Key": "auditor", "Value": "x"}, {"Key": "team", "Value": "payments"}],
    )
    waiting = {"StackName": STACK, "WaiterConfig": {"Delay": 0.05, "MaxAttempts": 400}}
    client.get_waiter("change_set_create_complete").wait(ChangeSetName="theirs", **waiting)
    client.execute_change_set(StackName=STACK, ChangeSetName="theirs")
    client.get_waiter("stack_update_complete").wait(**waiting)

    somebody = operator(aws, tags={"team": "sales"})
    somebody.deploy()
    assert tags_of(aws) == {
        "application": "business-onboarding",
        "auditor": "x",
        "team": "sales",
    }
    assert "tag of the stack: team=payments -> sales" in somebody.said
    assert "tag of the stack: + application=business-onboarding" in somebody.said
    assert "auditor" not in somebody.said
    assert operator(aws).deploy().outcome == "unchanged"
    assert tags_of(aws)["team"] == "sales"


def test_the_command_takes_the_role_and_the_settings_tags_and_protection(
    aws: LocalAws, settings: Any
) -> None:
    role = make_role(aws, "deployer", "cloudformation.amazonaws.com", EVERYTHING)
    settings.STACK_TAGS, settings.TERMINATION_PROTECTION = {"team": "payments"}, True
    plan = planned(f"--role-arn={role}")
    assert plan["tag_changes"]["team"] == {"before": None, "after": "payments"}
    assert plan["notes"] == [f"CloudFormation acts with the role {role}"]
    [step] = plan["steps"]
    assert step.startswith("Termination protection is turned on")


# -- The role -----------------------------------------------------------------------------------


def test_cloudformation_acts_with_the_role_and_the_stack_keeps_it(aws: LocalAws) -> None:
    role = make_role(aws, "deployer", "cloudformation.amazonaws.com", EVERYTHING)
    first = operator(aws, role_arn=role)
    first.deploy()
    assert stack_of(aws)["RoleARN"] == role
    assert f"CloudFormation acts with the role {role}" in first.said
    again = operator(aws)
    again.deploy()
    assert f"CloudFormation acts with the role {role}" in again.said


def test_a_role_that_cannot_be_assumed_changes_nothing_and_says_which_one_could(
    aws: LocalAws,
) -> None:
    role = make_role(aws, "deployer", "lambda.amazonaws.com")
    with pytest.raises(PlanFailed, match=rf"can't act with the role: Role {role} is in") as caught:
        operator(aws, role_arn=role).deploy()
    assert "that CloudFormation may assume" in caught.value.hint
    assert aws.client("cloudformation", REGION).describe_stacks()["Stacks"] == []


@pytest.mark.parametrize("command", ["deploy_backend", "destroy_backend"])
def test_what_is_no_role_is_refused_before_any_call(aws: LocalAws, command: str) -> None:
    with pytest.raises(CommandError, match="'deployer' is not the ARN of a role"):
        call_command(command, "--role-arn", "deployer", stdout=io.StringIO())
    assert aws.faults.history == []


def test_the_role_can_be_given_to_the_removal_too(aws: LocalAws) -> None:
    operator(aws).deploy()
    with pytest.raises(CommandError, match="invalid or cannot be assumed"):
        run(
            "destroy_backend",
            f"--yes={STACK}",
            "--role-arn=arn:aws:iam::123456789012:role/gone",
            stdout=io.StringIO(),
        )
    assert stack_of(aws)["StackStatus"] == "CREATE_COMPLETE"


# -- The boundary -------------------------------------------------------------------------------


def test_every_role_gets_the_boundary_and_nothing_else_changes() -> None:
    bounded = parse_template(render_template(permissions_boundary=BOUNDARY), "the template")
    plain = parse_template(render_template(), "the template")
    roles = {name for name, each in plain["Resources"].items() if each["Type"] == "AWS::IAM::Role"}
    assert len(roles) >= 4
    for name in roles:
        assert bounded["Resources"][name]["Properties"].pop("PermissionsBoundary") == BOUNDARY
    assert bounded == plain


def test_the_printed_template_has_the_boundary_of_the_settings(settings: Any) -> None:
    settings.PERMISSIONS_BOUNDARY_ARN = BOUNDARY
    out = io.StringIO()
    call_command("deploy_backend", "--print-template", stdout=out)
    assert out.getvalue() == render_template(permissions_boundary=BOUNDARY)


def test_a_deployment_bounds_every_role_as_the_settings_say(aws: LocalAws, settings: Any) -> None:
    settings.PERMISSIONS_BOUNDARY_ARN = BOUNDARY
    plan = planned()
    roles = {each["logical_id"] for each in plan["changes"] if "::Role" in each["resource_type"]}
    bounded = {each["resource"] for each in plan["permissions"] if each["action"] == BOUNDARY}
    assert bounded == roles
    assert len(roles) >= 4


def test_the_plan_shows_the_boundary_among_the_permissions(aws: LocalAws) -> None:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    }
    somebody = operator(aws)
    somebody.body = small(Role=role)
    somebody.deploy()
    role["Properties"]["PermissionsBoundary"] = BOUNDARY  # type: ignore[index]
    somebody.body = small(Role=role)
    somebody.deploy(dry_run=True)
    assert any(
        line.split() == ["+", "Role", "Bounded", BOUNDARY] for line in somebody.said.splitlines()
    )


# -- Protection ---------------------------------------------------------------------------------


def test_protection_is_turned_on_after_asking_and_the_removal_is_refused(aws: LocalAws) -> None:
    somebody = operator(aws, termination_protection=True)
    assert somebody.deploy(dry_run=True).outcome == "planned"
    somebody.deploy()
    assert "Termination protection is turned on" in somebody.said.partition("Deploy these")[0]
    assert stack_of(aws)["EnableTerminationProtection"]
    assert somebody.deploy().outcome == "unchanged"
    with pytest.raises(RemovalFailed, match="protected against termination") as caught:
        somebody.destroy()
    assert "TERMINATION_PROTECTION=false" in caught.value.hint

    operator(aws).deploy()  # leaves it as it is
    assert stack_of(aws)["EnableTerminationProtection"]
    operator(aws, termination_protection=False).deploy()
    operator(aws).destroy()
    assert aws.client("cloudformation", REGION).describe_stacks()["Stacks"] == []


def test_a_stack_with_an_existing_pool_has_its_tags_once_the_pool_calls_the_function(
    aws: LocalAws,
) -> None:
    pool = aws.client("cognito-idp", REGION).create_user_pool(
        PoolName="old", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"]
    )["UserPool"]["Id"]
    somebody = operator(aws, tags={"team": "payments"})
    somebody.body = render_template()
    somebody.options = ExistingOptions(user_pool_id=pool)
    somebody.deploy()
    assert tags_of(aws) == {"application": "business-onboarding", "team": "payments"}


def test_an_adopted_pool_leaves_the_tags_as_they_are_wanted(aws: LocalAws) -> None:
    first = operator(aws, tags={"team": "payments"})
    first.body = render_template()
    first.deploy()
    first.destroy()
    first.deploy()
    assert tags_of(aws) == {"application": "business-onboarding", "team": "payments"}

"""A stack that is made again takes in what the one before has left."""

import io
from functools import partial
from typing import Any

import pytest
from cfnlint import api
from django.core.management import CommandError, call_command

from aws_setup.adoption import Adopter
from aws_setup.exceptions import AccessRefused
from aws_setup.indexes import as_it_is
from aws_setup.kept_resources import Kept
from aws_setup.local.server import LocalAws
from aws_setup.packaging import render_template
from aws_setup.stack_states import describe_stack
from aws_setup.template_yaml import parse_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.operator import Operator, Terminal

STACK = "onboarding-test"  # of tests.settings


def deploy(*arguments: str, stdin: io.StringIO | None = None) -> str:
    out = io.StringIO()
    call_command("deploy_backend", *arguments, stdout=out, stdin=stdin or io.StringIO())
    return out.getvalue()


def outputs_of(aws: LocalAws) -> dict[str, str]:
    stack = describe_stack(aws.client("cloudformation", REGION), STACK)
    assert stack is not None
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def status_of(aws: LocalAws) -> str:
    stack = describe_stack(aws.client("cloudformation", REGION), STACK)
    return stack["StackStatus"] if stack else ""


def sign_up(aws: LocalAws, outputs: dict[str, str], email: str) -> str:
    cognito = aws.client("cognito-idp", REGION)
    sub = cognito.sign_up(
        ClientId=outputs["UserPoolClientId"],
        Username=email,
        Password="Correct-Horse-1979",
        UserAttributes=[{"Name": "email", "Value": email}],
    )["UserSub"]
    cognito.admin_confirm_sign_up(UserPoolId=outputs["UserPoolId"], Username=sub)
    return str(sub)


def businesses(aws: LocalAws, outputs: dict[str, str]) -> set[str]:
    table = outputs["BusinessTableName"]
    items = aws.client("dynamodb", REGION).scan(TableName=table)["Items"]
    return {item["id"]["S"] for item in items}


def members(aws: LocalAws, outputs: dict[str, str]) -> set[str]:
    users = aws.client("cognito-idp", REGION).list_users_in_group(
        UserPoolId=outputs["UserPoolId"], GroupName=outputs["GroupName"]
    )["Users"]
    return {user["Username"] for user in users}


@pytest.fixture
def left(aws_environment: LocalAws) -> dict[str, str]:
    """The outputs of a stack that is gone; one business had signed up."""
    somebody = operator_of(aws_environment)
    somebody.deploy()
    outputs = outputs_of(aws_environment)
    sign_up(aws_environment, outputs, "first@example.com")
    somebody.destroy()
    return outputs


def operator_of(aws: LocalAws) -> Operator:
    return Operator(partial(aws.client, region=REGION), render_template(), stack=STACK)


def test_the_next_deployment_adopts_pool_group_and_tables_and_people_go_on_signing_up(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    said = deploy("--yes").splitlines()
    outputs = outputs_of(aws_environment)
    for name in ("UserPoolId", "BusinessTableName", "OnboardingTableName", "GroupName"):
        assert outputs[name] == left[name]
    rows = [line.split() for line in said]
    for row in (
        ["Import", "UserPool", "AWS::Cognito::UserPool"],
        ["Import", "Group", "AWS::Cognito::UserPoolGroup"],
        ["Import", "BusinessTable", "AWS::DynamoDB::Table"],
        ["Import", "OnboardingTable", "AWS::DynamoDB::Table"],
        ["UserPool", left["UserPoolId"]],
        ["Group", left["UserPoolId"], left["GroupName"]],
        ["Modify", "UserPool", "AWS::Cognito::UserPool", "no"],
        ["Add", "TriggerFunction", "AWS::Lambda::Function"],
    ):
        assert row in rows
    sign_up(aws_environment, outputs, "second@example.com")
    assert len(businesses(aws_environment, outputs)) == 2
    assert members(aws_environment, outputs) == businesses(aws_environment, outputs)

    assert operator_of(aws_environment).deploy().outcome == "unchanged"


def test_a_dry_run_shows_the_import_and_leaves_nothing(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    said = deploy("--dry-run")
    assert "Import" in said
    assert "The rest of the stack follows" in said
    assert said.endswith("Nothing was changed.\n")
    assert status_of(aws_environment) == ""


def test_whoever_declines_the_rest_goes_on_from_the_import(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    said = deploy(stdin=Terminal("y\nn\n"))
    assert said.endswith("The stack has taken in what was there; nothing else was changed.\n")
    assert status_of(aws_environment) == "IMPORT_COMPLETE"
    somebody = operator_of(aws_environment)
    somebody.deploy()
    assert "Import" not in somebody.said
    assert outputs_of(aws_environment)["UserPoolId"] == left["UserPoolId"]


def test_a_run_that_was_killed_before_the_import_is_taken_up_by_the_next(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    for operation in ("ExecuteChangeSet", "DeleteChangeSet"):
        aws_environment.faults.fail(operation, "AccessDenied", status=403)
    with pytest.raises(AccessRefused):
        operator_of(aws_environment).deploy()
    assert status_of(aws_environment) == "REVIEW_IN_PROGRESS"
    operator_of(aws_environment).deploy()
    assert outputs_of(aws_environment)["UserPoolId"] == left["UserPoolId"]


def test_adopt_none_starts_anew_and_two_pools_are_then_not_guessed_between(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    deploy("--yes", "--adopt", "none")
    second = outputs_of(aws_environment)
    assert second["UserPoolId"] != left["UserPoolId"]
    operator_of(aws_environment).destroy()
    with pytest.raises(CommandError, match="more than one of a kind") as caught:
        deploy("--yes")
    assert left["UserPoolId"] in str(caught.value)
    assert status_of(aws_environment) == ""

    names = ("UserPoolId", "BusinessTableName", "OnboardingTableName")
    deploy("--yes", *(f"--adopt={left[name]}" for name in names))
    assert outputs_of(aws_environment)["UserPoolId"] == left["UserPoolId"]


def test_the_template_of_an_import_holds_what_is_imported_and_is_sound(
    aws_environment: LocalAws, left: dict[str, str]
) -> None:
    parts = {"UserPool": "UserPoolId", "BusinessTable": "BusinessTableName"}
    kept = [Kept(part=part, physical_id=left[name]) for part, name in parts.items()]
    clients = (aws_environment.client(name, REGION) for name in ("cognito-idp", "dynamodb"))
    adoption = Adopter(*clients).prepare(
        render_template(), kept, pool_id=left["UserPoolId"], group_name="another"
    )
    assert adoption is not None
    template = parse_template(adoption.body, "the import")
    assert set(template["Resources"]) == {"UserPool", "BusinessTable"}
    assert "Outputs" not in template
    assert [match for match in api.lint(adoption.body) if match.rule.severity == "error"] == []


def test_an_index_that_the_table_has_not_is_left_to_the_update() -> None:
    template = parse_template(render_template(), "the template")
    properties = template["Resources"]["BusinessTable"]["Properties"]
    table: Any = {"GlobalSecondaryIndexes": [{"IndexName": "byOwner"}]}
    assert as_it_is(properties, table) == {
        **properties,
        "GlobalSecondaryIndexes": [
            each for each in properties["GlobalSecondaryIndexes"] if each["IndexName"] == "byOwner"
        ],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner", "createdAt")
        ],
    }
    bare = as_it_is(properties, {})
    assert "GlobalSecondaryIndexes" not in bare
    assert bare["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]

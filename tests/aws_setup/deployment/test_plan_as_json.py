"""A program that reads the JSON of a plan learns all that the text tells a person."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aws_setup.deployment.planned import ATTACHED_LAST
from aws_setup.existing.resources import ExistingOptions
from aws_setup.existing.user_pool.updates import describe_pool, update_arguments
from aws_setup.local.server import ACCOUNT_ID, LocalAws
from aws_setup.stack.stack_options import StackOptions
from aws_setup.stack.states import describe_stack
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.packaging import render_template
from aws_setup.terminal.deploy_result import DeployResult
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.deployment.test_index_stages import with_indexes
from tests.aws_setup.operator import Operator

STACK, COPY = "onboarding-test", "onboardings-restored"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/cloudformation"
# What opens and closes the tables of the text, which have members of their own in the JSON.
TABLES = {"Parameters:": "", "Permissions:": "", "Changes:": " to replace"}


def operator_of(aws: LocalAws, body: str = "", **options: Any) -> Operator:
    return Operator(
        lambda service: aws.client(service, REGION),
        body or render_template(),
        stack=STACK,
        options=ExistingOptions(**options),
    )


def planned(operator: Operator) -> dict[str, Any]:
    """Return the JSON of a dry run, which holds each sentence of its text."""
    begin = len(operator.said)
    result = operator.deploy(dry_run=True, yes=False)
    found: dict[str, Any] = json.loads(result.as_json())
    texts = list(texts_of(found))
    untold = [
        line
        for line in sentences(operator.said[begin:], result)
        if not any(line in text for text in texts)
    ]
    assert untold == []
    return found


def sentences(said: str, result: DeployResult) -> Iterator[str]:
    """Yield the lines that are in no table, but for the first and the last line of a dry run."""
    first, *lines, last = said.splitlines()
    assert first == f"Account {ACCOUNT_ID}, Region {result.region}, stack {result.stack}"
    assert last == result.aws_state
    end: str | None = None
    for line in map(str.strip, lines):
        if line in TABLES:
            end = TABLES[line]
        elif end is None:
            yield line
        elif line == end or (end and end in line):
            end = None


def texts_of(found: Any) -> Iterator[str]:
    match found:
        case dict():
            for name, each in found.items():
                yield from texts_of(name)
                yield from texts_of(each)
        case list():
            for each in found:
                yield from texts_of(each)
        case str():
            yield found


def outputs_of(aws: LocalAws) -> dict[str, str]:
    stack = describe_stack(aws.client("cloudformation", REGION), STACK)
    assert stack is not None
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def test_settings_that_the_pool_would_lose(local_aws: LocalAws) -> None:
    operator = operator_of(local_aws)
    operator.deploy()
    cognito = local_aws.client("cognito-idp", REGION)
    pool_id = outputs_of(local_aws)["UserPoolId"]
    pool: Any = describe_pool(cognito, pool_id)
    asked = update_arguments(pool, cognito.meta.service_model)
    cognito.update_user_pool(**asked | {"EmailVerificationSubject": "Welcome"})
    operator.stack_options = StackOptions(tags={"team": "shops"})
    found = planned(operator)
    assert f"User pool {pool_id} loses EmailVerificationSubject Welcome." in found["losses"]
    assert found["tag_changes"] == {"team": {"before": None, "after": "shops"}}


def test_a_group_that_is_left_behind_and_the_parameter_that_does_it(local_aws: LocalAws) -> None:
    operator = operator_of(local_aws)
    operator.deploy()
    operator.parameters = {"GroupName": "shops"}
    found = planned(operator)
    assert found["parameter_changes"] == {"GroupName": {"before": "businesses", "after": "shops"}}
    [(part, sentence)] = found["left_behind"].items()
    assert (part, sentence[:29]) == ("Group", "Group businesses is replaced ")


def test_a_table_that_gives_way_to_a_restored_one(local_aws: LocalAws) -> None:
    operator_of(local_aws).deploy()
    old = outputs_of(local_aws)["OnboardingTableName"]
    dynamodb = local_aws.client("dynamodb", REGION)
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=old, TargetTableName=COPY, UseLatestRestorableTime=True
    )
    found = planned(operator_of(local_aws, onboarding_table=COPY))
    assert set(found["left_behind"]) == {"OnboardingTable"}
    [step] = found["steps"]
    assert step.startswith(f"Table {COPY} gets what a copy lacks: ")


def test_the_import_comes_first(local_aws: LocalAws) -> None:
    operator = operator_of(local_aws)
    operator.deploy()
    pool_id = outputs_of(local_aws)["UserPoolId"]
    operator.destroy()
    first, second = planned(operator)["steps"]
    assert first.startswith("These exist already, and the new stack takes them over unchanged: ")
    assert f"UserPool {pool_id}" in first
    assert second.startswith("The rest of the stack follows")
    assert list(operator.deploy().steps) == [first, second, ATTACHED_LAST]
    assert ATTACHED_LAST in operator.said


def test_further_indexes_come_one_after_the_other_at_last(local_aws: LocalAws) -> None:
    operator_of(local_aws).deploy()
    operator = operator_of(local_aws, with_indexes(extra=["city", "shape"]))
    operator.stack_options = StackOptions(termination_protection=True)
    protection, index = planned(operator)["steps"]
    assert index.endswith("gets or loses one index in each update: by-shape follows this one.")
    assert protection.startswith("Termination protection is turned on")


def test_what_is_to_be_known_about_an_existing_pool_and_table(local_aws: LocalAws) -> None:
    cognito = local_aws.client("cognito-idp", REGION)
    pool_id = cognito.create_user_pool(PoolName="shop", AutoVerifiedAttributes=["email"])[
        "UserPool"
    ]["Id"]
    local_aws.client("dynamodb", REGION).create_table(
        TableName="Business-abc",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    operator = operator_of(
        local_aws, user_pool_id=pool_id, business_table="Business-abc", add_indexes=True
    )
    found = planned(operator)
    assert any(pool_id in note for note in found["notes"])
    assert any(step.startswith(f"User pool {pool_id} gets") for step in found["steps"])
    assert any("Business-abc" in step for step in found["steps"])


@pytest.mark.parametrize("role", ["", ROLE])
def test_the_role_that_cloudformation_acts_with(local_aws: LocalAws, role: str) -> None:
    iam = local_aws.client("iam", REGION)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trust["Principal"] = {"Service": "cloudformation.amazonaws.com"}  # type: ignore[assignment]
    iam.create_role(
        RoleName="cloudformation",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    operator = operator_of(local_aws)
    operator.stack_options = StackOptions(role_arn=role)
    notes = planned(operator)["notes"]
    assert notes == ([f"CloudFormation acts with the role {ROLE}"] if role else [])


def test_a_setting_is_the_cause_of_what_it_changes_by_a_condition(local_aws: LocalAws) -> None:
    operator = operator_of(local_aws)
    operator.deploy()
    operator.parameters = {"AlarmEmail": "operations@example.com"}
    found = planned(operator)
    changed = {"before": "", "after": "operations@example.com"}
    assert found["parameter_changes"] == {"AlarmEmail": changed}
    why = {each["why"] for one in found["changes"] for each in one["properties"]}
    assert why == {"", "parameter AlarmEmail"}  # the topic is new, the alarms change


def test_the_bucket_that_a_large_template_goes_by(local_aws: LocalAws) -> None:
    template = parse_template(render_template(), "the template")
    large = dump_template({**template, "Metadata": {"filler": "x" * 51_200}})
    operator = operator_of(local_aws, large)
    operator.deploy()
    operator.parameters = {"AlarmEmail": "operations@example.com"}
    [note] = planned(operator)["notes"]
    assert note.startswith("The template goes by way of the bucket ")

"""The tags of a stack: what goes along with each plan, and how many may be there."""

import json
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from aws_setup.exceptions import SettingMissing
from aws_setup.local.server import LocalAws
from aws_setup.stack.stack_options import StackOptions
from aws_setup.stack.stack_tags import MOST, OURS, StackTags
from aws_setup.stack.states import describe_stack
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

STACK = "onboarding-test"


def some(number: int) -> dict[str, str]:
    return {f"team-{each}": "payments" for each in range(number - len(OURS))}


def deploy_with(aws: LocalAws, number: int) -> Any:
    """Deploy with so many tags in all; return the stack."""
    somebody = Operator(OperatorClients(aws), render_template(), stack=STACK)
    somebody.stack_options = StackOptions(tags=some(number))
    somebody.deploy()
    return describe_stack(aws.client("cloudformation", REGION), STACK)


def test_as_many_as_every_resource_takes_are_deployed(local_aws: LocalAws) -> None:
    assert len(deploy_with(local_aws, MOST)["Tags"]) == MOST


def test_one_more_is_refused_before_anything_is_made(local_aws: LocalAws) -> None:
    with pytest.raises(SettingMissing, match=r"have 49 tags.*Nothing was changed") as caught:
        deploy_with(local_aws, MOST + 1)
    assert "STACK_TAGS" in caught.value.hint
    assert describe_stack(local_aws.client("cloudformation", REGION), STACK) is None


def test_those_that_somebody_else_gave_the_stack_count(local_aws: LocalAws) -> None:
    stack = deploy_with(local_aws, MOST)
    with pytest.raises(SettingMissing):
        StackTags.of(stack, {"cost-centre": "12"})
    assert len(StackTags.of(stack, {"team-1": "shops"}).after) == MOST


def test_a_table_with_one_more_would_fail(local_aws: LocalAws) -> None:
    client: Any = local_aws.client("cloudformation", REGION)
    properties = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "Tags": [{"Key": name, "Value": "1"} for name in ("part", "stack")],
    }
    body = {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}}
    tags = [{"Key": key, "Value": value} for key, value in some(MOST + 1 + len(OURS)).items()]
    client.create_stack(StackName=STACK, TemplateBody=json.dumps(body), Tags=tags)
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        client.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    events = client.describe_stack_events(StackName=STACK)["StackEvents"]
    reasons = " ".join(each.get("ResourceStatusReason", "") for each in events)
    assert "more than 50 tags" in reasons


def test_tags_that_only_aws_may_set_are_not_sent_back() -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html
    stack: Any = {"Tags": [{"Key": "aws:of", "Value": "aws"}, {"Key": "of", "Value": "others"}]}
    tags = StackTags.of(stack, {"team": "payments"})
    assert tags.before == {"of": "others"}
    assert tags.after == {**OURS, "of": "others", "team": "payments"}
    assert {each["Key"] for each in tags.to_api()} == {*OURS, "of", "team"}

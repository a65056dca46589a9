"""BACKEND_STACK_NAME may name a stack of somebody else, which an update would empty."""

from typing import Any

import pytest

from aws_setup.exceptions import StackOfOthers
from aws_setup.local.server import LocalAws
from aws_setup.stack.states import check_ours, describe_stack
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

TOPIC = '{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}'
STACK = "onboarding-test"


def resources_of(aws: LocalAws) -> list[str]:
    client = aws.client("cloudformation", REGION)
    listed = client.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    return [each["LogicalResourceId"] for each in listed]


@pytest.mark.parametrize("act", ["deploy", "dry run", "destroy"])
def test_a_stack_of_somebody_else_is_left_alone(local_aws: LocalAws, act: str) -> None:
    client = local_aws.client("cloudformation", REGION)
    client.create_stack(StackName=STACK, TemplateBody=TOPIC)
    client.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    somebody = Operator(OperatorClients(local_aws), render_template(), stack=STACK)
    with pytest.raises(StackOfOthers, match=f"Stack {STACK} .* Nothing was changed") as caught:
        somebody.destroy() if act == "destroy" else somebody.deploy(dry_run=act == "dry run")
    assert "BACKEND_STACK_NAME" in caught.value.hint
    assert resources_of(local_aws) == ["A"]
    assert not client.list_change_sets(StackName=STACK)["Summaries"]


def test_a_stack_of_ours_is_known_without_its_tags(local_aws: LocalAws) -> None:
    somebody = Operator(OperatorClients(local_aws), render_template(), stack=STACK)
    somebody.deploy()
    client: Any = local_aws.client("cloudformation", REGION)
    stack: Any = describe_stack(client, STACK)
    for name in ("Tags", "Parameters"):  # an import gives no tags
        check_ours(stack | {name: []}, REGION)
    with pytest.raises(StackOfOthers):
        check_ours(stack | {"Tags": [], "Parameters": []}, REGION)

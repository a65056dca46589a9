"""The plan tells which outputs come and go."""

from typing import Any

import pytest

from aws_setup.local.server import LocalAws
from aws_setup.stack.plan.outputs import output_changes
from aws_setup.template.cfn_yaml import dump_template
from aws_setup.terminal.deploy_result import DeployResult
from aws_setup.terminal.plan import NO_CHANGE_OF_RESOURCES
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

REGION = "eu-central-1"


def template(topic: str, **outputs: Any) -> str:
    return dump_template(
        {
            "Parameters": {"GroupName": {"Type": "String"}},
            "Resources": {
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": topic}}
            },
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
    )


def test_the_plan_lists_them(local_aws: LocalAws) -> None:
    def operator(topic: str, **outputs: Any) -> Operator:
        body = template(topic, **outputs)
        return Operator(OperatorClients(local_aws), body)

    operator("one", Kept="1", Old="2").deploy()
    again = operator("two", Kept="1", New="3")
    result = again.deploy(dry_run=True)
    assert "Outputs: + New, - Old\n" in again.said
    assert result.output_changes == {"New": "+", "Old": "-"}
    unchanged = operator("one", Kept="1", Old="2")
    assert unchanged.deploy().output_changes == {}
    assert "Outputs:" not in unchanged.said


def test_outputs_alone_are_deployed(local_aws: LocalAws) -> None:
    def deploy(**outputs: str) -> tuple[DeployResult, str]:
        somebody = Operator(OperatorClients(local_aws), template("one", **outputs))
        return somebody.deploy(), somebody.said

    deploy(Kept="1", Old="2")
    result, said = deploy(Kept="1", New="3")
    assert result.outcome == "deployed"
    assert NO_CHANGE_OF_RESOURCES in said
    assert "Outputs: + New, - Old\n" in said
    assert result.outputs == {"Kept": "1", "New": "3"}
    assert deploy(Kept="1", New="3")[0].outcome == "unchanged"


WITH_A_CONDITION = dump_template(
    {
        "Parameters": {"Trigger": {"Type": "String", "Default": ""}},
        "Conditions": {"Displaces": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Trigger"}, ""]}]}},
        "Outputs": {"Displaced": {"Condition": "Displaces", "Value": "1"}},
    }
)


@pytest.mark.parametrize(
    ("has", "parameters", "told"),
    [
        ([], {}, {}),
        (["Gone"], {}, {"Gone": "-"}),
        (["Displaced"], {}, {"Displaced": "-"}),
        ([], {"Trigger": "theirs"}, {"Displaced": "+"}),
        (["Displaced"], {"Trigger": "theirs"}, {}),
    ],
)
def test_one_with_a_condition_comes_and_goes_with_it(
    has: list[str], parameters: dict[str, str], told: dict[str, str]
) -> None:
    outputs = [{"OutputKey": name, "OutputValue": "1"} for name in has]
    stack: Any = {"StackStatus": "UPDATE_COMPLETE", "Outputs": outputs}
    assert output_changes(stack, WITH_A_CONDITION, parameters) == told


def test_a_stack_that_is_to_be_created_gains_all_and_none_is_told() -> None:
    in_review: Any = {"StackStatus": "REVIEW_IN_PROGRESS"}
    for stack in (None, in_review):
        assert output_changes(stack, WITH_A_CONDITION, {"Trigger": "theirs"}) == {}

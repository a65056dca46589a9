"""The plan tells which outputs come and go."""

from typing import Any

from aws_setup.local.server import LocalAws
from aws_setup.stack.plan.outputs import output_changes
from aws_setup.template.cfn_yaml import dump_template
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
        return Operator(lambda service: local_aws.client(service, REGION), body)

    operator("one", Kept="1", Old="2").deploy()
    again = operator("two", Kept="1", New="3")
    result = again.deploy(dry_run=True)
    assert "Outputs: + New, - Old\n" in again.said
    assert result.output_changes == {"New": "+", "Old": "-"}
    unchanged = operator("one", Kept="1", Old="2")
    assert unchanged.deploy().output_changes == {}
    assert "Outputs:" not in unchanged.said


def test_one_with_a_condition_counts_only_if_it_goes() -> None:
    body = dump_template({"Outputs": {"Maybe": {"Condition": "Never", "Value": "1"}}})
    stack: Any = {"Outputs": [{"OutputKey": "Gone", "OutputValue": "1"}]}
    assert output_changes(stack, body) == {"Gone": "-"}
    assert output_changes(None, body) == {}

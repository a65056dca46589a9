"""DescribeChangeSet tells the values of properties in the shapes that others recorded on AWS."""

import json
from typing import Any

import pytest

from aws_setup.local.server import LocalAws

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
REGION, STACK = "eu-central-1", "values"
WAIT = {"Delay": 0.05, "MaxAttempts": 400}
PARAMETERS = {"Days": {"Type": "Number", "Default": 3}}


def topics(name: str) -> dict[str, Any]:
    return {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}},
        "Name": {
            "Type": "AWS::SSM::Parameter",
            "DeletionPolicy": "Delete",
            "Properties": {
                "Type": "String",
                "Value": {"Fn::GetAtt": ["Topic", "TopicName"]},
                "Description": {"Fn::Sub": "of ${Topic}"},
            },
        },
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}},
    }


class Stack:
    def __init__(self, aws: LocalAws) -> None:
        self._client = aws.client("cloudformation", REGION)
        self.name = ""

    def plan(self, resources: Any, kind: str = "UPDATE", **parameters: str) -> None:
        self.name = f"plan-{kind}"
        self._client.create_change_set(
            StackName=STACK,
            ChangeSetName=self.name,
            ChangeSetType=kind,
            TemplateBody=json.dumps({"Parameters": PARAMETERS, "Resources": resources}),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        )
        waiter = self._client.get_waiter("change_set_create_complete")
        waiter.wait(StackName=STACK, ChangeSetName=self.name, WaiterConfig=WAIT)

    def create(self, resources: Any) -> None:
        self.plan(resources, "CREATE")
        self._client.execute_change_set(StackName=STACK, ChangeSetName=self.name)
        self._client.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig=WAIT)

    def changes(self, *, with_values: bool = True) -> dict[str, Any]:
        answer = self._client.describe_change_set(
            StackName=STACK, ChangeSetName=self.name, IncludePropertyValues=with_values
        )
        found = [each["ResourceChange"] for each in answer["Changes"]]
        return {each["LogicalResourceId"]: each for each in found}


@pytest.fixture
def stack(local_aws: LocalAws) -> Stack:
    return Stack(local_aws)


def context(change: Any, side: str) -> Any:
    return json.loads(change[f"{side}Context"])


def test_what_is_new_is_called_a_replacement_and_has_only_what_comes_after(stack: Stack) -> None:
    stack.plan(topics("one"), "CREATE")
    added = stack.changes()["Log"]
    assert (added["Action"], added["Replacement"], added["Details"]) == ("Add", "True", [])
    assert "BeforeContext" not in added
    assert context(added, "After") == {"Properties": {"RetentionInDays": "3"}}
    assert "Replacement" not in stack.changes(with_values=False)["Log"]
    assert "AfterContext" not in stack.changes(with_values=False)["Log"]


def test_a_parameter_that_changes_is_told_with_both_values(stack: Stack) -> None:
    stack.create(topics("one"))
    stack.plan(topics("one"), Days="7")
    [log] = stack.changes().values()
    assert context(log, "Before")["Properties"] == {"RetentionInDays": "3"}
    assert context(log, "After")["Properties"] == {"RetentionInDays": "7"}
    assert {each["ChangeSource"] for each in log["Details"]} == {
        "DirectModification",
        "ParameterReference",
    }
    for each in log["Details"]:
        assert each["Target"] == {
            "Attribute": "Properties",
            "Name": "RetentionInDays",
            "RequiresRecreation": "Never",
            "Path": "/Properties/RetentionInDays",
            "BeforeValue": "3",
            "AfterValue": "7",
            "AttributeChangeType": "Modify",
        }


def test_a_reference_to_what_is_replaced_is_known_after_the_change_only(stack: Stack) -> None:
    stack.create(topics("one"))
    stack.plan(topics("two"))
    changed = stack.changes()
    assert changed["Topic"]["Replacement"] == "True"
    after = context(changed["Name"], "After")
    assert after["Properties"]["Value"] == after["Properties"]["Description"] == KNOWN_AFTER_APPLY
    assert after["DeletionPolicy"] == "Delete"
    before = context(changed["Name"], "Before")["Properties"]
    assert before["Value"] == "one"
    assert before["Description"].startswith("of arn:aws:sns:")


def test_what_goes_has_only_what_was_before(stack: Stack) -> None:
    stack.create(topics("one"))
    kept = topics("one")
    del kept["Log"]
    stack.plan(kept)
    [gone] = stack.changes().values()
    assert gone["Action"] == "Remove"
    assert context(gone, "Before")["Properties"] == {"RetentionInDays": "3"}
    assert "AfterContext" not in gone

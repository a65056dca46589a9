"""A change is traced back to the parameter that decides about it, or to the template."""

import json
from typing import Any

from aws_setup.stack.changes import Cause, Change, ValueChange
from aws_setup.stack.plan.differences import reason
from aws_setup.stack.plan.edits import Edits

NO_VALUE = {"Ref": "AWS::NoValue"}
SENDS = {"Fn::Not": [{"Fn::Equals": [{"Ref": "Address"}, ""]}]}
CONDITIONS = {
    "Sends": SENDS,
    "SendsHere": {"Fn::And": [{"Condition": "Sends"}, {"Fn::Equals": [{"Ref": "Place"}, "here"]}]},
}
ACTIONS = {"Fn::If": ["SendsHere", [{"Ref": "Topic"}], NO_VALUE]}


def template(actions: Any = ACTIONS, **others: Any) -> dict[str, Any]:
    parameters = {name: {"Type": "String", "Default": ""} for name in ("Address", "Other")}
    return {
        "Parameters": {**parameters, "Place": {"Type": "String", "Default": "here"}},
        "Conditions": CONDITIONS,
        "Resources": {
            "Alarm": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {"AlarmActions": actions, **others},
            }
        },
    }


def change(*names: str, **others: Any) -> Change:
    causes = tuple(
        Cause(
            attribute="Properties",
            name=name,
            recreation="Never",
            evaluation="Static",
            source="DirectModification",
            entity="",
        )
        for name in names
    )
    given: dict[str, Any] = {"action": "Modify", "replacement": "False", **others}
    return Change(
        logical_id="Alarm",
        physical_id="alarm-1",
        resource_type="AWS::CloudWatch::Alarm",
        causes=causes,
        **given,
    )


def reasons(
    deployed: dict[str, Any], new: dict[str, Any], *names: str, **after: str
) -> dict[str, str]:
    """Return why each property changes, where the stack had Other, and no address."""
    edits = Edits(lambda: deployed, json.dumps(new), {"Address": "", "Other": "1"}, after)
    [attributed] = edits.attributed([change(*names)])
    return {name: reason(attributed.causes, name) for name in names}


def test_a_parameter_that_a_condition_reads_is_the_cause() -> None:
    found = reasons(template(), template(), "AlarmActions", Address="a@example.com", Other="2")
    assert found == {"AlarmActions": "parameter Address"}


def test_the_deployed_template_may_have_been_decided_already() -> None:
    decided = {"Resources": {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}}}
    found = reasons(decided, template(), "AlarmActions", Address="a@example.com")
    assert found == {"AlarmActions": "parameter Address"}


def test_an_edit_at_the_same_place_is_told_beside_it() -> None:
    deployed = template({"Fn::If": ["SendsHere", ["one"], ["another"]]})
    found = reasons(deployed, template(), "AlarmActions", Address="a@example.com")
    assert found == {"AlarmActions": "template, parameter Address"}


def test_an_edit_at_another_place_is_the_templates() -> None:
    deployed, new = template(Threshold="1"), template(Threshold="2")
    found = reasons(deployed, new, "AlarmActions", "Threshold", Address="a@example.com")
    assert found == {"AlarmActions": "parameter Address", "Threshold": "template"}


def test_without_another_value_of_a_parameter_nothing_is_asked() -> None:
    def deployed() -> dict[str, Any]:
        raise AssertionError

    for before in ({}, {"Address": ""}):
        edits = Edits(deployed, json.dumps(template()), before, {"Address": ""})
        assert edits.parameter_changes() == {}
        assert edits.attributed([change("AlarmActions")]) == (change("AlarmActions"),)


def test_a_parameter_that_only_the_new_template_has_begins_with_its_default() -> None:
    edits = Edits(dict, json.dumps(template()), {"Address": ""}, {"Place": "here", "Other": "2"})
    assert edits.parameter_changes() == {"Other": ValueChange("", "2")}

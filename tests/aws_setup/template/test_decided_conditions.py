"""A template whose conditions are decided makes the same stack as the whole one."""

import copy
from typing import Any

import pytest

from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.decided_conditions import decided
from aws_setup.template.packaging import render_template
from tests.aws_setup.template.switched_on import EVERYTHING_ON, SWITCHED

WHOLE = parse_template(render_template(), "the template")


def stack_of(template: dict[str, Any], parameters: dict[str, str]) -> dict[str, Any]:
    """Return resources and outputs as the embedded AWS makes them of the template.

    It must have been started, since it reads its environment when it is imported.
    """
    from ministack.services.cloudformation import engine

    declared = template["Parameters"]
    values = {
        name: {"Value": parameters.get(name, each["Default"])} for name, each in declared.items()
    }
    holds = engine._evaluate_conditions(template, values)

    def resolved(part: Any) -> Any:
        node = engine._resolve_refs(
            copy.deepcopy(part), Everything(), values, holds, template["Mappings"], "onboarding", ""
        )
        return _present(node, engine._NO_VALUE)

    return {
        section: {
            name: {key: resolved(value) for key, value in each.items() if key != "Condition"}
            for name, each in template[section].items()
            if holds.get(each.get("Condition"), True)
        }
        for section in ("Resources", "Outputs")
    }


class Everything(dict[str, Any]):
    """Resources of any name, of which each attribute is named after itself."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        return {"PhysicalResourceId": name, "Attributes": Attributes(name)}

    def get(self, name: str, _default: Any = None) -> Any:
        return self[name]


class Attributes(dict[str, str]):
    """Attributes of one resource."""

    def __init__(self, of: str) -> None:
        super().__init__()
        self._of = of

    def __contains__(self, _name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> str:
        return f"{self._of}.{name}"

    def get(self, name: str, _default: Any = None) -> Any:
        return self[name]


def _present(node: Any, nothing: object) -> Any:
    if isinstance(node, dict):
        members = node.items()
        return {key: _present(value, nothing) for key, value in members if value is not nothing}
    if isinstance(node, list):
        return [_present(each, nothing) for each in node if each is not nothing]
    return node


def test_each_condition_can_be_switched() -> None:
    assert SWITCHED.keys() == WHOLE["Conditions"].keys()


@pytest.mark.parametrize(
    "parameters",
    [{}, EVERYTHING_ON, *SWITCHED.values()],
    ids=["default", "everything", *SWITCHED],
)
@pytest.mark.usefixtures("local_aws_server")
def test_the_stack_is_the_same(parameters: dict[str, str]) -> None:
    body = decided(WHOLE, parameters)
    assert "Conditions" not in body
    assert "Fn::If" not in str(body)
    made = stack_of(WHOLE, parameters)
    assert stack_of(body, parameters) == made
    assert list(body["Resources"]) == list(made["Resources"])
    assert body["Parameters"] == WHOLE["Parameters"]


def test_it_is_decided_once_and_for_all() -> None:
    body = decided(WHOLE, EVERYTHING_ON)
    assert decided(body, {}) == body


CONDITIONS = {
    "IsA": {"Fn::Equals": [{"Ref": "Letter"}, "a"]},
    "IsB": {"Fn::Equals": [{"Ref": "Letter"}, "b"]},
    "IsEither": {"Fn::Or": [{"Condition": "IsA"}, {"Condition": "IsB"}]},
    "IsBoth": {"Fn::And": [{"Condition": "IsA"}, {"Condition": "IsB"}]},
    "IsNeither": {"Fn::Not": [{"Condition": "IsEither"}]},
    "IsLong": {"Fn::Equals": [{"Fn::Join": ["+", {"Ref": "Letters"}]}, "x+y"]},
    "IsHere": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]},
}
PARAMETERS = {
    "Letter": {"Type": "String", "Default": "a"},
    "Letters": {"Type": "CommaDelimitedList"},
}


@pytest.mark.parametrize(
    ("given", "there"),
    [
        ({"Letters": "x, y"}, {"IsA", "IsEither", "IsLong"}),
        ({"Letter": "b", "Letters": "x"}, {"IsB", "IsEither"}),
        ({"Letter": "c", "Letters": ""}, {"IsNeither"}),
    ],
)
def test_what_the_parameters_do_not_decide_stays(given: dict[str, str], there: set[str]) -> None:
    topic = {"Type": "AWS::SNS::Topic"}
    resources = {name: {**topic, "Condition": name} for name in CONDITIONS}
    template = {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Resources": resources}
    body = decided(template, given)
    assert body["Resources"].pop("IsHere") == {**topic, "Condition": "IsHere"}
    assert body["Conditions"] == CONDITIONS
    assert body["Resources"] == dict.fromkeys(there, topic)


def test_a_choice_that_stays_keeps_both_branches() -> None:
    here = {"Fn::If": ["IsHere", {"Ref": "AWS::NoValue"}, {"Fn::If": ["IsA", "yes", "no"]}]}
    resource = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": here}}
    resources = {
        "Topic": {**resource, "DependsOn": "Gone"},
        "Gone": {**resource, "Condition": "IsB"},
    }
    template = {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Resources": resources}
    [topic] = decided(template, {})["Resources"].values()
    kept = {"Fn::If": ["IsHere", {"Ref": "AWS::NoValue"}, "yes"]}
    assert topic == {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": kept}}


@pytest.mark.parametrize(
    ("depends_on", "kept"),
    [
        ("Gone", {}),
        (["Gone"], {}),
        (["There", "Gone"], {"DependsOn": ["There"]}),
        ("There", {"DependsOn": "There"}),
    ],
)
def test_a_resource_waits_only_for_what_is_there(depends_on: Any, kept: dict[str, Any]) -> None:
    topic = {"Type": "AWS::SNS::Topic"}
    resources = {
        "Topic": {**topic, "DependsOn": depends_on},
        "There": topic,
        "Gone": {**topic, "Condition": "IsB"},
    }
    template = {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Resources": resources}
    assert decided(template, {})["Resources"] == {"Topic": {**topic, **kept}, "There": topic}

"""What is only evaluated again is told from what changes, in answers of the shape that AWS gives.

The shapes are those of change sets that the tests of AWS's CDK hold, made with
--include-property-values.
"""

import json
from typing import Any

import pytest

from aws_setup.stack.changes import Change
from aws_setup.stack.plan.counts import in_a_line
from aws_setup.stack.plan.differences import differences
from aws_setup.stack.plan.settling import KNOWN_AFTER_APPLY as LATER
from aws_setup.stack.plan.settling import known
from aws_setup.stack.plan.settling import settle as settle_with


def settle(changes: list[Change], *edited: str) -> tuple[Change, ...]:
    """Settle; edited: the properties in which the template was edited."""
    return settle_with(changes, lambda _resource, name: name in edited)


def detail(name: str, recreation: str, evaluation: str, source: str, entity: str = "") -> Any:
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation}
    found = {"Target": target, "Evaluation": evaluation, "ChangeSource": source}
    return found | ({"CausingEntity": entity} if entity else {})


def modify(
    logical_id: str, replacement: str, details: list[Any], before: Any, after: Any
) -> Change:
    return Change.from_api(
        {
            "Action": "Modify",
            "LogicalResourceId": logical_id,
            "ResourceType": "AWS::Any::Thing",
            "Replacement": replacement,
            "Details": details,
            "BeforeContext": json.dumps({"Properties": before}),
            "AfterContext": json.dumps({"Properties": after}),
        }
    )


API = modify(
    "Api",
    "False",
    [detail("Name", "Never", "Static", "DirectModification")],
    {"Name": "one"},
    {"Name": "two"},
)
BY_ATTRIBUTE = [
    detail("ApiId", "Always", "Dynamic", "DirectModification"),
    detail("ApiId", "Always", "Dynamic", "ResourceAttribute", "Api.ApiId"),
]


def step(code: str = "a", before: Any = "123", after: Any = LATER) -> Change:
    """A resolver's step whose ApiId refers to the API, and can't be updated."""
    return modify(
        "Step",
        "Conditional",
        BY_ATTRIBUTE,
        {"ApiId": before, "Code": "a"},
        {"ApiId": after, "Code": code},
    )


def test_a_new_resource_replaces_nothing_whatever_cloudformation_calls_it() -> None:
    added = Change.from_api(
        {
            "Action": "Add",
            "LogicalResourceId": "UserPool",
            "ResourceType": "AWS::Cognito::UserPool",
            "Replacement": "True",
            "AfterContext": '{"Properties":{"Name":"x"}}',
        }
    )
    assert added.replacement == ""
    assert settle([added]) == (added,)


def test_a_reference_to_what_changes_in_place_is_only_evaluated_again() -> None:
    api, again = settle([API, step()])
    assert not api.is_reevaluated
    assert again.is_reevaluated
    assert again.replacement == "False"
    assert differences(again) == []
    assert in_a_line([api, again]) == "0 to add, 1 to change, 0 to replace, 1 evaluated again"


@pytest.mark.parametrize("replacement", ["True", "Conditional"])
def test_a_reference_to_what_is_replaced_replaces(replacement: str) -> None:
    always = detail("Kind", "Always", "Static", "DirectModification")
    api = modify("Api", replacement, [always], {"Kind": "one"}, {"Kind": "two"})
    _, kept = settle([api, step()])
    assert (kept.replacement, kept.is_reevaluated) == ("Conditional", False)
    [difference] = differences(kept)
    assert (difference.path, difference.before, difference.after) == ("ApiId", "123", LATER)
    assert difference.why == "Api.ApiId"


def test_so_it_is_all_along_a_chain_of_references() -> None:
    further = modify(
        "Further",
        "Conditional",
        [detail("StepId", "Always", "Dynamic", "ResourceAttribute", "Step.Id")],
        {"StepId": "1"},
        {"StepId": LATER},
    )
    assert [each.is_reevaluated for each in settle([API, step(), further])] == [False, True, True]
    gone = modify("Api", "True", [], {}, {})
    assert [each.replacement for each in settle([gone, step(), further])] == [
        "True",
        "Conditional",
        "Conditional",
    ]


def test_an_edit_of_a_property_that_also_refers_to_a_resource_is_a_change() -> None:
    edited = modify(
        "Policy",
        "False",
        [
            detail("Document", "Never", "Dynamic", "DirectModification"),
            detail("Document", "Never", "Dynamic", "ResourceAttribute", "Api.Arn"),
        ],
        {"Document": {"Action": ["a"], "Resource": "arn:api"}},
        {"Document": {"Action": ["a", "b"], "Resource": LATER}},
    )
    _, kept = settle([API, edited], "Document")
    assert not kept.is_reevaluated
    [difference] = differences(kept)
    assert (difference.path, difference.before, difference.after) == ("Document.Action", None, "b")
    assert difference.why == "Api.Arn"


def test_an_edit_that_may_replace_is_told_so_although_a_reference_is_in_it_too() -> None:
    _, kept = settle([API, step()], "ApiId")
    assert (kept.replacement, kept.is_reevaluated) == ("Conditional", False)


def test_what_cloudformation_gives_no_reason_for_is_believed() -> None:
    [kept] = settle([modify("Group", "Conditional", [], {}, {})])
    assert (kept.replacement, kept.is_reevaluated) == ("Conditional", False)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["f", "g"], [LATER, LATER], ["f", "g"]),
        (["f", "g"], [LATER, LATER, LATER], [LATER, LATER, LATER]),
        ([{"a": "1", "b": "x"}], [{"a": "2", "b": LATER}], [{"a": "2", "b": "x"}]),
        # A statement that is put first must not be shown with another one's resource.
        (
            [{"a": "1", "b": "x"}],
            [{"a": "new", "b": LATER}, {"a": "1", "b": LATER}],
            [{"a": "new", "b": LATER}, {"a": "1", "b": "x"}],
        ),
        (
            [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}],
            [{"a": "new", "b": LATER}, {"a": "1", "b": LATER}],
            [{"a": "new", "b": LATER}, {"a": "1", "b": "x"}],
        ),
    ],
)
def test_what_is_not_known_is_only_taken_from_the_same_element(
    before: Any, after: Any, expected: Any
) -> None:
    assert known(before, after) == expected

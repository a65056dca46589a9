"""Properties are compared as deep as both have a value, lists by what names their elements."""

from typing import Any

import pytest

from aws_setup.stack.changes import Change
from aws_setup.stack.plan.differences import differences


def compared(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    change = Change(
        action="Modify",
        logical_id="A",
        physical_id="",
        resource_type="T",
        replacement="False",
        before={"Properties": before},
        after={"Properties": after},
    )
    return [(each.path, each.before, each.after) for each in differences(change)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"A": "1"}, {"A": "1"}, []),
        ({"A": "1"}, {"A": "2"}, [("A", "1", "2")]),
        ({}, {"A": "2"}, [("A", None, "2")]),
        ({"A": "1"}, {}, [("A", "1", None)]),
        ({"A": {"B": "1", "C": "2"}}, {"A": {"B": "1", "C": "3"}}, [("A.C", "2", "3")]),
        ({"A": {"B": "1"}}, {"A": "1"}, [("A", {"B": "1"}, "1")]),
        ({"A": ["x", "y"]}, {"A": ["y", "z"]}, [("A", "x", None), ("A", None, "z")]),
        ({"A": ["x", "y"]}, {"A": ["y", "x"]}, [("A", ["x", "y"], ["y", "x"])]),
        ({"A": ["x"]}, {"A": ["x", "x"]}, [("A", ["x"], ["x", "x"])]),
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
            {"Tags": [{"Key": "b", "Value": "3"}]},
            [("Tags[a]", {"Key": "a", "Value": "1"}, None), ("Tags[b].Value", "2", "3")],
        ),
        ({"A": [{"x": "1"}, {"x": "2"}]}, {"A": [{"x": "1"}, {"x": "3"}]}, [("A[1].x", "2", "3")]),
        ({"A": []}, {"A": [{"x": "1"}]}, [("A", None, {"x": "1"})]),
    ],
)
def test_each_difference_is_told_once(before: Any, after: Any, expected: Any) -> None:
    assert compared(before, after) == expected


def test_other_attributes_are_compared_too() -> None:
    change = Change(
        action="Modify",
        logical_id="A",
        physical_id="",
        resource_type="T",
        replacement="False",
        before={"Properties": {}, "DeletionPolicy": "Delete"},
        after={"Properties": {}, "DeletionPolicy": "Retain"},
    )
    [difference] = differences(change)
    assert (difference.path, difference.before, difference.after) == (
        "DeletionPolicy",
        "Delete",
        "Retain",
    )

"""Filters of subscriptions: what util.transform makes of them, and the events they let through."""

from typing import Any

import pytest

from aws_setup.local.appsync.execution.subscriptions import Event, Subscription
from aws_setup.local.appsync.javascript.engine import EvaluationContext, Outcome, evaluate

CODE = """
import { util } from '@aws-appsync/utils';
export function request(ctx) { return util.transform.toSubscriptionFilter(ctx.args.filter); }
export function response() { return null; }
"""
NOBODY = EvaluationContext(now_milliseconds=0, seed=(1, 2, 3, 4))


def transformed(code: str, **arguments: Any) -> Outcome:
    return evaluate(code, "request", {"args": arguments}, NOBODY)


def groups(**filter_: Any) -> list[list[str]]:
    """Return the groups, each condition as "field operator value"."""
    outcome = transformed(CODE, filter=filter_)
    assert outcome.error is None
    return [
        [" ".join((each["fieldName"], each["operator"], str(each["value"]))) for each in filters]
        for filters in (group["filters"] for group in outcome.value["filterGroup"])
    ]


@pytest.mark.verified_by("what_filters_of_subscriptions_become")
def test_fields_and_the_members_of_and_hold_together() -> None:
    assert groups(a={"eq": 1}, b={"in": [1, 2]}) == [["a eq 1", "b in [1, 2]"]]
    assert groups(z={"eq": 0}, **{"and": [{"a": {"eq": 1}}, {"b": {"eq": 2}}]}) == [
        ["z eq 0", "a eq 1", "b eq 2"]
    ]


@pytest.mark.verified_by("what_filters_of_subscriptions_become")
def test_operators_on_a_field_and_the_members_of_or_are_alternatives_that_multiply() -> None:
    assert groups(a={"ge": 1, "le": 2}) == [["a ge 1"], ["a le 2"]]
    nested = {"and": [{"a": {"eq": 1}}, {"or": [{"b": {"eq": 2}}, {"c": {"eq": 3}}]}]}
    assert groups(**nested) == [["a eq 1", "b eq 2"], ["a eq 1", "c eq 3"]]
    assert groups(a={"ge": 1, "le": 2}, **{"or": [{"b": {"eq": 3}}, {"c": {"eq": 4}}]}) == [
        ["a ge 1", "b eq 3"],
        ["a ge 1", "c eq 4"],
        ["a le 2", "b eq 3"],
        ["a le 2", "c eq 4"],
    ]


@pytest.mark.verified_by("what_filters_of_subscriptions_become")
@pytest.mark.parametrize("filter_", [{}, {"a": {}}, {"a": None}, {"or": []}, {"and": [{}]}])
def test_what_says_nothing_is_no_group(filter_: dict[str, Any]) -> None:
    assert groups(**filter_) == []


def hears(payload: dict[str, Any], *filters: dict[str, Any]) -> bool:
    subscription = Subscription(
        api_id="api",
        mutations=frozenset({"add"}),
        arguments={},
        filter={"filterGroup": [{"filters": list(filters)}]},
        render=lambda event: event.payload,
    )
    return subscription.wants(Event(api_id="api", mutation="add", payload=payload))


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("contains", None),
        ("beginsWith", 3),
        ("in", None),
        ("between", ["a"]),
        ("between", None),
        ("lt", 3),
        ("unheard-of", "a"),
    ],
)
def test_what_cannot_be_compared_does_not_hold_and_breaks_nothing(
    operator: str, wanted: Any
) -> None:
    assert not hears({"name": "a"}, {"fieldName": "name", "operator": operator, "value": wanted})


@pytest.mark.parametrize(
    ("operator", "wanted", "holds"),
    [
        ("eq", "b", True),
        ("ne", "b", False),
        ("le", "b", True),
        ("lt", "b", False),
        ("ge", "c", False),
        ("gt", "a", True),
        ("between", ["a", "c"], True),
        ("between", ["c", "d"], False),
        ("notContains", "b", False),
        ("notIn", ["b"], False),
    ],
)
def test_texts_are_compared(operator: str, wanted: Any, holds: bool) -> None:
    condition = {"fieldName": "name", "operator": operator, "value": wanted}
    assert hears({"name": "b"}, condition) is holds
    assert not hears({}, condition)

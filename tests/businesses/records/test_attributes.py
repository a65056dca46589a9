"""Reading is total: whatever DynamoDB stores, and whatever it would not, no exception comes out."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from businesses.pages.display import further_attributes
from businesses.records.attributes import shown, to_json
from businesses.records.business import TEXTS, Business, BusinessSummary
from businesses.records.onboarding import FAILED, Attempt, Onboarding, Reason
from tests.businesses.account import START, business
from tests.businesses.items import Item, items, malformed, values
from tests.businesses.onboardings import onboarding
from tests.harness.counts import count
from tests.harness.examples import examples

EXAMPLES = examples(300)
USUAL = business(1).to_item()
STUCK = onboarding(1).to_item()


def plain(value: Any) -> Any:
    """Return what JSON that loses nothing holds for an AttributeValue, with numbers as text."""
    [(kind, held)] = value.items()
    if kind == "M":
        return {name: plain(each) for name, each in held.items()}
    if kind == "L":
        return [plain(each) for each in held]
    if kind in {"SS", "NS", "BS"}:
        return [plain({kind[0]: each}) for each in sorted(held, key=repr)]
    if kind == "B":
        size = f"{len(held)} byte{'' if len(held) == 1 else 's'}"
        return f"{base64.b64encode(held).decode()} ({size} in Base64)"
    return None if kind == "NULL" else held


@settings(max_examples=EXAMPLES)
@given(items(USUAL))
def test_an_item_is_shown_as_json_digit_for_digit(item: Item) -> None:
    read = json.loads(to_json(item), parse_int=str, parse_float=str)
    assert read == plain({"M": item})
    count("items shown as JSON")


@settings(max_examples=EXAMPLES)
@given(items(USUAL, values=values | malformed))
def test_any_item_is_a_business(item: Item) -> None:
    record = Business.from_item(item)
    BusinessSummary.from_item(item)
    further_attributes(record.item, {"name": "S"})
    json.loads(to_json(item))
    odd = {name for name in TEXTS if isinstance(item.get(name), dict)}
    odd -= {name for name in odd if item[name].keys() & {"S", "NULL"}}
    assert odd <= {problem.split()[0] for problem in record.problems}
    assert record.to_item()
    count("items read as businesses")


@settings(max_examples=EXAMPLES)
@given(items(STUCK, values=values | malformed), st.sampled_from(["COMPLETED", FAILED]))
def test_any_item_is_an_onboarding(item: Item, outcome: str) -> None:
    record = Onboarding.from_item(item)
    assert set(record.obstacles) <= set(record.problems)
    after = record.after(
        Attempt.failed(START, "x", Reason())
        if outcome == FAILED
        else Attempt.completed(START, "x"),
        START,
    )
    assert after.to_item()
    json.loads(to_json(item))
    count("items read as onboardings")


@settings(max_examples=EXAMPLES)
@given(items(STUCK))
def test_a_record_without_an_obstacle_has_all_that_the_mutation_needs(item: Item) -> None:
    record = Onboarding.from_item(item)
    needed = ("username", "email", "groupName", "name")
    usable = [name for name in needed if item.get(name, {}).get("S", "").strip()]
    is_stuck = item.get("status") == {"S": FAILED}
    if record.status in {"COMPLETED", "DISMISSED"}:
        return
    assert (record.obstacles == ()) == (len(usable) == 4 and is_stuck)


@given(st.integers(0, 2000))
def test_no_depth_is_too_deep_to_show(depth: int) -> None:
    value: Any = {"S": "x"}
    for _ in range(depth):
        value = {"L": [value]}
    assert json.loads(shown(value) if depth else '""') is not None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"S": "a\nb"}, "a\nb"),
        ({"N": "1E40"}, "1E40"),
        ({"B": b"\x00\xff"}, "AP8= (2 bytes in Base64)"),
        ({"B": b""}, " (0 bytes in Base64)"),
        ({"NS": ["9", "10"]}, "[\n  10,\n  9\n]"),
        ({"M": {"a": {"BOOL": False}}}, '{\n  "a": false\n}'),
        ({"L": []}, "[]"),
        ({"N": "many"}, "many"),
        (None, '"None"'),
    ],
)
def test_one_value_is_shown_for_people(value: Any, words: str) -> None:
    assert shown(value) == words

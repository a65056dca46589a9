"""Values of our types, in a cache that holds JSON."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_setup.status.runner import CheckResult, CheckState
from businesses.figures.out_of_group import OutOfGroup
from businesses.figures.stuck import Stuck
from businesses.figures.tally import Tally
from businesses.pages.front_page.backend_state import BackendState
from businesses.pages.onboarding.reads import ReasonChoice
from businesses.records.drift import Drift
from businesses.records.identity import Membership
from businesses.typed_cache import TypedCache, from_plain, to_plain
from tests.harness.counts import count
from tests.harness.examples import examples

CACHED: tuple[Any, ...] = (
    Drift,
    Membership,
    OutOfGroup,
    Stuck,
    Tally,
    tuple[ReasonChoice, ...],
    tuple[str, ...],
    str,
    int,
)


@settings(max_examples=examples(80))
@given(st.data())
def test_what_is_cached_comes_back_from_json_as_it_was(data: st.DataObject) -> None:
    for kind in CACHED:
        value = data.draw(st.from_type(kind))
        if isinstance(value, list):
            value = tuple(value)
        plain = json.loads(json.dumps(to_plain(value)))
        assert to_plain(from_plain(kind, plain)) == plain
        count("cached values taken through JSON", 1)


def test_the_state_of_the_backend_comes_back_too() -> None:
    check = CheckResult(name="Tables", state=CheckState.WRONG, text="Gone.", hint="Deploy.")
    state = BackendState((check,), datetime(2026, 11, 27, 12, tzinfo=UTC))
    assert from_plain(BackendState, json.loads(json.dumps(to_plain(state)))) == state


@dataclass(frozen=True)
class Pair:
    first: str
    second: int


@pytest.mark.parametrize(
    "plain",
    [
        None,
        "text",
        [],
        {},
        {"first": "a"},
        {"first": "a", "second": "2"},
        {"first": "a", "second": True},
        {"first": None, "second": 2},
    ],
)
def test_what_another_release_wrote_counts_as_not_there(plain: Any) -> None:
    pairs = TypedCache(Pair)
    cache.set("pair", plain)
    assert pairs.get("pair") is None
    pairs.set("pair", Pair("a", 2), 10)
    assert pairs.get("pair") == Pair("a", 2)
    assert cache.get("pair") == {"first": "a", "second": 2}

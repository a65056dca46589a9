"""What becomes of odd records when an attempt is written: nothing of them is lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws_setup.local.server import LocalAws
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.aws.tables.onboarding_writes import UNREAD_ATTEMPTS
from businesses.exceptions import RecordFull
from businesses.queries.onboarding_plan import Choice
from businesses.records.onboarding import COMPLETED, FAILED, Attempt, Reason
from tests.businesses.account import REGION
from tests.businesses.items import Item, items
from tests.businesses.odd_records import harmless, stuck_item
from tests.businesses.onboardings import create_onboarding_table, minute, onboarding
from tests.harness.counts import count
from tests.harness.examples import examples

LATER = minute(500)
FAILURE = Reason("Throttled", "Again")
CHANGED = {"status", "updatedAt", "expiresAt", "attempts", "reason", UNREAD_ATTEMPTS}


@pytest.fixture
def table(local_aws: LocalAws) -> Iterator[OnboardingTable]:
    client = local_aws.client("dynamodb", REGION)
    yield OnboardingTable(client, create_onboarding_table(client))
    client.close()


def stored(table: OnboardingTable, sub: str) -> Item:
    found: Item = table._client.get_item(TableName=table.name, Key={"sub": {"S": sub}})["Item"]
    return found


def put(table: OnboardingTable, item: Any) -> Item:
    table._client.put_item(TableName=table.name, Item=item)
    return stored(table, item["sub"]["S"])


def check(table: OnboardingTable, before: Item, attempt: Attempt) -> None:
    """Add an attempt to a record as stored, and compare what is stored then."""
    sub = before["sub"]["S"]
    seen = table.get(sub)
    assert seen is not None
    written = table.record_attempt(seen, attempt, at=LATER)
    after = stored(table, sub)
    untouched = before.keys() - CHANGED
    assert {name: after.get(name) for name in untouched} == {
        name: before[name] for name in untouched
    }
    given = before.get("attempts", {"L": []})
    assert after["attempts"]["L"][:-1] == given.get("L", [])[-19:]
    assert ("L" in given) or after[UNREAD_ATTEMPTS] == given
    assert written.attempts[-1] == attempt
    assert table.record_attempt(seen, attempt, at=LATER) == written, (
        "a lost answer is no second one"
    )
    if attempt.outcome == COMPLETED:
        assert after["status"] == {"S": COMPLETED}
        assert after.get("reason") == before.get("reason")
    count("odd records written")


@pytest.mark.parametrize(
    ("outcome", "first"),
    [
        (COMPLETED, 0),
        (FAILED, 1),
        pytest.param(COMPLETED, 1, marks=pytest.mark.long),
        pytest.param(FAILED, 0, marks=pytest.mark.long),
    ],
)
def test_an_attempt_is_added_to_any_odd_record(
    table: OnboardingTable, outcome: str, first: int
) -> None:
    """Each kind of attempt is added to every second record; make test-long adds the others."""
    attempt = (
        Attempt.completed(LATER, "x")
        if outcome == COMPLETED
        else Attempt.failed(LATER, "x", FAILURE)
    )
    for number, changes in list(enumerate(harmless()))[first::2]:
        check(table, put(table, stuck_item(number, **changes)), attempt)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items(onboarding(1).to_item(), keys=("sub", "status", "updatedAt")),
    st.sampled_from([Attempt.completed(LATER, "x"), Attempt.failed(LATER, "x", FAILURE)]),
)
def test_an_attempt_is_added_to_anything_that_dynamodb_stores(
    table: OnboardingTable, item: Item, attempt: Attempt
) -> None:
    item = {**item, "sub": item.get("sub", {"S": "a"}), "status": {"S": FAILED}}
    check(table, put(table, item), attempt)


def test_a_record_without_room_for_an_attempt_is_named(table: OnboardingTable) -> None:
    full = put(table, stuck_item(1, extra={"S": "x" * (400 * 1024 - 500)}))
    attempt = Attempt.failed(LATER, "x", Reason("Throttled", "x" * 500))
    seen = table.get("sub-0001")
    assert seen is not None
    with pytest.raises(RecordFull, match='"sub-0001" cannot be changed: Item size'):
        table.record_attempt(seen, attempt, at=LATER)
    assert stored(table, "sub-0001") == full


def test_a_record_without_a_status_is_not_overwritten(table: OnboardingTable) -> None:
    before = put(table, stuck_item(1, status=None, source={"N": "1"}))
    assert not table.put_missing(onboarding(1).person, FAILURE, at=LATER)
    assert stored(table, "sub-0001") == before


def test_every_list_reads_what_is_beside_the_odd_ones(table: OnboardingTable) -> None:
    odd = [stuck_item(number, **changes) for number, changes in enumerate(harmless())]
    for item in odd:
        table._client.put_item(TableName=table.name, Item=item)
    listed = [item for item in odd if "updatedAt" in item]
    assert len(list(table.all_of(Choice()))) == len(listed)
    assert len(table.get_many(item["sub"]["S"] for item in odd)) == len(odd)

"""Records of people out of their group, and of those whom staff had onboarded: their writes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from businesses.exceptions import RecordChanged
from businesses.records.business import format_time
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    FAILED,
    OUT_OF_GROUP,
    STAFF,
    SWEEP,
    TRIGGER,
    Attempt,
    Reason,
)
from businesses.records.staff_marks import Request
from tests.businesses.account import Account
from tests.businesses.aws.tables.test_onboarding_table import AT, GONE, NOW_KNOWN, Table
from tests.businesses.onboardings import create_onboarding_table, minute, onboarding

WORDS = "The user is not in the group."
SUB = onboarding(1).sub


@pytest.fixture
def table(account: Account) -> Table:
    return Table(account.dynamodb, create_onboarding_table(account.dynamodb))


def put_outside(table: Table, minutes: int = 600, by: str = SWEEP) -> bool:
    """Record that the person of record 1 is outside, as found at that minute."""
    at = minute(minutes)
    return table.put_out_of_group(NOW_KNOWN, WORDS, at=at, members_as_of=at, by=by)


@pytest.mark.parametrize("before", ["", COMPLETED, FAILED])
def test_a_finding_counts_though_its_answer_is_lost(
    table: Table, account: Account, before: str
) -> None:
    if before:
        table.write(onboarding(1, status=before, expires_at=1_800_000_000))
    account.aws.faults.lose_connection("UpdateItem", is_late=True, after=int(bool(before)))
    assert put_outside(table)
    assert account.aws.faults.waiting == 0
    written = table.found(SUB)
    assert (written.status, written.person, written.expires_at) == (OUT_OF_GROUP, NOW_KNOWN, None)
    found = Attempt.failed(AT, SWEEP, Reason("OutOfGroup", WORDS))
    assert written.attempts == (*(onboarding(1).attempts if before else ()), found)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": DISMISSED},
        {"status": OUT_OF_GROUP},
        {"status": COMPLETED, "updated_at": format_time(AT)},
        {"status": FAILED, "updated_at": format_time(AT)},
    ],
)
def test_what_says_otherwise_stays(table: Table, changes: dict[str, str]) -> None:
    known = onboarding(1, **changes)
    table.write(known)
    assert not put_outside(table)
    assert table.found(SUB) == known


def test_of_many_who_write_at_the_same_moment_nobody_is_lost(table: Table) -> None:
    table.write(onboarding(1, status=COMPLETED))
    put_back = Attempt.completed(minute(700), "vera")
    failed = [Attempt.failed(minute(700 + number), f"staff-{number}", GONE) for number in range(6)]

    def retry(attempt: Attempt) -> bool:
        at = minute(700) if attempt is put_back else minute(701)
        return attempt in table.record_attempt(table.found(SUB), attempt, at=at).attempts

    def dismiss(by: str) -> bool:
        try:
            table.dismiss(SUB, by=by, reason="?", at=minute(702))
        except RecordChanged:
            return False
        return True

    with ThreadPoolExecutor(12) as executor:
        found = [executor.submit(put_outside, table, 600 + number) for number in range(4)]
        retried = [executor.submit(retry, attempt) for attempt in (*failed, put_back)]
        dismissed = [executor.submit(dismiss, by) for by in ("ann", "bob")]
    assert all(each.result() for each in retried)
    after = table.found(SUB)
    assert {*failed, put_back, *onboarding(1).attempts} <= {*after.attempts}
    findings = [each for each in after.attempts if each.type == "OutOfGroup"]
    assert len(findings) == sum(each.result() for each in found)
    assert sum(each.result() for each in dismissed) <= 1
    if after.status == DISMISSED:
        assert after.dismissal is not None
        assert after.dismissal.by in {"ann", "bob"}
    assert after.status in {OUT_OF_GROUP, COMPLETED, DISMISSED}
    assert (after.expires_at is None) == (after.status == OUT_OF_GROUP)


def test_who_was_asked_for_has_no_past_that_nobody_lived_through(
    table: Table, account: Account
) -> None:
    account.aws.faults.lose_connection("UpdateItem", is_late=True)
    assert table.put_requested(NOW_KNOWN, GONE, at=AT, by="vera")
    written = table.found(SUB)
    assert (written.status, written.source, written.attempts) == (FAILED, STAFF, ())
    assert "firstFailedAt" not in table.item(SUB)
    assert written.requested == Request(by="vera", at=format_time(AT))
    assert written.problems == ()
    later = minute(601)
    attempt = Attempt.failed(later, "vera", GONE)
    after = table.record_attempt(written, attempt, at=later)
    assert (after.first_failed_at, after.attempts) == (format_time(later), (attempt,))


def test_who_was_asked_for_keeps_the_past_that_is_recorded(table: Table) -> None:
    known = onboarding(1, status=COMPLETED, expires_at=1_800_000_000)
    table.write(known)
    assert table.put_requested(NOW_KNOWN, GONE, at=AT, by="vera")
    written = table.found(SUB)
    assert (written.status, written.attempts) == (FAILED, known.attempts)
    assert (written.first_failed_at, written.expires_at) == (known.first_failed_at, None)
    assert not table.put_requested(NOW_KNOWN, GONE, at=AT + timedelta(minutes=1), by="bob")
    assert table.put_requested(NOW_KNOWN, GONE, at=AT, by="vera"), "it is what was asked for"


def test_a_new_story_begins_without_the_marks_of_the_old_one(table: Table) -> None:
    table.put_requested(NOW_KNOWN, GONE, at=AT, by="vera")
    done = Attempt.completed(minute(601), "vera")
    table.record_attempt(table.found(SUB), done, at=minute(601))
    assert put_outside(table, 700)
    written = table.found(SUB)
    assert (written.requested, written.source) == (None, SWEEP)
    assert [each.by for each in written.attempts] == ["vera", SWEEP]


@pytest.mark.parametrize("status", [FAILED, OUT_OF_GROUP])
def test_a_dismissal_that_is_taken_back_leads_to_what_it_was(table: Table, status: str) -> None:
    kinds = {FAILED: GONE, OUT_OF_GROUP: Reason("OutOfGroup", WORDS)}
    known = onboarding(1, status=status, reason=kinds[status])
    table.write(known)
    assert table.dismiss(SUB, by="vera", reason="?", at=AT).status == DISMISSED
    assert table.reopen(SUB, at=minute(700)) == replace(known, updated_at=format_time(minute(700)))
    assert [each.by for each in table.found(SUB).attempts] == [TRIGGER]

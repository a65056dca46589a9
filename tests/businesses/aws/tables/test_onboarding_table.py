"""The Onboarding table, through boto3 over HTTP to the embedded AWS."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aws_setup.triggers.post_confirmation import CallError, failed_onboarding
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.exceptions import RecordChanged, RecordGone, TableMissing
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.queries.paging import FIRST, LAST, Cursor, Page, read_page
from businesses.records.business import format_time
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    FAILED,
    MOST_ATTEMPTS,
    SWEEP,
    TRIGGER,
    Attempt,
    Onboarding,
    Reason,
)
from businesses.records.staff_marks import Dismissal
from tests.businesses.account import Account
from tests.businesses.onboardings import (
    THROTTLED,
    create_onboarding_table,
    minute,
    onboarding,
    write_onboardings,
)

AT = minute(600)
GONE = Reason("UserNotFoundException", "User does not exist.")


Shown = Page[Onboarding]


class Table(OnboardingTable):
    """The table under test, and the client that looks at it from outside."""

    def write(self, *records: Onboarding) -> None:
        write_onboardings(self._client, self.name, *records)

    def item(self, sub: str) -> Any:
        return self._client.get_item(TableName=self.name, Key={"sub": {"S": sub}}).get("Item")

    def set(self, sub: str, name: str, value: Any) -> None:
        self._client.update_item(
            TableName=self.name,
            Key={"sub": {"S": sub}},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )

    def found(self, sub: str) -> Onboarding:
        record = self.get(sub)
        assert record is not None
        return record


@pytest.fixture
def table(account: Account) -> Table:
    return Table(account.dynamodb, create_onboarding_table(account.dynamodb))


def failure(minutes: int = 600, by: str = "vera", reason: Reason = GONE) -> Attempt:
    return Attempt.failed(minute(minutes), by, reason)


def success(by: str = "vera") -> Attempt:
    return Attempt.completed(AT, by)


# -- Reading -----------------------------------------------------------------------------------


def test_a_record_reads_as_the_trigger_wrote_it(
    table: Table, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONBOARDING_TABLE", table.name)
    arguments = onboarding(7).person.to_variables()
    error = CallError(THROTTLED.type, THROTTLED.message)
    account.dynamodb.update_item(**failed_onboarding(error, arguments, minute(7)))
    assert table.get("sub-0007") == onboarding(7)


def test_what_is_written_is_read_again(table: Table) -> None:
    full = onboarding(
        1,
        status=DISMISSED,
        expires_at=1_800_000_000,
        dismissal=Dismissal(by="vera", at="2026-11-23T10:00:00.000Z", reason="A test account"),
    )
    table.write(full)
    assert table.get(full.sub) == full


@pytest.mark.parametrize("sub", ["nobody", "", "x" * 2049])
def test_where_there_is_no_record_none_is_returned(table: Table, sub: str) -> None:
    assert table.get(sub) is None
    assert table.get_many([sub]) == {}


def test_an_item_with_nothing_but_its_keys_is_a_record() -> None:
    item = {
        "sub": {"S": "a"},
        "status": {"S": FAILED},
        "reason": {"S": "?"},
        "attempts": {"L": [{"S": "?"}, {"M": {"by": {"S": "x"}}}]},
        "dismissal": {"NULL": True},
        "expiresAt": {"S": "soon"},
    }
    record = Onboarding.from_item(item)
    assert (record.email, record.reason, record.expires_at) == ("", Reason(), None)
    assert record.attempts == (Attempt(at="", by="x", outcome=""),)


def test_an_item_without_its_keys_says_so() -> None:
    item = onboarding(1).to_item()
    del item["status"]
    record = Onboarding.from_item(item)
    assert record.obstacles == ("The record has no status.",)


def test_many_records_come_in_the_order_asked_for(table: Table) -> None:
    table.write(*(onboarding(number) for number in range(130)))
    subs = [f"sub-{number:04}" for number in reversed(range(130))]
    assert list(table.get_many([*subs, "nobody", *subs])) == subs


def page(table: Table, cursor: Cursor, choice: Choice | None = None, **more: int) -> Shown:
    return read_page(table, OnboardingPlan(choice or Choice()), cursor, 4, **more)


def test_pages_lead_to_the_oldest_record_and_back(table: Table) -> None:
    records = [onboarding(n, updated_at=format_time(minute(n // 3))) for n in range(10)]
    table.write(*records, onboarding(50, status=COMPLETED))
    seen, there = _walk(table, FIRST, "next")
    assert sorted(seen) == [record.sub for record in records]
    again, back = _walk(table, LAST, "previous")
    assert sorted(again) == sorted(seen)
    assert [len(page.items) for page in (*there, *back)] == [4, 4, 2] * 2
    assert there[1].previous is not None
    assert page(table, there[1].previous).items == there[0].items


def _walk(table: Table, cursor: Cursor | None, way: str) -> tuple[list[str], list[Shown]]:
    pages = []
    while cursor is not None:
        pages.append(shown := page(table, cursor))
        times = [record.updated_at for record in shown.items]
        assert times == sorted(times, reverse=True)
        cursor = getattr(shown, way)
    return [record.sub for shown in pages for record in shown.items], pages


def test_a_page_of_nothing_leads_nowhere(table: Table) -> None:
    assert page(table, FIRST) == Page()


def test_a_page_of_few_among_many_is_full_nevertheless(table: Table) -> None:
    records = [onboarding(n, source=TRIGGER if n % 10 else SWEEP) for n in range(60)]
    table.write(*records)
    shown = page(table, FIRST, Choice(source=SWEEP), more_at_once=20)
    assert [record.sub for record in shown.items] == [f"sub-00{n}0" for n in (5, 4, 3, 2)]
    assert shown.next is not None
    rest = page(table, shown.next, Choice(source=SWEEP), more_at_once=20)
    assert [record.sub for record in rest.items] == ["sub-0010", "sub-0000"]


def test_records_of_the_last_days_are_read_and_no_older_ones(table: Table) -> None:
    table.write(*(onboarding(number, status=COMPLETED) for number in range(9)))
    recent = Choice(status=COMPLETED, since=format_time(minute(4)))
    shown = page(table, FIRST, recent)
    assert [record.sub for record in shown.items] == [
        "sub-0008",
        "sub-0007",
        "sub-0006",
        "sub-0005",
    ]
    assert shown.next is not None
    assert [record.sub for record in page(table, shown.next, recent).items] == ["sub-0004"]
    # A day later the page's own position is too old.
    later = Choice(status=COMPLETED, since=format_time(minute(7)))
    assert page(table, shown.next, later).items == ()
    back = Cursor("previous", shown.next.position)
    assert [record.sub for record in page(table, back, later).items] == ["sub-0008", "sub-0007"]


def test_an_address_is_found_as_it_was_typed_and_in_lower_case(table: Table) -> None:
    table.write(
        onboarding(1, email="ann@example.com"),
        onboarding(2, email="Ann@example.com"),
        onboarding(3),
    )
    found = page(table, FIRST, Choice(email="Ann@example.com")).items
    assert [record.sub for record in found] == ["sub-0002", "sub-0001"]


def test_a_sub_is_found_whatever_was_chosen_beside_it(table: Table) -> None:
    table.write(onboarding(1, status=DISMISSED))
    plan = OnboardingPlan(Choice(source=SWEEP), "sub-0001")
    found = read_page(table, plan, FIRST, 50)
    assert [record.sub for record in found.items] == ["sub-0001"]
    assert read_page(table, OnboardingPlan(Choice(), "sub-0002"), FIRST, 50) == Page()


def test_all_records_of_a_status_come_newest_first(table: Table) -> None:
    table.write(*(onboarding(number) for number in range(30)), onboarding(40, status=DISMISSED))
    found = [record.sub for record in table.all_of(Choice())]
    assert found == [f"sub-{number:04}" for number in reversed(range(30))]


def test_a_source_and_a_reason_choose_among_the_records(table: Table) -> None:
    table.write(
        onboarding(1),
        onboarding(2, source=SWEEP),
        onboarding(3, reason=GONE),
        onboarding(4, source=SWEEP, reason=GONE),
    )
    by_both = table.all_of(Choice(source=SWEEP, reason_type=GONE.type))
    assert [record.sub for record in by_both] == ["sub-0004"]
    by_source = table.all_of(Choice(source=TRIGGER))
    assert [record.sub for record in by_source] == ["sub-0003", "sub-0001"]
    assert table.count_of(Choice()) == 4
    assert table.count_of(Choice(source=SWEEP, reason_type=GONE.type)) == 1


def test_more_records_than_one_answer_holds_come_without_a_repetition(table: Table) -> None:
    long = Reason("Long", "x" * 30_000)
    table.write(*(onboarding(number, reason=long) for number in range(60)))
    assert table.count_of(Choice()) == 60
    found = []
    for record in table.all_of(Choice()):
        found.append(record.sub)
        # A failing retry moves the record to the front while the rest is still read.
        table.record_attempt(record, failure(1000 + len(found)), at=AT)
    assert found == [f"sub-{number:04}" for number in reversed(range(60))]


def test_a_table_that_is_gone_is_named(account: Account) -> None:
    gone = OnboardingTable(account.dynamodb, "gone")
    for call in (
        lambda: gone.get("a"),
        lambda: gone.get_many(["a"]),
        lambda: read_page(gone, OnboardingPlan(Choice()), FIRST, 1),
        lambda: list(gone.all_of(Choice())),
        lambda: gone.reopen("a", at=AT),
        lambda: gone.refresh_person("a", NOW_KNOWN, at=AT),
    ):
        with pytest.raises(TableMissing, match="gone"):
            call()


# -- Attempts ----------------------------------------------------------------------------------


def test_a_failed_attempt_leaves_its_line_and_its_reason(table: Table) -> None:
    table.write(onboarding(1))
    written = table.record_attempt(onboarding(1), failure(), at=AT)
    assert written == table.get("sub-0001")
    assert written.status == FAILED
    assert written.reason == GONE
    assert written.attempts == (*onboarding(1).attempts, failure())
    assert (written.updated_at, written.first_failed_at) == (
        format_time(AT),
        onboarding(1).first_failed_at,
    )


def test_a_success_completes_the_record_for_ninety_days(table: Table) -> None:
    table.write(onboarding(1))
    table.record_attempt(onboarding(1), success(), at=AT)
    written = table.found("sub-0001")
    assert (written.status, written.updated_at) == (COMPLETED, format_time(AT))
    assert written.expires_at == int((AT + timedelta(days=90)).timestamp())
    assert written.attempts[-1] == success()
    assert written.reason == THROTTLED, "why it had failed stays readable"


def test_a_slower_failure_does_not_undo_a_success(table: Table) -> None:
    table.write(onboarding(1))
    table.record_attempt(onboarding(1), success("vera"), at=AT)
    table.record_attempt(onboarding(1), failure(601, "sam"), at=minute(601))
    written = table.found("sub-0001")
    assert (written.status, written.updated_at) == (COMPLETED, format_time(AT))
    assert written.reason == THROTTLED
    assert [attempt.by for attempt in written.attempts] == ["trigger", "vera", "sam"]


def test_a_failure_does_not_undo_a_dismissal_and_a_success_does_not_erase_it(
    table: Table,
) -> None:
    table.write(onboarding(1))
    dismissed = table.dismiss("sub-0001", by="vera", reason="A test account", at=AT)
    table.record_attempt(onboarding(1), failure(601), at=minute(601))
    assert table.found("sub-0001").status == DISMISSED
    table.record_attempt(onboarding(1), success(), at=AT)
    written = table.found("sub-0001")
    assert (written.status, written.dismissal) == (COMPLETED, dismissed.dismissal)
    assert len(written.attempts) == 3
    assert table.put_missing(onboarding(1).person, GONE, at=minute(602))
    assert table.found("sub-0001").dismissal is None


def test_of_many_at_the_same_moment_each_leaves_its_line(table: Table) -> None:
    table.write(onboarding(1))
    names = [f"staff-{number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as pool:
        attempts = [failure(by=name) for name in names]
        list(pool.map(lambda each: table.record_attempt(onboarding(1), each, at=AT), attempts))
    written = table.found("sub-0001")
    assert sorted(attempt.by for attempt in written.attempts[1:]) == names


def test_a_write_that_is_repeated_leaves_one_line(table: Table) -> None:
    table.write(onboarding(1))
    first = table.record_attempt(onboarding(1), failure(), at=AT)
    assert table.record_attempt(onboarding(1), failure(), at=AT) == first
    assert table.get("sub-0001") == first


def test_the_twenty_newest_attempts_are_kept(table: Table) -> None:
    table.write(onboarding(1))
    record = onboarding(1)
    for number in range(MOST_ATTEMPTS + 3):
        record = table.record_attempt(record, failure(number), at=AT)
    lines = table.found("sub-0001").attempts
    assert [line.at for line in lines] == [format_time(minute(number)) for number in range(3, 23)]


def test_what_this_program_does_not_know_stays_in_the_record(table: Table) -> None:
    table.write(onboarding(1))
    table.set("sub-0001", "note", {"S": "Called on Monday"})
    odd = {"L": [{"M": {"at": {"S": "x"}, "request": {"N": "7"}}}, {"S": "?"}]}
    table.set("sub-0001", "attempts", odd)
    table.record_attempt(table.found("sub-0001"), failure(), at=AT)
    item = table.item("sub-0001")
    assert item["note"] == {"S": "Called on Monday"}
    assert item["attempts"]["L"][:2] == odd["L"]
    assert len(item["attempts"]["L"]) == 3


def test_a_record_without_attempts_gets_its_first(table: Table, account: Account) -> None:
    item = onboarding(1).to_item()
    del item["attempts"]
    account.dynamodb.put_item(TableName=table.name, Item=item)
    table.record_attempt(table.found("sub-0001"), failure(), at=AT)
    assert table.found("sub-0001").attempts == (failure(),)


def test_a_record_that_is_gone_is_not_made_up_again(table: Table) -> None:
    with pytest.raises(RecordGone, match="sub-0001"):
        table.record_attempt(onboarding(1), success(), at=AT)
    assert table.get("sub-0001") is None


# -- Dismissing --------------------------------------------------------------------------------


def test_a_dismissal_says_who_when_and_why_and_can_be_taken_back(table: Table) -> None:
    table.write(onboarding(1))
    table.dismiss("sub-0001", by="vera", reason="A test account", at=AT)
    dismissed = table.found("sub-0001")
    assert dismissed.status == DISMISSED
    assert dismissed.dismissal == Dismissal(by="vera", at=format_time(AT), reason="A test account")
    assert dismissed.expires_at == int((AT + timedelta(days=400)).timestamp())
    table.reopen("sub-0001", at=minute(700))
    assert table.found("sub-0001") == replace(onboarding(1), updated_at=format_time(minute(700)))


def test_only_a_failed_record_is_dismissed_and_only_a_dismissed_one_reopened(table: Table) -> None:
    table.write(onboarding(1), onboarding(2, status=COMPLETED))
    with pytest.raises(RecordChanged, match="is COMPLETED, not FAILED"):
        table.dismiss("sub-0002", by="vera", reason="?", at=AT)
    with pytest.raises(RecordChanged, match="is FAILED, not DISMISSED"):
        table.reopen("sub-0001", at=AT)
    with pytest.raises(RecordGone):
        table.dismiss("nobody", by="vera", reason="?", at=AT)
    assert table.get("nobody") is None


def test_a_dismissal_and_a_reopening_whose_answer_is_lost_took_effect(
    table: Table, account: Account
) -> None:
    table.write(onboarding(1))
    account.aws.faults.lose_connection("UpdateItem", is_late=True)
    dismissed = table.dismiss("sub-0001", by="vera", reason="A test account", at=AT)
    assert (dismissed.status, dismissed) == (DISMISSED, table.get("sub-0001"))
    account.aws.faults.lose_connection("UpdateItem", is_late=True)
    reopened = table.reopen("sub-0001", at=minute(700))
    assert (reopened.status, reopened) == (FAILED, table.get("sub-0001"))


def test_of_two_who_dismiss_in_the_same_moment_one_is_refused(table: Table) -> None:
    table.write(onboarding(1))
    table.dismiss("sub-0001", by="vera", reason="A test account", at=AT)
    with pytest.raises(RecordChanged, match="is DISMISSED, not FAILED"):
        table.dismiss("sub-0001", by="sam", reason="A test account", at=AT)


# -- The person --------------------------------------------------------------------------------

NOW_KNOWN = replace(onboarding(1).person, email="now@example.com", name="By now")


def test_a_failed_record_gets_another_person_for_its_next_retry(
    table: Table, account: Account
) -> None:
    table.write(onboarding(1, email=""))
    account.aws.faults.lose_connection("UpdateItem", is_late=True)
    written = table.refresh_person("sub-0001", NOW_KNOWN, at=AT)
    assert written == table.get("sub-0001")
    assert (written.person, written.updated_at) == (NOW_KNOWN, format_time(AT))
    assert written.attempts == onboarding(1).attempts


@pytest.mark.parametrize("status", [COMPLETED, DISMISSED])
def test_only_a_failed_record_gets_another_person(table: Table, status: str) -> None:
    table.write(onboarding(1, status=status))
    with pytest.raises(RecordChanged, match=f"is {status}, not FAILED"):
        table.refresh_person("sub-0001", NOW_KNOWN, at=AT)
    with pytest.raises(RecordGone):
        table.refresh_person("nobody", NOW_KNOWN, at=AT)
    assert table.found("sub-0001").person == onboarding(1).person


def test_an_attempt_leaves_the_person_that_somebody_refreshed_meanwhile(table: Table) -> None:
    table.write(onboarding(1))
    table.refresh_person("sub-0001", NOW_KNOWN, at=AT)
    table.record_attempt(onboarding(1), failure(601), at=minute(601))
    assert table.found("sub-0001").person == NOW_KNOWN


# -- The sweep ---------------------------------------------------------------------------------


@pytest.mark.parametrize("completed_before", [True, False])
def test_what_the_sweep_records_counts_though_the_answer_is_lost(
    table: Table, account: Account, completed_before: bool
) -> None:
    if completed_before:
        table.write(onboarding(1, status=COMPLETED))
    # Of a completed one the first write is refused, and the second one's answer is lost.
    account.aws.faults.lose_connection("UpdateItem", is_late=True, after=int(completed_before))
    assert table.put_missing(onboarding(1).person, GONE, at=AT)
    account.aws.faults.lose_connection("UpdateItem", is_late=True)
    assert table.complete_by_sweep(table.found("sub-0001"), "The business exists.", at=AT)
    assert account.aws.faults.waiting == 0
    lines = table.found("sub-0001").attempts
    assert [line.by for line in lines] == [TRIGGER] * completed_before + [SWEEP] * 2


def test_the_sweep_records_who_has_no_record(table: Table) -> None:
    assert table.put_missing(onboarding(1).person, GONE, at=AT)
    written = table.found("sub-0001")
    assert (written.status, written.source, written.reason) == (FAILED, SWEEP, GONE)
    assert written.attempts == (failure(by=SWEEP),)
    assert written.first_failed_at == written.updated_at == format_time(AT)
    assert written.person == onboarding(1).person


@pytest.mark.parametrize("status", [FAILED, DISMISSED])
def test_the_sweep_leaves_what_is_known_alone(table: Table, status: str) -> None:
    known = onboarding(1, status=status)
    table.write(known)
    assert not table.put_missing(known.person, GONE, at=AT)
    assert table.get(known.sub) == known


def test_the_sweep_reopens_what_was_completed_before_it_looked(table: Table) -> None:
    table.write(onboarding(1, status=COMPLETED, expires_at=1_800_000_000))
    assert table.put_missing(NOW_KNOWN, GONE, at=AT)
    written = table.found("sub-0001")
    assert (written.status, written.source, written.expires_at) == (FAILED, SWEEP, None)
    assert written.person == NOW_KNOWN
    assert [attempt.by for attempt in written.attempts] == [TRIGGER, SWEEP]


def test_the_sweep_does_not_undo_what_was_completed_since_it_looked(table: Table) -> None:
    completed = onboarding(1, status=COMPLETED, updated_at=format_time(AT))
    table.write(completed)
    assert not table.put_missing(completed.person, GONE, at=AT)
    assert table.get(completed.sub) == completed


def test_the_sweep_completes_who_is_fine_by_now(table: Table) -> None:
    table.write(onboarding(1), onboarding(2))
    one, two = table.found("sub-0001"), table.found("sub-0002")
    assert table.complete_by_sweep(one, "The business exists.", at=AT)
    written = table.found("sub-0001")
    assert written.status == COMPLETED
    assert written.attempts[-1].message == "The business exists."
    table.dismiss("sub-0002", by="vera", reason="A test account", at=AT)
    assert not table.complete_by_sweep(two, "Fine.", at=AT), "it changed meanwhile"
    assert not table.complete_by_sweep(table.found("sub-0002"), "Fine.", at=AT)
    assert table.found("sub-0002").status == DISMISSED

"""People with a Business who are not in its group: what the sweep records, and what it leaves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count as numbers

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.queries.onboarding_plan import Choice
from businesses.records.business import format_time
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    FAILED,
    KEPT_FOR,
    OUT_OF_GROUP,
    SWEEP,
    Attempt,
    Onboarding,
    Person,
    Reason,
)
from tests.businesses.account import Account
from tests.businesses.onboardings import write_onboardings
from tests.businesses.sweep.test_service import LATER, People
from tests.harness.counts import count
from tests.harness.examples import examples

REFUSED = Reason("ResourceNotFoundException", "Group not found.")


@pytest.fixture
def people(account: Account) -> People:
    return People(account)


def outside(people: People) -> list[str]:
    """Return the subs that the index holds as out of their group."""
    return [record.sub for record in people.onboardings.all_of(Choice(status=OUT_OF_GROUP))]


def leave(people: People, name: str) -> None:
    people.cognito.admin_remove_user_from_group(
        UserPoolId=people.pool_id, Username=name, GroupName="businesses"
    )


def test_who_left_the_group_is_recorded_with_what_puts_them_back(people: People) -> None:
    sub = people.onboarded("ann", member=False)
    tally = people.sweep()
    assert (tally.found, tally.completed, tally.drifted) == (0, 0, 1)
    assert f"  {sub}" in tally.summary(dry_run=False)
    record = people.read(sub)
    assert record.person == Person(
        sub=sub, username="ann", email="ann@example.com", name="ann", group_name="businesses"
    )
    assert (record.status, record.source, record.reason.type) == (OUT_OF_GROUP, SWEEP, "OutOfGroup")
    assert 'not in its group "businesses"' in record.reason.message
    assert record.problems == ()
    assert outside(people) == [sub]


def test_the_group_is_that_of_the_business(people: People) -> None:
    people.cognito.create_group(UserPoolId=people.pool_id, GroupName="shops")
    sub = people.confirmed("ann", member=True)
    people.write_business(sub, datetime.now(UTC) - timedelta(hours=1), "shops")
    people.sweep()
    assert people.read(sub).group_name == "shops"


def test_when_it_was_found_stays_until_they_are_back(people: People) -> None:
    sub = people.onboarded("ann", member=False)
    people.sweep()
    before = people.read_all()
    assert people.sweep(after=2 * LATER).drifted == 1
    assert people.read_all() == before
    people.add_to_group("ann")
    tally = people.sweep(after=3 * LATER)
    assert tally.drifted == 0
    assert f"  {sub}" in tally.summary(dry_run=False)
    after = people.read(sub)
    assert after.status == COMPLETED
    assert after.expires_at is not None
    kept = after.expires_at - (datetime.now(UTC) + 3 * LATER).timestamp()
    assert abs(kept - KEPT_FOR.total_seconds()) < 60
    assert [(each.by, each.outcome) for each in after.attempts] == [
        (SWEEP, FAILED),
        (SWEEP, COMPLETED),
    ]


def test_a_completed_record_becomes_it_and_keeps_its_attempts(people: People) -> None:
    sub = people.onboarded("ann", member=False)
    before = people.record(sub, status=COMPLETED, expires_at=1_900_000_000)
    people.sweep()
    after = people.read(sub)
    assert (after.status, after.expires_at) == (OUT_OF_GROUP, None)
    assert after.attempts[:-1] == before.attempts


def test_a_failure_whose_business_is_there_becomes_it(people: People) -> None:
    # A retry of it would find the Business, and leave the person out of the group.
    before = people.record(people.onboarded("ann", member=False))
    tally = people.sweep()
    assert (tally.completed, tally.drifted) == (0, 1)
    after = people.read(before.sub)
    assert (after.status, after.attempts[:-1]) == (OUT_OF_GROUP, before.attempts)
    again = people.sweep()
    assert (again.completed, again.drifted) == (0, 1)


@pytest.mark.parametrize("status", [COMPLETED, FAILED])
def test_a_record_that_is_newer_than_the_members_is_believed(people: People, status: str) -> None:
    sub = people.onboarded("ann", member=False)
    put_back = datetime.now(UTC) + timedelta(minutes=8)  # the members are those of minute 5
    people.record(sub, status=status, updated_at=format_time(put_back))
    assert people.sweep().drifted == 0
    assert people.read(sub).status == COMPLETED


def test_who_is_left_out_on_purpose_is_dismissed_and_stays_so(people: People) -> None:
    sub = people.onboarded("ann", member=False)
    people.sweep()
    now = datetime.now(UTC) + LATER
    people.onboardings.dismiss(sub, by="vera", reason="They asked for it.", at=now)
    assert people.sweep(after=2 * LATER).drifted == 0
    assert people.read(sub).status == DISMISSED
    # It would be recorded again if the record went, so it is kept as long as it is needed.
    assert people.sweep(after=timedelta(days=399)).drifted == 0
    expires_at = people.read(sub).expires_at
    assert expires_at is not None
    assert expires_at > (now + timedelta(days=700)).timestamp()
    people.onboardings.reopen(sub, at=now)
    assert people.read(sub).status == OUT_OF_GROUP
    assert outside(people) == [sub]


def test_a_business_that_went_makes_it_a_failure(people: People) -> None:
    sub = people.onboarded("ann", member=False)
    people.sweep()
    people.dynamodb.delete_item(TableName=people.account.table_name, Key={"id": {"S": sub}})
    assert people.sweep(after=2 * LATER).found == 1
    after = people.read(sub)
    assert (after.status, after.reason.type) == (FAILED, "NotInGroup")
    assert outside(people) == []


@pytest.mark.parametrize("what", ["admin_delete_user", "admin_disable_user"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_who_cannot_sign_in_any_more_is_nobody_to_put_back(
    people: People, what: str, dry_run: bool
) -> None:
    sub, other = people.onboarded("ann", member=False), people.onboarded("bob", member=False)
    people.sweep()
    getattr(people.cognito, what)(UserPoolId=people.pool_id, Username="ann")
    tally = people.sweep(after=2 * LATER, dry_run=dry_run)
    assert any(line.startswith("1 out of their group") for line in tally.summary(dry_run=dry_run))
    assert sorted(outside(people)) == (sorted([sub, other]) if dry_run else [other])


def test_a_record_that_changes_meanwhile_is_left_to_the_next_run(people: People) -> None:
    sub = people.onboarded("ann", member=False)
    completed = people.record(sub, status=COMPLETED)
    attempt = Attempt.completed(datetime.now(UTC), "vera")
    changed = replace(completed, attempts=(*completed.attempts, attempt))

    class Meanwhile(OnboardingTable):
        def get(self, sub: str) -> Onboarding | None:
            seen = super().get(sub)
            write_onboardings(people.dynamodb, self.name, changed)
            return seen

    people.onboardings = Meanwhile(people.dynamodb, people.onboardings.name)
    assert people.sweep().drifted == 0
    assert OnboardingTable(people.dynamodb, people.onboardings.name).get(sub) == changed


class Story:
    """One person, what happens to them, and the status that their record should have."""

    def __init__(self, people: People, name: str) -> None:
        self.people, self.name = people, name
        self.sub = people.onboarded(name)
        self.is_member, self.status, self.minutes = True, "", 0

    @property
    def at(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=self.minutes)

    def tell(self, event: str) -> None:
        """Let an event happen, ten minutes after the one before."""
        self.minutes += 10
        before = self.people.onboardings.get(self.sub)
        {
            "leave": self._leave,
            "join": self._join,
            "sweep": self._sweep,
            "put back": self._put_back,
            "fail": self._fail,
            "dismiss": self._dismiss,
            "reopen": self._reopen,
        }[event]()
        after = self.people.onboardings.get(self.sub)
        assert (after.status if after else "") == self.status
        if before and after:
            assert after.attempts[: len(before.attempts)] == before.attempts
        if after:
            assert (after.expires_at is None) == (after.status == OUT_OF_GROUP)
        assert (self.sub in outside(self.people)) == (self.status == OUT_OF_GROUP)

    def _leave(self) -> None:
        if self.is_member:
            leave(self.people, self.name)
        self.is_member = False

    def _join(self) -> None:
        self.people.add_to_group(self.name)
        self.is_member = True

    def _sweep(self) -> None:
        self.people.sweep(after=timedelta(minutes=self.minutes))
        if self.status != DISMISSED and not self.is_member:
            self.status = OUT_OF_GROUP
        elif self.status == OUT_OF_GROUP:
            self.status = COMPLETED

    def _put_back(self) -> None:
        if self.status == OUT_OF_GROUP:
            self._join()
            self._attempt(Attempt.completed(self.at, "vera"))
            self.status = COMPLETED

    def _fail(self) -> None:
        if self.status == OUT_OF_GROUP:
            self._attempt(Attempt.failed(self.at, "vera", REFUSED))

    def _attempt(self, attempt: Attempt) -> None:
        self.people.onboardings.record_attempt(self.people.read(self.sub), attempt, at=self.at)

    def _dismiss(self) -> None:
        if self.status == OUT_OF_GROUP:
            self.people.onboardings.dismiss(self.sub, by="vera", reason="So be it.", at=self.at)
            self.status = DISMISSED

    def _reopen(self) -> None:
        if self.status == DISMISSED:
            self.people.onboardings.reopen(self.sub, at=self.at)
            self.status = OUT_OF_GROUP


EVENTS = st.sampled_from(
    ["leave", "join", "sweep", "sweep", "put back", "fail", "dismiss", "reopen"]
)


@pytest.mark.generated
def test_whatever_happens_the_index_says_who_is_out_of_their_group(people: People) -> None:
    number: Callable[[], int] = numbers().__next__

    @settings(max_examples=examples(36), deadline=None)
    @given(st.lists(EVENTS, min_size=3, max_size=9))
    @example(["fail", "put back", "sweep", "leave", "sweep", "dismiss", "sweep", "reopen", "sweep"])
    @example(["dismiss", "join", "sweep", "reopen", "sweep"])
    def tell(events: list[str]) -> None:
        story = Story(people, f"person-{number()}")
        for event in ["leave", "sweep", *events]:
            story.tell(event)
        count("stories of people who leave their group and come back")

    tell()

"""What the sweep finds in a user pool and records, through boto3 to the embedded AWS."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from businesses.aws.cognito.user_pool import LIST_CALLS_PER_SECOND, UserPool
from businesses.aws.tables.business_table import BusinessTable
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.exceptions import TableMissing, UserPoolMissing
from businesses.management.sweep_report import SweepTally
from businesses.records.business import format_time
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    FAILED,
    OUT_OF_GROUP,
    SWEEP,
    Onboarding,
    Person,
)
from businesses.records.staff_marks import Dismissal
from businesses.sweep.service import Backlog, Sweeper
from tests.businesses.account import Account, business
from tests.businesses.onboardings import create_onboarding_table, onboarding, write_onboardings
from tests.businesses.sweep.sweeping import FIVE_MINUTES
from tests.harness.counts import count

PASSWORD = "Correct-Horse-1979"
LATER = timedelta(minutes=10)


class People:
    """A user pool with people in it, and what the two tables hold of them."""

    def __init__(self, account: Account) -> None:
        self.account, self.pool_id = account, account.user_pool_id
        self.cognito, self.dynamodb = account.cognito, account.dynamodb
        client = self.cognito.create_user_pool_client(UserPoolId=self.pool_id, ClientName="web")
        self.client_id = client["UserPoolClient"]["ClientId"]
        self.onboardings = OnboardingTable(self.dynamodb, create_onboarding_table(self.dynamodb))

    @property
    def backlog(self) -> Backlog:
        return Backlog(
            pool=UserPool(self.cognito, self.pool_id, limiter=QuotaLimiter(LIST_CALLS_PER_SECOND)),
            businesses=BusinessTable(self.dynamodb, self.account.table_name),
            onboardings=self.onboardings,
            group="businesses",
        )

    def sweep(
        self,
        *,
        after: timedelta = LATER,
        dry_run: bool = False,
        since: datetime | None = None,
    ) -> SweepTally:
        """Run a sweep as it would go so much later. since: as for Backlog."""
        tally = SweepTally()
        with ThreadPoolExecutor(2) as executor:
            sweeper = Sweeper(
                replace(self.backlog, since=since),
                older_than=FIVE_MINUTES,
                dry_run=dry_run,
                executor=executor,
                clock=lambda: datetime.now(UTC) + after,
            )
            for step in sweeper.steps():
                tally.add(step)
        return tally

    def sign_up(self, username: str, /, **attributes: str) -> str:
        """Sign somebody up; return the sub."""
        given = {"email": f"{username}@example.com", **attributes}
        sub: str = self.cognito.sign_up(
            ClientId=self.client_id,
            Username=username,
            Password=PASSWORD,
            UserAttributes=[{"Name": key, "Value": value} for key, value in given.items()],
        )["UserSub"]
        return sub

    def confirmed(self, username: str, /, *, member: bool = False, **attributes: str) -> str:
        """Sign somebody up whom the trigger did nothing for, or only the first half."""
        sub = self.sign_up(username, **attributes)
        self.cognito.admin_confirm_sign_up(UserPoolId=self.pool_id, Username=username)
        if member:
            self.add_to_group(username)
        return sub

    def onboarded(self, name: str, *, member: bool = True) -> str:
        """Sign somebody up for whom all went well, an hour before the sweep."""
        sub = self.confirmed(name, member=member)
        self.write_business(sub, datetime.now(UTC) - timedelta(hours=1))
        return sub

    def write_business(self, sub: str, at: datetime, group: str = "businesses") -> None:
        record = business(1, id=sub, created_at=format_time(at), group_name=group)
        self.account.write([record])

    def add_to_group(self, name: str, group: str = "businesses") -> None:
        self.cognito.admin_add_user_to_group(
            UserPoolId=self.pool_id, Username=name, GroupName=group
        )

    def created_by_administrator(self, name: str) -> str:
        """Create somebody as an administrator does; return the sub."""
        user = self.cognito.admin_create_user(
            UserPoolId=self.pool_id, Username=name, MessageAction="SUPPRESS"
        )["User"]
        return str(next(each["Value"] for each in user["Attributes"] if each["Name"] == "sub"))

    def record(self, sub: str, **changes: Any) -> Onboarding:
        """Write a record as the trigger leaves it; return it."""
        record = onboarding(1, sub=sub, username=sub, **changes)
        write_onboardings(self.dynamodb, self.onboardings.name, record)
        return record

    def read(self, sub: str) -> Onboarding:
        record = self.onboardings.get(sub)
        assert record is not None
        return record

    def read_all(self) -> list[Any]:
        """Return the table's items as they are."""
        items: list[Any] = self.dynamodb.scan(TableName=self.onboardings.name)["Items"]
        return sorted(items, key=lambda item: item["sub"]["S"])


@pytest.fixture
def people(account: Account) -> People:
    return People(account)


def test_a_business_that_datastore_deleted_is_none(people: People) -> None:
    sub = people.confirmed("anna", member=True)
    people.account.put(business(1, id=sub), _deleted={"BOOL": True}, _ttl={"N": "1766836800"})
    assert people.sweep().found == 1
    assert people.read(sub).reason.type == "NoBusiness"


def test_who_is_in_neither_group_nor_table_is_recorded(people: People) -> None:
    sub = people.confirmed("ann", name="Ann's Books")
    assert people.sweep().found == 1
    record = people.read(sub)
    assert record.person == Person(
        sub=sub,
        username="ann",
        email="ann@example.com",
        name="Ann's Books",
        group_name="businesses",
    )
    assert (record.status, record.source, record.reason.type) == (FAILED, SWEEP, "NotInGroup")
    assert 'not in the group "businesses"' in record.reason.message
    assert [(each.by, each.outcome, each.type) for each in record.attempts] == [
        (SWEEP, FAILED, "NotInGroup")
    ]
    assert record.first_failed_at == record.updated_at == record.attempts[0].at


def test_who_is_in_the_group_without_a_business_is_recorded_as_that(people: People) -> None:
    sub = people.confirmed("ann", member=True)
    assert people.sweep().found == 1
    assert people.read(sub).reason.type == "NoBusiness"


def test_who_is_onboarded_is_left_alone(people: People) -> None:
    people.onboarded("ann")
    tally = people.sweep()
    assert (tally.users, tally.members) == (1, 1)
    assert (tally.found, tally.completed, tally.drifted) == (0, 0, 0)
    assert people.read_all() == []


def test_who_has_not_confirmed_is_left_alone(people: People) -> None:
    people.sign_up("ann")
    assert people.sweep().found == 0
    assert people.read_all() == []


def test_who_is_disabled_is_left_alone(people: People) -> None:
    people.confirmed("ann")
    people.cognito.admin_disable_user(UserPoolId=people.pool_id, Username="ann")
    assert people.sweep().found == 0


def test_who_has_just_confirmed_is_left_to_the_trigger(people: People) -> None:
    people.confirmed("ann")
    assert people.sweep(after=timedelta(minutes=4)).found == 0
    assert people.sweep(after=timedelta(minutes=6)).found == 1


def test_whom_an_administrator_created_is_found_once_confirmed(people: People) -> None:
    sub = people.created_by_administrator("ann")
    assert people.sweep().found == 0
    people.cognito.admin_set_user_password(
        UserPoolId=people.pool_id, Username="ann", Password=PASSWORD, Permanent=True
    )
    assert people.sweep().found == 1
    # An administrator need not give an e-mail address; the API refuses a retry by that name.
    assert people.read(sub).email == ""


def test_a_failure_that_the_trigger_recorded_stays_as_it_is(people: People) -> None:
    people.record(people.confirmed("ann"))
    before = people.read_all()
    assert people.sweep().found == 0
    assert people.read_all() == before


def test_a_failure_of_somebody_who_is_fine_by_now_is_completed(people: People) -> None:
    record = people.record(people.onboarded("ann"))
    assert people.sweep().completed == 1
    after = people.read(record.sub)
    assert (after.status, after.source, after.reason) == (COMPLETED, "trigger", record.reason)
    assert after.expires_at is not None
    assert after.attempts[:-1] == record.attempts
    assert (after.attempts[-1].by, after.attempts[-1].outcome) == (SWEEP, COMPLETED)


@pytest.mark.parametrize(
    ("recorded", "mended"),
    [
        ({"email": "", "name": ""}, {"email": "ann@example.com", "name": "ann"}),
        ({"email": " "}, {"email": "ann@example.com"}),
        ({"group_name": "shops"}, {"group_name": "businesses"}),
    ],
)
def test_a_failure_that_no_retry_can_mend_gets_what_cognito_knows(
    people: People, recorded: dict[str, str], mended: dict[str, str]
) -> None:
    record = people.record(people.confirmed("ann"), **recorded)
    assert "1 stuck without" in "".join(people.sweep(dry_run=True).summary(dry_run=True))
    assert people.read(record.sub) == record
    tally = people.sweep()
    assert tally.found == 0
    assert f"  {record.sub}" in tally.summary(dry_run=False)
    after = people.read(record.sub)
    assert after.person == replace(record.person, **mended)
    assert (after.status, after.source, after.attempts) == (FAILED, "trigger", record.attempts)
    assert f"  {record.sub}" not in people.sweep().summary(dry_run=False)


def test_a_failure_stays_as_it_is_where_cognito_knows_no_better(people: People) -> None:
    sub = people.created_by_administrator("ann")
    people.cognito.admin_set_user_password(
        UserPoolId=people.pool_id, Username="ann", Password=PASSWORD, Permanent=True
    )
    record = people.record(sub, email="")
    people.sweep()
    assert people.read(sub) == record


def test_who_was_there_before_the_stack_is_not_stuck(people: People) -> None:
    before = [people.confirmed("ann"), people.confirmed("bob", member=True)]
    tally = people.sweep(since=datetime.now(UTC) + LATER)
    assert (tally.found, people.read_all()) == (0, [])
    assert tally.summary(dry_run=False)[-1] == (
        "2 left out, because they were created before the stack, or before --confirmed-after."
    )
    assert people.sweep(since=datetime.now(UTC) - LATER).found == 2
    assert {people.read(sub).status for sub in before} == {FAILED}


def test_who_was_there_before_is_not_left_out_of_what_is_recorded_about_them(
    people: People,
) -> None:
    fine = people.record(people.onboarded("ann")).sub
    nameless = people.record(people.confirmed("bob"), email="").sub
    deleted = people.record(people.confirmed("eve"), status=COMPLETED).sub
    outside = people.onboarded("joe", member=False)
    tally = people.sweep(since=datetime.now(UTC) + LATER)
    assert (tally.found, tally.completed, tally.drifted) == (1, 1, 1)
    assert people.read(fine).status == COMPLETED
    assert people.read(nameless).email == "bob@example.com"
    assert people.read(deleted).status == FAILED
    assert people.read(outside).status == OUT_OF_GROUP


def test_an_item_that_is_no_record_is_reported_and_passed_over(people: People) -> None:
    broken, fine = people.confirmed("ann"), people.confirmed("bob")
    people.dynamodb.put_item(TableName=people.onboardings.name, Item={"sub": {"S": broken}})
    tally = people.sweep()
    assert tally.found == 1
    assert people.read(fine).status == FAILED
    lines = tally.summary(dry_run=False)
    assert lines[-2:] == [
        "1 skipped, because the record cannot be read or written: see its page:",
        f"  {broken}",
    ]


@pytest.mark.parametrize("onboarded", [True, False])
def test_what_was_dismissed_is_left_alone(people: People, onboarded: bool) -> None:
    sub = people.onboarded("ann") if onboarded else people.confirmed("ann")
    said = Dismissal(by="vera", at="2026-11-23T10:00:00.000Z", reason="A test account")
    in_a_year = int((datetime.now(UTC) + timedelta(days=395)).timestamp())
    people.record(sub, status=DISMISSED, dismissal=said, expires_at=in_a_year)
    before = people.read_all()
    tally = people.sweep()
    assert (tally.found, tally.completed) == (0, 0)
    assert people.read_all() == before


def disabled(people: People, name: str) -> str:
    sub = people.confirmed(name)
    people.cognito.admin_disable_user(UserPoolId=people.pool_id, Username=name)
    return sub


def deleted(people: People, name: str) -> str:
    sub = people.confirmed(name)
    people.cognito.admin_delete_user(UserPoolId=people.pool_id, Username=name)
    return sub


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_dismissed_record_expires_once_nobody_needs_it(people: People, dry_run: bool) -> None:
    now = datetime.now(UTC)
    states: dict[str, Callable[[People, str], str]] = {
        "confirmed": People.confirmed,
        "unconfirmed": People.sign_up,
        "disabled": disabled,
        "onboarded": People.onboarded,
        "deleted": deleted,
    }
    expiries = {"never": None, "past": -1, "soon": 3, "in-a-year": 395}
    kept, left, before = list[str](), list[str](), dict[str, Onboarding]()
    for (state, make), (expiry, days) in itertools.product(states.items(), expiries.items()):
        sub = make(people, f"{state}-{expiry}")
        expires_at = int((now + timedelta(days=days)).timestamp()) if days else None
        before[sub] = people.record(sub, status=DISMISSED, expires_at=expires_at)
        is_needed = state in {"confirmed", "unconfirmed", "disabled"} and expiry != "in-a-year"
        (kept if is_needed and not dry_run else left).append(sub)
    tally = people.sweep(dry_run=dry_run)
    assert tally.found == 0
    assert {sub: people.read(sub) for sub in left} == {sub: before[sub] for sub in left}
    for sub in kept:
        after = people.read(sub)
        assert after.expires_at is not None
        assert replace(after, expires_at=before[sub].expires_at) == before[sub]
        assert 399 < (after.expires_at - now.timestamp()) / 86_400 < 401
    assert any(line.startswith("9 dismissed") for line in tally.summary(dry_run=dry_run))
    assert people.sweep().found == 0
    count("dismissed records swept", len(before))


def test_a_dismissed_record_that_is_reopened_meanwhile_does_not_expire(people: People) -> None:
    sub = people.confirmed("ann")
    people.record(sub, status=FAILED)
    assert people.onboardings.keep_dismissed(sub, at=datetime.now(UTC)) is False
    assert people.onboardings.keep_dismissed("nobody", at=datetime.now(UTC)) is False
    assert people.read(sub).expires_at is None
    assert people.onboardings.get("nobody") is None


def test_a_business_that_went_after_it_was_completed_is_found_again(people: People) -> None:
    record = people.record(
        people.confirmed("ann", member=True), status=COMPLETED, expires_at=1_900_000_000
    )
    assert people.sweep().found == 1
    after = people.read(record.sub)
    assert (after.status, after.source, after.reason.type) == (FAILED, SWEEP, "NoBusiness")
    assert after.expires_at is None
    assert after.attempts[:-1] == record.attempts


def test_who_joined_after_the_group_was_read_has_not_left_it(people: People) -> None:
    sub = people.confirmed("ann")
    people.write_business(sub, datetime.now(UTC) + timedelta(minutes=8))
    assert people.sweep().drifted == 0


def test_a_business_of_an_earlier_group_is_held_against_that_one(people: People) -> None:
    people.cognito.create_group(UserPoolId=people.pool_id, GroupName="shops")
    at = datetime.now(UTC) - timedelta(hours=1)
    for name in ("ann", "bob"):
        people.write_business(people.confirmed(name), at, "shops")
    people.add_to_group("ann", "shops")
    assert people.sweep().drifted == 1


def test_a_group_that_is_gone_has_no_members(people: People) -> None:
    sub = people.confirmed("ann", member=True)
    people.cognito.delete_group(UserPoolId=people.pool_id, GroupName="businesses")
    assert people.sweep().found == 1
    assert people.read(sub).reason.type == "NotInGroup"


def test_a_business_without_a_time_or_a_group_is_a_business(people: People) -> None:
    sub = people.confirmed("ann", member=True)
    people.dynamodb.put_item(TableName=people.account.table_name, Item={"id": {"S": sub}})
    people.record(sub)
    assert people.sweep().completed == 1


def test_a_second_run_changes_nothing(people: People) -> None:
    people.confirmed("ann")
    people.confirmed("bob", member=True)
    people.record(people.onboarded("cid"))
    people.onboarded("dan", member=False)
    first = people.sweep()
    before = people.read_all()
    second = people.sweep(after=2 * LATER)
    assert (first.found, first.completed, first.drifted) == (2, 1, 1)
    assert (second.found, second.completed, second.drifted) == (0, 0, 1)
    assert people.read_all() == before


def test_a_dry_run_says_the_same_and_writes_nothing(people: People) -> None:
    people.confirmed("ann")
    people.record(people.onboarded("bob"))
    before = people.read_all()
    tally = people.sweep(dry_run=True)
    assert (tally.found, tally.completed) == (1, 1)
    assert people.read_all() == before


def test_a_record_that_changed_meanwhile_is_left_to_the_next_run(people: People) -> None:
    record = people.record(people.onboarded("ann"))
    changed = replace(record, status=DISMISSED)

    class Meanwhile(OnboardingTable):
        def complete_by_sweep(self, seen: Onboarding, message: str, *, at: datetime) -> bool:
            write_onboardings(people.dynamodb, self.name, changed)
            return super().complete_by_sweep(seen, message, at=at)

    people.onboardings = Meanwhile(people.dynamodb, people.onboardings.name)
    assert people.sweep().completed == 0
    assert people.read(record.sub) == changed


def test_a_pool_or_a_table_that_is_not_there_is_named(people: People) -> None:
    people.confirmed("ann")
    people.dynamodb.delete_table(TableName=people.account.table_name)
    with pytest.raises(TableMissing, match=people.account.table_name):
        people.sweep()
    people.cognito.delete_user_pool(UserPoolId=people.pool_id)
    with pytest.raises(UserPoolMissing, match=people.pool_id):
        people.sweep()
    with pytest.raises(UserPoolMissing, match=people.pool_id):
        people.backlog.pool.estimated_users()

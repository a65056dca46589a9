"""The sweep, which finds people who were not onboarded and have no record.

A trigger that was throttled, detached or killed leaves no trace. So the sweep compares the user
pool with the tables, and writes a FAILED record for each user who should have a Business but has
none, and an OUT_OF_GROUP record for each user who has one but is not in its group.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from businesses.aws.cognito.user_pool import UserPool
from businesses.aws.tables.batch_reads import BATCH_SIZE
from businesses.aws.tables.business_table import BusinessTable
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.exceptions import RecordChanged, RecordFull, RecordGone
from businesses.queries.onboarding_plan import Choice
from businesses.records.business import BusinessSummary
from businesses.records.onboarding import DISMISSED_FOR, OUT_OF_GROUP, SWEEP, Onboarding, Person
from businesses.records.user import PoolUser, person_of
from businesses.sweep.decisions import STUCK, SweepDecision, decide, mended, reason_of
from businesses.sweep.user_id_set import UserIdSet

WRITES_AT_ONCE = 8

FINE = "The user has a Business."
BACK = "The user is in the group of the Business."
GONE = "The user can no longer sign in, or is gone, so nobody is left to be put in the group."
OUTSIDE = (
    'The user has a Business, but is not in its group "{}". Somebody took them out, or the group '
    "was deleted and made anew."
)
DONE = {SweepDecision.COMPLETED: FINE, SweepDecision.RETURNED: BACK}
KEPT_EVERY = timedelta(days=30)  # how often a dismissed record that is needed is written again


def now_utc() -> datetime:
    """Return the current time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the sweep found about one user. is_new: False if somebody else recorded it first."""

    sub: str
    decision: SweepDecision
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class SweepCase:
    """A user with a decision, and the user's record as it was read."""

    person: Person
    decision: SweepDecision
    record: Onboarding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStep:
    """What a sweep did since the previous step: read a group's members, or decided about users."""

    members: int = 0
    users: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What a sweep reads and writes. group: the group that every business joins.

    since: aware; users who were created before, and of whom there is neither a Business nor a
    record, are not stuck, because nobody was to onboard them. Cognito does not tell when somebody
    confirmed. None if the stack made the pool. is_shared: whether the stack onboards only those who
    signed up through some app clients. Cognito does not tell who did, so that of all of whom there
    is neither a Business nor a record, only members of the group are known to be stuck.
    """

    pool: UserPool
    businesses: BusinessTable
    onboardings: OnboardingTable
    group: str
    since: datetime | None = None
    is_shared: bool = False


class Sweeper:
    """One run over a user pool. It may be stopped between two steps, and run again at any time.

    older_than: users who changed more recently are left out, because their trigger may still be
    running. dry_run: record nothing. executor: writes the records; its size limits how many writes
    are under way. clock: aware.
    """

    def __init__(
        self,
        backlog: Backlog,
        *,
        older_than: timedelta,
        dry_run: bool,
        executor: Executor,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._backlog = backlog
        self._older_than = older_than
        self._dry_run = dry_run
        self._executor = executor
        self._clock = clock
        self._members: dict[str, UserIdSet] = {}

    def steps(self) -> Iterator[SweepStep]:
        """Read the group, then all users; decide about those that are due, and record the results.

        One step is one call that lists users, and what follows from it. Memory holds the members'
        digests, a page and two batches of users, and the subs of dismissed records that soon
        expire and of people out of their group. Raises UserPoolMissing or TableMissing, and lets
        botocore's errors pass; records written before an error stay.
        """
        before = self._clock() - self._older_than
        yield from self._read_members(self._backlog.group)
        renewed = self._clock() + DISMISSED_FOR - KEPT_EVERY
        expiring = set(self._backlog.onboardings.dismissed_before(renewed))
        outside = self._backlog.onboardings.all_of(Choice(status=OUT_OF_GROUP))
        gone = {record.sub for record in outside}
        waiting, needed = list[PoolUser](), list[str]()
        for page in self._backlog.pool.pages():
            waiting += [user for user in page if user.is_due(before)]
            needed += [user.sub for user in page if user.sub in expiring]
            gone.difference_update(user.sub for user in page if user.may_sign_in)
            findings: tuple[Finding, ...] = ()
            if len(waiting) >= BATCH_SIZE:
                batch, waiting = waiting[:BATCH_SIZE], waiting[BATCH_SIZE:]
                findings = self._decide_all(batch, before)
            yield SweepStep(users=len(page), findings=findings)
        if waiting:
            yield SweepStep(findings=self._decide_all(waiting, before))
        for start in range(0, len(needed), BATCH_SIZE):
            yield SweepStep(findings=self._keep(needed[start : start + BATCH_SIZE]))
        settled = sorted(gone)
        for start in range(0, len(settled), BATCH_SIZE):
            yield SweepStep(findings=self._settle(settled[start : start + BATCH_SIZE]))

    def _read_members(self, group: str) -> Iterator[SweepStep]:
        members = self._members[group] = UserIdSet()
        for page in self._backlog.pool.member_pages(group):
            for sub in page:
                members.add(sub)
            yield SweepStep(members=len(page))

    def _decide_all(self, users: Sequence[PoolUser], before: datetime) -> tuple[Finding, ...]:
        """Decide about some users by what the tables hold now, and record the results."""
        at, subs = self._clock(), [user.sub for user in users]
        # In this order, because the Business of a completed record is there by the second read.
        records = self._backlog.onboardings.get_many(subs)
        businesses = self._backlog.businesses.summaries(subs)
        cases = list[SweepCase]()
        for user in users:
            business, record = businesses.get(user.sub), records.get(user.sub)
            group = (business and business.group_name) or self._backlog.group
            is_member = self._is_member(user.sub, group)
            person = person_of(user, group)
            decision = decide(person, business, record, is_member=is_member, members_as_of=before)
            if decision in STUCK and record is None:
                decision = self._unless_left_out(decision, user)
            if decision:
                cases.append(SweepCase(person, decision, record))
        return tuple(self._executor.map(partial(self._record, at, before), cases))

    def _unless_left_out(self, decision: SweepDecision, user: PoolUser) -> SweepDecision:
        """Return another decision about a stuck user whom nobody may have had to onboard."""
        if self._backlog.since is not None and user.created_at < self._backlog.since:
            return SweepDecision.EARLIER
        is_outside = decision is SweepDecision.NOT_IN_GROUP
        return SweepDecision.ELSEWHERE if is_outside and self._backlog.is_shared else decision

    def _keep(self, subs: Sequence[str]) -> tuple[Finding, ...]:
        """Let the dismissed records of users without a Business, or out of its group, expire later.

        Without their records, these users would be recorded again; confirmed or not, because one
        who is not may be some day.
        """
        businesses = self._backlog.businesses.summaries(subs)
        at, table = self._clock(), self._backlog.onboardings

        def keep(sub: str) -> Finding:
            is_new = self._dry_run or table.keep_dismissed(sub, at=at)
            return Finding(sub, SweepDecision.KEPT, is_new)

        return tuple(
            self._executor.map(keep, [sub for sub in subs if not self._is_fine(sub, businesses)])
        )

    def _is_fine(self, sub: str, businesses: Mapping[str, BusinessSummary]) -> bool:
        """Whether a user has a Business and is in its group."""
        business = businesses.get(sub)
        return business is not None and self._is_member(
            sub, business.group_name or self._backlog.group
        )

    def _settle(self, subs: Sequence[str]) -> tuple[Finding, ...]:
        """Complete the OUT_OF_GROUP records of users who can no longer sign in, or are gone."""
        at, table = self._clock(), self._backlog.onboardings

        def settle(record: Onboarding) -> Finding:
            is_new = self._dry_run or table.complete_by_sweep(record, GONE, at=at)
            return Finding(record.sub, SweepDecision.GONE, is_new)

        records = table.get_many(subs).values()
        outside = [record for record in records if record.status == OUT_OF_GROUP]
        return tuple(self._executor.map(settle, outside))

    def _is_member(self, sub: str, group: str) -> bool:
        """Whether a user is in a group: that of their Business, or the one to join."""
        if group not in self._members:
            # The business has an earlier GroupName; there is one group for each name ever set.
            for _ in self._read_members(group):
                pass
        return sub in self._members[group]

    def _record(self, at: datetime, members_as_of: datetime, case: SweepCase) -> Finding:
        """Write what a decision requires. at: when the tables were read."""
        try:
            is_new = self._dry_run or self._write(at, members_as_of, case)
        except RecordFull:
            return Finding(case.person.sub, SweepDecision.UNREADABLE)
        return Finding(case.person.sub, case.decision, is_new)

    def _write(self, at: datetime, members_as_of: datetime, case: SweepCase) -> bool:
        """Return whether the finding still held; True if the decision requires no write."""
        person, record, table = case.person, case.record, self._backlog.onboardings
        if case.decision in STUCK:
            return table.put_missing(person, reason_of(case.decision, person.group_name), at=at)
        is_known = record is not None and record.status == OUT_OF_GROUP
        if case.decision is SweepDecision.DRIFTED and not is_known:
            words = OUTSIDE.format(person.group_name)
            return table.put_out_of_group(
                person, words, at=at, members_as_of=members_as_of, by=SWEEP
            )
        if case.decision in DONE and record:
            return table.complete_by_sweep(record, DONE[case.decision], at=at)
        if case.decision is SweepDecision.REFRESHED and record:
            try:
                table.refresh_person(person.sub, mended(record.person, person), at=at)
            except (RecordChanged, RecordGone):
                return False
        return True

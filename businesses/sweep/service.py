"""The sweep: finds the people whom nobody onboarded and nobody recorded.

A trigger that was throttled, detached or killed leaves no trace. So the user pool is compared with
the tables: who ought to have a Business and has none gets a FAILED record.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from businesses.aws.batch_reads import BATCH_SIZE
from businesses.aws.business_table import BusinessTable
from businesses.aws.onboarding_table import OnboardingTable
from businesses.aws.user_pool import UserPool
from businesses.exceptions import InvalidRecord, RecordChanged, RecordGone
from businesses.records.business import BusinessSummary
from businesses.records.onboarding import Onboarding, Person
from businesses.records.user import PoolUser, person_of
from businesses.sweep.decisions import STUCK, SweepDecision, decide, mended, reason_of
from businesses.sweep.user_id_set import UserIdSet

WRITES_AT_ONCE = 8

FINE = "The user has a Business."


def now_utc() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """What there was to say of one user. is_new: False where somebody else was quicker."""

    sub: str
    decision: SweepDecision
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class SweepCase:
    """A user of whom there is something to say, and the record as it was read."""

    person: Person
    decision: SweepDecision
    record: Onboarding | InvalidRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStep:
    """What a sweep did since the step before: read members of a group, or judged some users."""

    members: int = 0
    users: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What a sweep reads and writes. group: the one that every business joins."""

    pool: UserPool
    businesses: BusinessTable
    onboardings: OnboardingTable
    group: str


class Sweeper:
    """One run over a user pool. It may be stopped between two steps, and run again at any time.

    older_than: how long ago a user must have changed at least; a younger one's trigger may still
    be at work. dry_run: record nothing. executor: writes the records; its size bounds how many are
    under way. clock: aware.
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
        """Read the group, then all users; decide those that are due, and record what is missing.

        One step is one call that lists users and what follows from it. In memory are the members'
        digests and fewer than three pages of users. Raises UserPoolMissing or TableMissing, and
        lets botocore's errors pass: what was recorded by then stays.
        """
        before = self._clock() - self._older_than
        yield from self._read_members(self._backlog.group)
        waiting: list[PoolUser] = []
        for page in self._backlog.pool.pages():
            waiting += [user for user in page if user.is_due(before)]
            findings: tuple[Finding, ...] = ()
            if len(waiting) >= BATCH_SIZE:
                batch, waiting = waiting[:BATCH_SIZE], waiting[BATCH_SIZE:]
                findings = self._decide_all(batch, before)
            yield SweepStep(users=len(page), findings=findings)
        if waiting:
            yield SweepStep(findings=self._decide_all(waiting, before))

    def _read_members(self, group: str) -> Iterator[SweepStep]:
        members = self._members[group] = UserIdSet()
        for page in self._backlog.pool.member_pages(group):
            for sub in page:
                members.add(sub)
            yield SweepStep(members=len(page))

    def _decide_all(self, users: Sequence[PoolUser], before: datetime) -> tuple[Finding, ...]:
        """Judge some users by what the tables hold now, and record it."""
        at, subs = self._clock(), [user.sub for user in users]
        # In this order: a record that was completed by then has its Business by now.
        records = self._backlog.onboardings.find_many(subs)
        businesses = self._backlog.businesses.summaries(subs)
        cases = list[SweepCase]()
        for user in users:
            business, record = businesses.get(user.sub), records.get(user.sub)
            is_member = self._is_member(user.sub, business)
            person = person_of(user, self._backlog.group)
            decisions = decide(person, business, record, is_member=is_member, members_as_of=before)
            cases += [SweepCase(person, decision, record) for decision in decisions]
        return tuple(self._executor.map(partial(self._record, at), cases))

    def _is_member(self, sub: str, business: BusinessSummary | None) -> bool:
        """Whether a user is in the group of the business, or in the one that is to be joined."""
        group = (business and business.group_name) or self._backlog.group
        if group not in self._members:
            # A business of an earlier GroupName; there are as many groups as names were ever set.
            for _ in self._read_members(group):
                pass
        return sub in self._members[group]

    def _record(self, at: datetime, case: SweepCase) -> Finding:
        """Write what a decision asks for. at: when the tables were looked at."""
        is_new = self._dry_run or self._write(at, case)
        return Finding(case.person.sub, case.decision, is_new)

    def _write(self, at: datetime, case: SweepCase) -> bool:
        """Return whether it was still so; True where a decision asks for nothing."""
        person, record, table = case.person, case.record, self._backlog.onboardings
        if case.decision in STUCK:
            return table.put_missing(person, reason_of(case.decision, person.group_name), at=at)
        if case.decision is SweepDecision.COMPLETED and isinstance(record, Onboarding):
            return table.complete_by_sweep(record, FINE, at=at)
        if case.decision is SweepDecision.REFRESHED and isinstance(record, Onboarding):
            try:
                table.refresh_person(person.sub, mended(record.person, person), at=at)
            except (RecordChanged, RecordGone):
                return False
        return True

"""Retrying stuck onboardings: what to do with each, in what order, and what gets recorded."""

import asyncio
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeGuard

from botocore.exceptions import BotoCoreError, ClientError

from businesses.aws.api.mutation import Mutation, MutationCalls, RetryPolicy, Skipped
from businesses.aws.stack import Stack
from businesses.aws.tables.business_table import BusinessTable
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.concurrency.growing_limit import GrowingLimit
from businesses.concurrency.turns import Rate
from businesses.concurrency.worker_pool import BatchedReads, WorkerPool
from businesses.exceptions import BusinessesError
from businesses.queries.onboarding_plan import Choice
from businesses.records.business import BusinessSummary, format_time
from businesses.records.onboarding import (
    FAILED,
    OPEN,
    OUT_OF_GROUP,
    Attempt,
    Onboarding,
    Person,
    Reason,
)
from businesses.records.reasons.lookup import reason_of
from businesses.retry.outcomes import ALREADY, Outcome, Result, refusal, unrecorded
from businesses.signals import retry_ended

CALLS_AT_ONCE = 16
READS_AT_ONCE = 2  # of what comes next, and of what the mutation awaits
# Each write takes time from the calls of the mutation. Two parallel writes keep up with 25
# mutations a second if DynamoDB takes 80 ms for one write.
RECORDED_AT_ONCE, MOST_RECORDED_AT_ONCE, SLOW_WRITE_SECONDS = 2, 16, 0.25
TABLE_CALLS_AT_ONCE = READS_AT_ONCE + MOST_RECORDED_AT_ONCE
NO_BUSINESS = "There is no Business any more. The next sweep records the person as stuck."
BACK_IN_GROUP = "The user is in the group again."
FRESH = timedelta(seconds=1)  # a record read within this time counts as current


@dataclass(frozen=True, slots=True)
class RetryCase:
    """What is known about a sub. record: None if there is none. read_at: aware."""

    sub: str
    read_at: datetime
    record: Onboarding | None = None
    business: BusinessSummary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the retries of one run share.

    slots: limits mutation calls. records: reads afresh. writes: limits the writes of outcomes.
    """

    by: str
    slots: asyncio.Semaphore
    records: BatchedReads[Onboarding]
    writes: GrowingLimit


def now_utc() -> datetime:
    """Return the current time, aware."""
    return datetime.now(UTC)


class _RecordCheck:
    """Checks before each try of a call whether the record is still stuck, and returns its person.

    Before the first try, a record read less than FRESH ago is used as it is. record: as last read.
    """

    def __init__(
        self,
        case: RetryCase,
        record: Onboarding,
        records: BatchedReads[Onboarding],
        clock: Callable[[], datetime],
    ) -> None:
        self._case, self._records, self._clock = case, records, clock
        self._status = record.status
        self.record: Onboarding | None = record
        self._is_first = True

    async def __call__(self) -> Person | None:
        is_first, self._is_first = self._is_first, False
        # If the clock was set back, the age is negative and means nothing.
        if not (is_first and timedelta(0) <= self._clock() - self._case.read_at <= FRESH):
            try:
                self.record = await self._records.get(self._case.sub)
            except (BusinessesError, ClientError, BotoCoreError):
                if is_first:
                    raise
                return None  # so that the outcome of the earlier try still gets recorded
        is_same = self.record is not None and self.record.status == self._status
        return self.record.person if is_same and _can_be_retried(self.record) else None


class Retry:
    """Retries records of the Onboarding table: onboards a person, or puts them back in the group.

    Records are read ahead, so that people who already have a Business need no call. A record is
    read again before its call if the first read was more than FRESH ago, and before every further
    try. So no call is made for a record that was settled FRESH ago or earlier, or with arguments
    that old. clock: aware. at_once: the most mutation calls under way at a time.
    """

    def __init__(
        self,
        onboardings: OnboardingTable,
        businesses: BusinessTable,
        mutation: Mutation,
        *,
        clock: Callable[[], datetime] = now_utc,
        at_once: int = CALLS_AT_ONCE,
    ) -> None:
        self._onboardings, self._businesses, self._mutation = onboardings, businesses, mutation
        self._clock, self._at_once = clock, at_once

    @classmethod
    def of_stack(cls, stack: Stack, *, rate: Rate, policy: RetryPolicy | None = None) -> "Retry":
        """Return a service that uses the tables and the API of a stack.

        Raises the errors of reading the stack's outputs.
        """
        mutation = Mutation(stack.api(), rate=rate, policy=policy)
        return cls(stack.onboardings(), stack.businesses(), mutation)

    def stuck(self, choice: Choice) -> Iterator[Onboarding]:
        """Yield the records of a choice, newest first."""
        return self._onboardings.all_of(choice)

    def count_stuck(self, choice: Choice) -> int:
        """Count what `stuck` yields."""
        return self._onboardings.count_of(choice)

    def get_many(self, subs: Iterable[str]) -> dict[str, Onboarding]:
        """Return the records that exist, by sub, as they are now."""
        return self._onboardings.get_many(subs)

    def run(
        self, subs: Iterable[str], *, by: str, stop: threading.Event | None = None
    ) -> Generator[Outcome, None, None]:
        """Retry the records and yield each outcome as it arrives, in no particular order.

        by: a staff user's name, or "command". stop: once set, no further retry is started and those
        under way are finished; closing the generator does the same, but drops their outcomes.
        Raises ApiRefused or ApiUnreachable when it is pointless to continue, after the outcomes of
        the calls under way; also TableMissing and botocore's errors when reading.
        """
        stop = stop or threading.Event()
        run = _Run(
            by=by,
            slots=asyncio.Semaphore(self._at_once),
            records=BatchedReads(self._onboardings.get_many),
            writes=GrowingLimit(
                RECORDED_AT_ONCE, most=MOST_RECORDED_AT_ONCE, slow_seconds=SLOW_WRITE_SECONDS
            ),
        )
        workers = WorkerPool(
            partial(self._mutation.connected, stop),
            partial(self._retry, run),
            stop=stop,
            at_once=2 * self._at_once,  # so that no call waits for another's record to be written
            threads=TABLE_CALLS_AT_ONCE,
        )
        return workers.run(self._cases(iter(subs)))

    def _cases(self, subs: Iterator[str]) -> Iterator[RetryCase]:
        """Read what is known about the subs, in batches as large as the number of calls at once."""
        while batch := list(islice(subs, self._at_once)):
            read_at = self._clock()
            records = self._onboardings.get_many(batch)
            are_open = [sub for sub, record in records.items() if _is_open(record)]
            businesses = self._businesses.summaries(are_open)
            for sub in dict.fromkeys(batch):
                yield RetryCase(sub, read_at, records.get(sub), businesses.get(sub))

    async def _retry(self, run: _Run, calls: MutationCalls, case: RetryCase) -> Outcome:
        outcome = await self._outcome(run, calls, case)
        retry_ended.send_robust(Retry, outcome=outcome.result.value)
        return outcome

    async def _outcome(self, run: _Run, calls: MutationCalls, case: RetryCase) -> Outcome:
        record = case.record
        if not _is_open(record):
            return refusal(case.sub, record)
        if record.status == OUT_OF_GROUP and case.business is None:
            return refusal(case.sub, record, NO_BUSINESS)
        if record.status == FAILED and case.business is not None:
            since = case.business.created_at
            when = f", since {format_time(since)}" if since else ""
            return await self._write(run, record, None, f"{ALREADY}{when}.")
        if not _can_be_retried(record):
            return refusal(case.sub, record)
        check = _RecordCheck(case, record, run.records, self._clock)
        try:
            async with run.slots:
                reason = await calls.onboard(record.person, check)
        except Skipped:
            return refusal(case.sub, check.record)
        done = BACK_IN_GROUP if record.status == OUT_OF_GROUP and not reason else ""
        return await self._write(run, check.record or record, reason, done)

    async def _write(
        self, run: _Run, seen: Onboarding, reason: Reason | None, text: str
    ) -> Outcome:
        return await run.writes.call(partial(self._record, seen, reason, text, run.by))

    def _record(self, seen: Onboarding, reason: Reason | None, text: str, by: str) -> Outcome:
        """Record the result of a call; if that fails, the outcome says so."""
        at = self._clock()
        attempt = Attempt.failed(at, by, reason) if reason else Attempt.completed(at, by, text)
        try:
            written = self._onboardings.record_attempt(seen, attempt, at=at)
        except (BusinessesError, ClientError, BotoCoreError) as error:
            return Outcome(
                sub=seen.sub,
                result=Result.UNRECORDED,
                text=unrecorded(reason, error),
                reason=reason,
                record=seen,
            )
        if reason:
            plain = reason_of(reason.type, reason.message)
            text = f"{plain.name} ({reason.type}: {reason.message})"
        return Outcome(
            sub=seen.sub,
            result=Result.FAILED if reason else Result.COMPLETED,
            text=text or "The business exists.",
            reason=reason,
            record=written,
        )


def _is_open(record: Onboarding | None) -> TypeGuard[Onboarding]:
    return record is not None and record.status in OPEN


def _can_be_retried(record: Onboarding | None) -> TypeGuard[Onboarding]:
    return _is_open(record) and not record.obstacles

"""Retrying stuck onboardings: what to do with each, in what order, and what is written of it."""

import asyncio
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from itertools import islice
from typing import TypeGuard

from botocore.exceptions import BotoCoreError, ClientError

from businesses.at_once import Crew, Gathered
from businesses.exceptions import BusinessesError, InvalidRecord, RecordGone
from businesses.mutation import Calls, Mutation, NotWanted
from businesses.onboarding_choice import Choice
from businesses.onboarding_records import FAILED, Attempt, Onboarding, Reason
from businesses.onboarding_table import OnboardingTable
from businesses.presence import BusinessPresence, Presence
from businesses.records import format_time

CALLS_AT_ONCE = 16
# Each takes time from the calls of the mutation, and two writes keep up with 25 of these a second
# where DynamoDB takes 80 ms for one.
TABLE_CALLS_AT_ONCE = 4
RECORDED_AT_ONCE = 2  # of these; a read, for which the mutation waits, finds a thread free
FRESH = timedelta(seconds=1)  # what was read so long ago stands for now
SERVER_ERROR = 500
HARMLESS = "That is harmless: retry it, and it is found done."


class Result(Enum):
    """How the retry of one record ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    REFUSED = "not retried"  # its status is another one
    UNRECORDED = "not recorded"  # what came of it could not be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one record. text: for staff, a sentence or two.

    reason: why the mutation failed; None where it went through, or was not called.
    record: as written, or as found; None where there is none.
    """

    sub: str
    result: Result
    text: str
    reason: Reason | None = None
    record: Onboarding | None = None

    @property
    def is_fine(self) -> bool:
        """Whether nothing is left to do for anybody: done by this retry, or settled before."""
        return self.result is Result.COMPLETED or (
            self.result is Result.REFUSED and self.record is not None
        )


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a sub. record: why it can't be read, where it can't; None for none.

    read_at: aware.
    """

    sub: str
    read_at: datetime
    record: Onboarding | InvalidRecord | None = None
    business: Presence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the retries of one run share. slots: of the mutation's calls. records: as of now."""

    by: str
    slots: asyncio.Semaphore
    records: Gathered[Onboarding | InvalidRecord]
    writes: asyncio.Semaphore


def now_utc() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


class Retry:
    """Retries records of the Onboarding table.

    They are read some ahead, so that who is onboarded already takes no turn, and once more before a
    call where that was more than FRESH ago, and before every further try: nobody is called
    whose record somebody else has settled by then.
    clock: aware. at_once: how many calls of the mutation are under way.
    """

    def __init__(
        self,
        onboardings: OnboardingTable,
        businesses: BusinessPresence,
        mutation: Mutation,
        *,
        clock: Callable[[], datetime] = now_utc,
        at_once: int = CALLS_AT_ONCE,
    ) -> None:
        self._onboardings, self._businesses, self._mutation = onboardings, businesses, mutation
        self._clock, self._at_once = clock, at_once

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
        """Retry the records and yield what came of each, as it comes; in no order.

        by: a staff user's name, or "command". stop: once set, nobody else is begun and those under
        way are finished; closing the generator does the same, without their outcomes.
        Raises ApiRefused or ApiUnreachable when there is no use in going on, after the outcomes of
        what was under way; also TableMissing and botocore's errors of reading.
        """
        stop = stop or threading.Event()
        run = _Run(
            by=by,
            slots=asyncio.Semaphore(self._at_once),
            records=Gathered(self._onboardings.find_many),
            writes=asyncio.Semaphore(RECORDED_AT_ONCE),
        )
        crew = Crew(
            partial(self._mutation.connected, stop),
            partial(self._retry, run),
            stop=stop,
            at_once=2 * self._at_once,  # no call waits until another's record is written
            threads=TABLE_CALLS_AT_ONCE,
        )
        return crew.run(self._cases(iter(subs)))

    def _cases(self, subs: Iterator[str]) -> Iterator[Case]:
        """Read what is known of the subs, as many at a time as are under way."""
        while batch := list(islice(subs, self._at_once)):
            read_at = self._clock()
            records = self._onboardings.find_many(batch)
            stuck = [sub for sub, record in records.items() if _is_stuck(record)]
            businesses = self._businesses.read(stuck)
            for sub in dict.fromkeys(batch):
                yield Case(sub, read_at, records.get(sub), businesses.get(sub))

    async def _retry(self, run: "_Run", calls: Calls, case: Case) -> Outcome:
        record = current = case.record
        if not _is_stuck(record):
            return _refusal(case.sub, record)
        if case.business is not None:
            since = case.business.created_at
            when = f", since {format_time(since)}" if since else ""
            return await self._write(run, record, None, f"The business was there already{when}.")

        is_first = True

        async def is_stuck_still() -> bool:
            nonlocal current, is_first
            # A clock that was put back says nothing of an age.
            age = self._clock() - case.read_at
            if not (is_first and timedelta(0) <= age <= FRESH):
                current = await run.records.get(case.sub)
            is_first = False
            return _is_stuck(current)

        try:
            async with run.slots:
                reason = await calls.onboard(record.person, is_stuck_still)
        except NotWanted:
            return _refusal(case.sub, current)
        return await self._write(run, record, reason)

    async def _write(
        self, run: "_Run", seen: Onboarding, reason: Reason | None, text: str = ""
    ) -> Outcome:
        async with run.writes:
            return await asyncio.to_thread(self._record, seen, reason, text, run.by)

    def _record(self, seen: Onboarding, reason: Reason | None, text: str, by: str) -> Outcome:
        """Write what came of a call; where that fails, say so."""
        at = self._clock()
        attempt = Attempt.failed(at, by, reason) if reason else Attempt.completed(at, by, text)
        try:
            written = self._onboardings.record_attempt(seen, attempt, at=at)
        except (BusinessesError, ClientError, BotoCoreError) as error:
            return Outcome(
                sub=seen.sub,
                result=Result.UNRECORDED,
                text=_unrecorded(reason, error),
                reason=reason,
                record=seen,
            )
        if reason:
            text = f"{reason.type}: {reason.message}"
        return Outcome(
            sub=seen.sub,
            result=Result.FAILED if reason else Result.COMPLETED,
            text=text or "The business is there.",
            reason=reason,
            record=written,
        )


def _is_stuck(record: Onboarding | InvalidRecord | None) -> TypeGuard[Onboarding]:
    return isinstance(record, Onboarding) and record.status == FAILED


def _refusal(sub: str, record: Onboarding | InvalidRecord | None) -> Outcome:
    """Say what a record is that is not retried."""
    if isinstance(record, Onboarding):
        text = f"It is {record.status} since {record.updated_at}."
    elif record is None:
        text = "There is no record of this sub."
    else:
        text = f"{record} {record.hint}"
    return Outcome(
        sub=sub,
        result=Result.REFUSED,
        text=f"{text} The mutation was not called.",
        record=record if isinstance(record, Onboarding) else None,
    )


def _unrecorded(reason: Reason | None, error: Exception) -> str:
    """Say what came of a call, what is known of its record, and what to do.

    A write that nobody answered, or that met a fault of DynamoDB's own, may have taken effect.
    """
    is_known, why = isinstance(error, BusinessesError), str(error)
    if isinstance(error, ClientError):
        is_known = error.response["ResponseMetadata"]["HTTPStatusCode"] < SERVER_ERROR
        why = error.response["Error"]["Code"]
    if isinstance(error, RecordGone):
        state = "there is no record any more"
        mend = "Search for the sub to onboard the person." if reason else "Nothing is left to do."
    elif is_known:
        state = f"the record was not updated ({why})"
        mend = "It is as it was: retry it." if reason else HARMLESS
    else:
        state = f"it is not known whether the record was updated ({why})"
        mend = "Reload it, and retry it if it is still FAILED." if reason else HARMLESS
    if reason is None:
        return f"The mutation went through, but {state}. {mend}"
    return f"The mutation failed ({reason.type}: {reason.message}), and {state}. {mend}"

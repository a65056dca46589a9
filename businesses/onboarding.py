"""Retrying stuck onboardings: what to do with each, in what order, and what is written of it."""

import asyncio
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from itertools import islice

from botocore.exceptions import BotoCoreError, ClientError

from businesses.at_once import Crew
from businesses.dynamodb import BusinessTable
from businesses.exceptions import BusinessesError, InvalidRecord
from businesses.mutation import Calls, Mutation
from businesses.onboarding_choice import Choice
from businesses.onboarding_records import FAILED, Attempt, Onboarding, Reason
from businesses.onboarding_table import OnboardingTable
from businesses.records import Business

CALLS_AT_ONCE = 16
RECORDED_AT_ONCE = 16  # besides: no call waits until another's record is written


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
    """What was known of a sub right before its turn. broken: why that could not be read."""

    sub: str
    record: Onboarding | None = None
    business: Business | None = None
    broken: str = ""


def now_utc() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


class Retry:
    """Retries records of the Onboarding table. They are read anew right before their turn.

    clock: aware. at_once: how many calls of the mutation are under way.
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
        crew = Crew(
            partial(self._mutation.connected, stop),
            partial(self._retry, by, asyncio.Semaphore(self._at_once)),
            stop=stop,
            at_once=self._at_once + RECORDED_AT_ONCE,
        )
        return crew.run(self._cases(iter(subs)))

    def _cases(self, subs: Iterator[str]) -> Iterator[Case]:
        """Read what is known of the subs, as many at a time as are under way."""
        while batch := list(islice(subs, self._at_once)):
            try:
                yield from self._read(batch)
            except InvalidRecord:
                for sub in batch:
                    yield self._read_alone(sub)

    def _read(self, subs: list[str]) -> list[Case]:
        records = self._onboardings.get_many(subs)
        stuck = [sub for sub, record in records.items() if record.status == FAILED]
        businesses = self._businesses.get_many(stuck)
        return [Case(sub, records.get(sub), businesses.get(sub)) for sub in dict.fromkeys(subs)]

    def _read_alone(self, sub: str) -> Case:
        try:
            return self._read([sub])[0]
        except InvalidRecord as error:
            return Case(sub, broken=f"{error} {error.hint}")

    async def _retry(self, by: str, slots: asyncio.Semaphore, calls: Calls, case: Case) -> Outcome:
        record, text = case.record, ""
        if record is None or record.status != FAILED:
            return _refusal(case)
        if case.business is None:
            async with slots:
                reason = await calls.onboard(record.person)
        else:
            reason = None
            text = f"The business was there already, since {case.business.created_at}."
        return await asyncio.to_thread(self._record, record, reason, text, by)

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


def _refusal(case: Case) -> Outcome:
    """Say what a record is that is not retried."""
    if case.record is not None:
        text = f"It is {case.record.status} since {case.record.updated_at}."
    else:
        text = case.broken or "There is no record of this sub."
    text += " The mutation was not called."
    return Outcome(sub=case.sub, result=Result.REFUSED, text=text, record=case.record)


def _unrecorded(reason: Reason | None, error: Exception) -> str:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else str(error)
    if reason is None:
        return (
            f"The mutation went through, but the record was not updated ({code}). That is "
            "harmless: retry it, and it is found done."
        )
    return (
        f"The mutation failed ({reason.type}: {reason.message}), and the record was not updated "
        f"({code}). It is as it was: retry it."
    )

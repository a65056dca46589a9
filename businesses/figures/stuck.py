"""Who is stuck now: how many, since when, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from businesses.aws.stack import ONBOARDING_TABLE, Stack
from businesses.aws.tables.time_reads import STATUS, read_newest
from businesses.backend import READ_SHARE, Backend
from businesses.figures import cached
from businesses.figures.counts import FIRST_FAILED, budget
from businesses.figures.days import Window
from businesses.records.attributes import members, text
from businesses.records.onboarding import FAILED, SWEEP, TRIGGER
from businesses.signals import stuck_counted
from businesses.typed_cache import TypedCache

NAMES = ("sub", "updatedAt", FIRST_FAILED, "reason", "source")
SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckRecord:
    """What the figures need to know of one stuck onboarding. Times are texts as stored."""

    sub: str
    first_failed_at: str
    updated_at: str
    reason_type: str
    message: str
    source: str

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> "StuckRecord":
        """Read an item of the index; whatever the sweep did not record counts as the trigger's."""
        reason = members(item.get("reason"))
        return cls(
            sub=text(item, "sub"),
            first_failed_at=text(item, FIRST_FAILED),
            updated_at=text(item, "updatedAt"),
            reason_type=text(reason, "type"),
            message=text(reason, "message"),
            source=SWEEP if text(item, "source") == SWEEP else TRIGGER,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The stuck onboardings of one reason and one source.

    message: that of one of them. newest: when one of them changed last, as stored, which is when it
    failed last unless staff changed it since.
    """

    reason_type: str
    source: str
    number: int
    longest: StuckRecord
    message: str
    newest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Who is stuck. is_all: False if there are more than were read; those that changed last were.

    longest: who has been stuck for longest, None if nobody is. first: how many first failed in each
    quarter of an hour of the window.
    """

    number: int
    is_all: bool
    longest: StuckRecord | None
    causes: tuple[Cause, ...]
    first: Mapping[str, int]


def read_stuck(backend: Backend, window: Window) -> Stuck:
    """Read everybody who is stuck, as far as one page of the site may read.

    The answer is of this moment, unless there are so many that reading them takes several calls;
    then it may be SECONDS old. Raises BackendUnavailable or TableMissing.
    """
    key, figure = cached.fresh_key(cached.STUCK), TypedCache(Stuck)
    known = figure.get(key)
    if known is not None:
        return known
    records, calls, is_all = backend.ask(_read, READ_SHARE)
    first = Counter(window.quarter_of(each.first_failed_at) for each in records)
    del first[""]
    stuck = Stuck(
        number=len(records),
        is_all=is_all,
        longest=_longest(records),
        causes=_causes(records),
        first=dict(first),
    )
    stuck_counted.send_robust(Stuck, number=stuck.number, at=window.now.timestamp())
    if calls > 1:
        figure.set(key, stuck, SECONDS)
    return stuck


def _read(stack: Stack) -> tuple[list[StuckRecord], int, bool]:
    records, limit, calls = list[StuckRecord](), budget(), 0
    table = stack.outputs[ONBOARDING_TABLE]
    for answer in read_newest(stack.client("dynamodb"), table, STATUS, FAILED, NAMES):
        calls += 1
        limit.take()
        records += map(StuckRecord.from_item, answer.items)
        if limit.is_spent:
            return records, calls, answer.is_last
    return records, calls, True


def _longest(records: Iterable[StuckRecord]) -> StuckRecord | None:
    """Return who first failed longest ago; a time that is missing says nothing."""
    timed = (each for each in records if each.first_failed_at)
    return min(timed, key=lambda each: each.first_failed_at, default=None)


def _causes(records: Iterable[StuckRecord]) -> tuple[Cause, ...]:
    groups: dict[tuple[str, str], list[StuckRecord]] = {}
    for each in records:
        groups.setdefault((each.reason_type, each.source), []).append(each)
    causes = (
        Cause(
            reason_type=reason_type,
            source=source,
            number=len(group),
            longest=_longest(group) or group[0],
            message=group[0].message,
            newest=max(each.updated_at for each in group),
        )
        for (reason_type, source), group in groups.items()
    )
    return tuple(sorted(causes, key=lambda each: (-each.number, each.reason_type, each.source)))

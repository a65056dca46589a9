"""Counts the records of an index by the quarters of an hour, without AWS or Django."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from businesses.figures.days import Day, Window

MOST_PAGES = 8  # of 1 MB each, that one page of the site reads of one index


@dataclass(frozen=True, slots=True)
class Times:
    """The times of one record. at: by which the index sorts it. first: when it first failed, or "".

    Both are texts as stored.
    """

    at: str
    first: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one call read, newest first. is_last: whether nothing older follows."""

    rows: Sequence[Times]
    is_last: bool


Read = Callable[[str, str], Iterator[Chunk]]  # between two times, newest first


@dataclass
class Budget:
    """How much may still be read. seconds: from now on. clock: seconds, monotonic."""

    seconds: float
    pages: int = MOST_PAGES
    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def take(self) -> None:
        """Count one call."""
        self.pages -= 1

    @property
    def is_spent(self) -> bool:
        """Whether no further call may begin."""
        return self.pages <= 0 or self.clock() - self._began > self.seconds


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of records by quarters of an hour; quarters without any are left out.

    since: what is older has not been counted. until: what is newer has not either.
    at: by the time that the index sorts by. first: by the time of the first failure.
    """

    since: str
    until: str
    at: Mapping[str, int] = field(default_factory=dict)
    first: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: "Tally") -> "Tally":
        """Return both together. other: borders on this one."""
        return Tally(
            min(self.since, other.since),
            max(self.until, other.until),
            Counter(self.at) + Counter(other.at),
            Counter(self.first) + Counter(other.first),
        )

    def within(self, window: Window) -> "Tally":
        """Return the tally without what is older than the window."""
        return replace(
            self,
            since=max(self.since, window.since),
            at={each: count for each, count in self.at.items() if each >= window.since},
            first={each: count for each, count in self.first.items() if each >= window.since},
        )


def in_day(counts: Mapping[str, int], day: Day) -> int:
    """Return how many of the counted quarters' records are of a day."""
    return between(counts, day.since, day.until)


def between(counts: Mapping[str, int], since: str, until: str) -> int:
    """Return how many of the counted quarters' records are of a span of whole quarters."""
    return sum(count for quarter, count in counts.items() if since <= quarter < until)


def renew(kept: Tally | None, read: Read, window: Window, budget: Budget) -> tuple[Tally, Tally]:
    """Count what is new since a tally, and as much of what is older as the budget allows.

    kept: what an earlier call returned as the second tally. Returns the tally of everything known,
    and the part of it that will not change, to be kept for the next call.
    """
    if kept and not window.since < kept.until <= window.settled:
        kept = None
    since = kept.until if kept else window.since
    rows, reached = _read(read, since, window.until, window, budget)
    border = max(window.settled, reached)
    settled = _tally((each for each in rows if each.at < border), reached, border, window)
    changing = _tally((each for each in rows if each.at >= border), border, window.until, window)
    if kept and reached == since:  # otherwise what lies between is unknown
        settled = kept.within(window).plus(settled)
    if settled.since > window.since and not budget.is_spent:
        rows, reached = _read(read, window.since, settled.since, window, budget)
        settled = settled.plus(_tally(rows, reached, settled.since, window))
    return settled.plus(changing), settled


def _read(
    read: Read, since: str, until: str, window: Window, budget: Budget
) -> tuple[list[Times], str]:
    """Read back from `until` as far as the budget allows; return the rows and how far that was."""
    rows = list[Times]()
    for chunk in read(since, until):
        budget.take()
        rows += [each for each in chunk.rows if since <= each.at < until]
        if budget.is_spent and not chunk.is_last:
            reached = _next_quarter(rows[-1].at, window) if rows else until
            return [each for each in rows if each.at >= reached], reached
    return rows, since


def _next_quarter(text: str, window: Window) -> str:
    """Return the first moment after the quarter of a time, which may not have been read whole."""
    return next((each for each in window.quarters if each > text), window.until)


def _tally(rows: Iterable[Times], since: str, until: str, window: Window) -> Tally:
    rows = list(rows)
    at = Counter(window.quarter_of(each.at) for each in rows)
    first = Counter(window.quarter_of(each.first) for each in rows)
    del at[""], first[""]
    return Tally(since, until, dict(at), dict(first))

"""The chart of 30 days: what is drawn where. The template draws it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode

from businesses.figures.days import Day, Window
from businesses.figures.tally import Tally, in_day
from businesses.pages.front_page.bars import BASE, DATES, KINDS, TOP, Area, Bar, Scales, number
from businesses.pages.front_page.parts import Parts

LABELLED_EVERY = 7
TOLD = {"onboarded": "onboarded", "stuck": "got stuck", "mended": "mended"}
FIRST_FAILED_DAYS = ("failed-from", "failed-to")  # filters of the list, by the first failure
FATES: tuple[tuple[str, dict[str, str]], ...] = (
    ("still stuck", {}),
    ("completed", {"status": "completed"}),
    ("dismissed", {"status": "dismissed"}),
)


@dataclass(frozen=True, slots=True)
class Fate:
    """Some of those who got stuck on one day: how many, what became of them, and their list."""

    number: int
    words: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """What happened on one day; None for what is unknown.

    firsts: how many of those who first failed on it are still stuck, completed and dismissed.
    """

    day: Day
    onboarded: int | None
    stuck: int | None
    mended: int | None
    firsts: tuple[int, int, int] = (0, 0, 0)

    @property
    def fates(self) -> list[Fate]:
        """What became of those who got stuck on that day; each part has a list of its own."""
        told = zip(self.firsts, FATES, strict=True)
        return [
            Fate(number, words, self._list("onboarding", FIRST_FAILED_DAYS, **filters))
            for number, (words, filters) in told
            if number
        ]

    @property
    def stuck_url(self) -> str:
        """The list of those who got stuck on that day: of those who still are, if there are any."""
        return next((fate.url for fate in self.fates), "")

    @property
    def onboarded_url(self) -> str:
        """The list of those who were onboarded on that day."""
        return self._list("business")

    @property
    def mended_url(self) -> str:
        """The list of those who were mended on that day."""
        return self._list("onboarding", status="completed")

    def _list(self, model: str, days: tuple[str, str] = ("from", "to"), **filters: str) -> str:
        date = self.day.date.isoformat()
        address = reverse(f"admin:businesses_{model}_changelist")
        return f"{address}?{urlencode({**filters, **dict.fromkeys(days, date)})}"

    @property
    def words(self) -> str:
        """The day and its counts."""
        counts = ((getattr(self, kind), words) for kind, words in TOLD.items())
        told = [f"{count:,} {words}" for count, words in counts if count is not None]
        name = date_format(self.day.date, "l, j F")
        return f"{name}: {', '.join(told) or 'not counted yet'}"


@dataclass(frozen=True, slots=True)
class Column:
    """One day: its place in the chart, its bars, and the date below if it has one."""

    counts: DayCounts
    x: str
    width: str
    middle: str
    bars: tuple[Bar, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart. sums: of the onboarded, the stuck and the mended; words: the same in a sentence.

    is_partial: whether older days are still to be counted. is_cut: whether there are more stuck
    people than were read, so that more may have got stuck on each day. areas: of each kind of bar.
    """

    columns: tuple[Column, ...]
    sums: Mapping[str, str]
    words: str
    is_partial: bool
    is_cut: bool
    middle: int
    height: int
    areas: Mapping[str, Area]

    top: ClassVar[int] = TOP
    base: ClassVar[int] = BASE
    dates: ClassVar[int] = DATES


def chart_of(parts: Parts, window: Window, *, sees_businesses: bool) -> Chart:
    """Lay the chart out. sees_businesses: whether it shows who was onboarded."""
    counts = [_counts(parts, day) for day in window.days]
    scales = Scales({kind: max(getattr(each, kind) or 0 for each in counts) for kind in KINDS})
    columns = tuple(_column(place, each, len(counts), scales) for place, each in enumerate(counts))
    tallies = (parts.onboarded, parts.mended, parts.set_aside)
    is_partial = any(each and each.since > window.since for each in tallies)
    sums = {kind: _sum(getattr(each, kind) for each in counts) for kind in KINDS}
    if not sees_businesses:
        del sums["onboarded"]
    is_cut = parts.stuck is not None and not parts.stuck.is_all
    words = _summary(sums, len(counts))
    return Chart(
        columns, sums, words, is_partial, is_cut, scales.middle, scales.height, scales.areas
    )


def _counts(parts: Parts, day: Day) -> DayCounts:
    firsts = _got_stuck(parts, day)
    return DayCounts(
        day=day,
        onboarded=_in_day(parts.onboarded, day),
        stuck=None if firsts is None else sum(firsts),
        mended=_in_day(parts.mended, day),
        firsts=firsts or (0, 0, 0),
    )


def _got_stuck(parts: Parts, day: Day) -> tuple[int, int, int] | None:
    """Return how many failed first on a day: still stuck, completed and dismissed ones."""
    stuck, mended, set_aside = parts.stuck, parts.mended, parts.set_aside
    if stuck is None or mended is None or set_aside is None:
        return None
    if not (_knows(mended, day) and _knows(set_aside, day)):
        return None
    return in_day(stuck.first, day), in_day(mended.first, day), in_day(set_aside.first, day)


def _knows(tally: Tally, day: Day) -> bool:
    return tally.since <= day.since


def _in_day(tally: Tally | None, day: Day) -> int | None:
    return in_day(tally.at, day) if tally and _knows(tally, day) else None


def _column(place: int, counts: DayCounts, days: int, scales: Scales) -> Column:
    width = 100 / days
    x = place * width
    bars = (scales.bar(kind, x, width, getattr(counts, kind) or 0) for kind in KINDS)
    # The last day is today, and every seventh before it has its date too.
    is_labelled = (days - 1 - place) % LABELLED_EVERY == 0
    return Column(
        counts,
        number(x),
        number(width),
        number(x + width / 2),
        tuple(bar for bar in bars if bar.height != "0"),
        date_format(counts.day.date, "j M") if is_labelled else "",
    )


def _summary(sums: Mapping[str, str], days: int) -> str:
    told = (f"{sums[kind] or 'an unknown number'} {TOLD[kind]}" for kind in sums)
    return f"In {days} days: {', '.join(told)}."


def _sum(counts: Iterable[int | None]) -> str:
    """Write a sum, of which more may be unknown; "" if all of it is."""
    given = list(counts)
    known = [each for each in given if each is not None]
    if not known:
        return ""
    least = "" if len(known) == len(given) else "at least "
    return f"{least}{sum(known):,}"

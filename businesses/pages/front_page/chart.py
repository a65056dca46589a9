"""The chart of 30 days: what is drawn where. The template draws it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode

from businesses.figures.days import Day, Window
from businesses.figures.tally import Tally, in_day
from businesses.pages.front_page.parts import Parts

# Heights in pixels, from the top. Widths are shares of the chart's width, so that texts keep their
# size on every screen. Onboarded people are drawn from BASE up to TOP, stuck ones from MIDDLE up to
# UPPER, and mended ones from MIDDLE down to BOTTOM. A bar's count stands at its end.
TOP, BASE, DATES, UPPER, MIDDLE, BOTTOM, HEIGHT = 24, 134, 156, 190, 230, 270, 288
ABOVE, BELOW = -4, 13  # where a count's line of text is, from the end of its bar
LABELLED_EVERY = 7
SMALLEST = 2  # pixels, so that one in a thousand is seen
NARROW = 0.64  # of a day's width, for the bar
# Where the bars of each kind begin, and how far the highest goes, downwards if that is positive.
KINDS: Mapping[str, tuple[int, int]] = {
    "onboarded": (BASE, TOP - BASE),
    "stuck": (MIDDLE, UPPER - MIDDLE),
    "mended": (MIDDLE, BOTTOM - MIDDLE),
}
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
class Bar:
    """A rectangle: x and width in per cent, y and height in pixels.

    count: as it is written at the bar's end, at text_y. is_highest: whether no other of the kind is
    higher, so that the count stands there on a narrow screen too.
    """

    kind: str
    x: str
    width: str
    y: str
    height: str
    count: str
    text_y: str
    is_highest: bool


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
    people than were read, so that more may have got stuck on each day.
    """

    columns: tuple[Column, ...]
    sums: Mapping[str, str]
    words: str
    is_partial: bool
    is_cut: bool

    height: ClassVar[int] = HEIGHT
    top: ClassVar[int] = TOP
    base: ClassVar[int] = BASE
    dates: ClassVar[int] = DATES
    middle: ClassVar[int] = MIDDLE


def chart_of(parts: Parts, window: Window, *, sees_businesses: bool) -> Chart:
    """Lay the chart out. sees_businesses: whether it shows who was onboarded."""
    counts = [_counts(parts, day) for day in window.days]
    highest = {kind: max(getattr(each, kind) or 0 for each in counts) for kind in KINDS}
    columns = tuple(
        _column(number, each, len(counts), highest) for number, each in enumerate(counts)
    )
    tallies = (parts.onboarded, parts.mended, parts.set_aside)
    is_partial = any(each and each.since > window.since for each in tallies)
    sums = {kind: _sum(getattr(each, kind) for each in counts) for kind in KINDS}
    if not sees_businesses:
        del sums["onboarded"]
    is_cut = parts.stuck is not None and not parts.stuck.is_all
    return Chart(columns, sums, _summary(sums, len(counts)), is_partial, is_cut)


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


def _column(number: int, counts: DayCounts, days: int, highest: Mapping[str, int]) -> Column:
    width = 100 / days
    x = number * width
    bars = (_bar(kind, x, width, getattr(counts, kind) or 0, highest) for kind in KINDS)
    # The last day is today, and every seventh before it has its date too.
    is_labelled = (days - 1 - number) % LABELLED_EVERY == 0
    return Column(
        counts,
        _number(x),
        _number(width),
        _number(x + width / 2),
        tuple(bar for bar in bars if bar.height != "0"),
        date_format(counts.day.date, "j M") if is_labelled else "",
    )


def _bar(kind: str, x: float, width: float, count: int, highest: Mapping[str, int]) -> Bar:
    most = highest[kind] if kind == "onboarded" else max(highest["stuck"], highest["mended"])
    start, room = KINDS[kind]
    height = max(SMALLEST, count / most * abs(room)) if count else 0
    end = start + (height if room > 0 else -height)
    return Bar(
        kind,
        _number(x + width * (1 - NARROW) / 2),
        _number(width * NARROW),
        _number(min(start, end)),
        _number(height),
        _short(count),
        _number(end + (BELOW if room > 0 else ABOVE)),
        count == highest[kind],
    )


def _short(count: int) -> str:
    """Write a count in no more than four characters or so: 999, 1.2k, 12k, 1.2m."""
    for size, unit in ((10**9, "bn"), (10**6, "m"), (10**3, "k")):
        if count >= 10 * size:
            return f"{count // size}{unit}"
        if count >= size:
            return f"{count // (size // 10) / 10:g}{unit}"
    return str(count)


def _number(value: float) -> str:
    """Write a number as SVG reads it, whatever the language of the site."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


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

"""The bars of the chart of 30 days: how high they are, and where their counts stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

# Heights in pixels, from the top. Widths are shares of the chart's width, so that texts keep their
# size on every screen. Onboarded people are drawn from BASE up to TOP. Below, stuck ones go up and
# mended ones down from one line, to one scale of their own, so that no room is left without bars.
TOP, BASE, DATES, UPPER, ROOM, MARGIN = 24, 134, 156, 190, 110, 18
BELOW_DATES = 160
ABOVE, BELOW = -4, 13  # where a count's line of text is, from the end of its bar
SMALLEST = 2  # pixels, so that one in a thousand is seen
NARROW = 0.64  # of a day's width, for the bar
KINDS = ("onboarded", "stuck", "mended")


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
class Area:
    """The part of the chart's height that has the bars of one kind, in pixels."""

    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Scales:
    """How high the bars are. highest: the highest count of each kind."""

    highest: Mapping[str, int]

    @property
    def middle(self) -> int:
        """Where stuck people go up from, and mended ones down."""
        return UPPER + round(self._room("stuck"))

    @property
    def height(self) -> int:
        """The whole chart's height."""
        return self.middle + round(self._room("mended")) + MARGIN

    @property
    def areas(self) -> dict[str, Area]:
        """Where a click leads to the people of each kind, with the counts at the bars' ends."""
        ends = (0, BELOW_DATES, self.middle, self.height)
        return {
            kind: Area(y, end - y) for kind, (y, end) in zip(KINDS, pairwise(ends), strict=True)
        }

    def bar(self, kind: str, x: float, width: float, count: int) -> Bar:
        """Return the bar of a day that begins at x and is so wide, both in per cent."""
        start = BASE if kind == "onboarded" else self.middle
        most = self.highest[kind]
        height = max(SMALLEST, count / most * self._room(kind)) if count else 0
        is_down = kind == "mended"
        end = start + (height if is_down else -height)
        return Bar(
            kind,
            number(x + width * (1 - NARROW) / 2),
            number(width * NARROW),
            number(min(start, end)),
            number(height),
            _short(count),
            number(end + (BELOW if is_down else ABOVE)),
            count == most,
        )

    def _room(self, kind: str) -> float:
        """Return how high the highest bar of a kind is."""
        if kind == "onboarded":
            return BASE - TOP
        both = self.highest["stuck"] + self.highest["mended"]
        return ROOM * self.highest[kind] / both if both else 0


def _short(count: int) -> str:
    """Write a count in no more than four characters or so: 999, 1.2k, 12k, 1.2m."""
    for size, unit in ((10**9, "bn"), (10**6, "m"), (10**3, "k")):
        if count >= 10 * size:
            return f"{count // size}{unit}"
        if count >= size:
            return f"{count // (size // 10) / 10:g}{unit}"
    return str(count)


def number(value: float) -> str:
    """Write a number as SVG reads it, whatever the language of the site."""
    return f"{value:.2f}".rstrip("0").rstrip(".")

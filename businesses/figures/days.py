"""The days that the front page shows, in the site's time zone and as an index sorts them."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from businesses.queries.periods import (
    QUARTER_MINUTES,
    floor_to_quarter,
    midnight,
    stored_second,
)

DAYS = 30
QUARTER = timedelta(
    minutes=QUARTER_MINUTES
)  # every time zone's midnight of today begins one, in UTC too
SETTLED_AFTER = timedelta(minutes=10)  # by then an index shows what was written


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a time zone.

    since, until: its first moment and that of the next day, as `stored_second` writes them.
    """

    date: date
    since: str
    until: str


@dataclass(frozen=True)
class Window:
    """Today and the 29 days before. now: aware, in the time zone whose days count."""

    now: datetime

    @cached_property
    def days(self) -> tuple[Day, ...]:
        """The days, oldest first."""
        today = self.now.date()
        dates = [today - timedelta(days=ago) for ago in range(DAYS - 1, -2, -1)]
        midnights = [midnight(each, self.now.tzinfo) for each in dates]
        return tuple(map(Day, dates[:-1], midnights[:-1], midnights[1:]))

    @property
    def since(self) -> str:
        """The first moment of the oldest day."""
        return self.days[0].since

    @property
    def until(self) -> str:
        """The moment at which today ends."""
        return self.days[-1].until

    @property
    def settled(self) -> str:
        """The quarter of an hour that was SETTLED_AFTER ago; what is older stays as it is."""
        return stored_second(floor_to_quarter(self.now - SETTLED_AFTER))

    @cached_property
    def quarters(self) -> tuple[str, ...]:
        """The moments at which its quarters of an hour begin, oldest first."""
        start = datetime.fromisoformat(self.since)
        count = (datetime.fromisoformat(self.until) - start) // QUARTER
        return tuple((start + number * QUARTER).isoformat() for number in range(count))

    def quarter_of(self, text: str) -> str:
        """Return the quarter that a stored time belongs to; "" if it lies outside of the window.

        Like the list, it compares as the index does, so any text belongs to exactly one.
        """
        if not self.since <= text < self.until:
            return ""
        return self.quarters[bisect_right(self.quarters, text) - 1]

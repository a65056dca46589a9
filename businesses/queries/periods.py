"""The spans of time by which the list can be filtered, without Django."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from businesses.queries.business_sources import Span

DAY, TODAY, WEEK, MONTH = "24hours", "today", "7days", "month"
QUARTER_MINUTES = 15
MONTHS_BACK = 12
YEARS = range(2000, 2100)
EARLIEST, LATEST = "0001-01-01T00:00:00", "9999-12-31T24:00:00"  # of any stored time
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


def span_of(period: str, now: datetime) -> Span:
    """Return the span for a period: "24hours", "today", "7days", "month", or "2026-10", a month.

    now: aware, in the time zone whose days count. Seven days are today and the six days before. 24
    hours begin with a quarter of an hour and end with today. Raises ValueError for any other text.
    """
    today = now.date()
    first_of_month = today.replace(day=1)
    if period == DAY:
        begun = floor_to_quarter(now - timedelta(days=1))
        return Span(stored_second(begun), midnight(today + timedelta(days=1), now.tzinfo))
    if period == TODAY:
        days = today, today + timedelta(days=1)
    elif period == WEEK:
        days = today - timedelta(days=6), today + timedelta(days=1)
    elif period == MONTH:
        days = first_of_month, following_month(first_of_month)
    elif not _MONTH.fullmatch(period):
        raise ValueError(period)
    else:
        first = date.fromisoformat(f"{period}-01")
        if first.year not in YEARS:
            raise ValueError(period)
        days = first, following_month(first)
    return Span(*(midnight(day, now.tzinfo) for day in days))


def span_between(first: str, last: str, zone: tzinfo | None) -> Span | None:
    """Return the span of the days from `first` to `last`, both included, such as "2026-10-31".

    Either may be "", which leaves that side open; None if both are. zone: whose days count. Raises
    ValueError for any other text, and for a first day after the last.
    """
    if not first and not last:
        return None
    since = midnight(_day(first), zone) if first else EARLIEST
    until = midnight(_day(last) + timedelta(days=1), zone) if last else LATEST
    if since >= until:
        raise ValueError(first)
    return Span(since, until)


def months_before(today: date) -> Iterator[date]:
    """Yield the first days of the twelve months before this one, latest first."""
    first = today.replace(day=1)
    for _ in range(MONTHS_BACK):
        first = (first - timedelta(days=1)).replace(day=1)
        yield first


def following_month(first: date) -> date:
    """Return the first day of the following month. first: the first day of a month."""
    return (first + timedelta(days=31)).replace(day=1)


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError(text)
    return day


def midnight(day: date, zone: tzinfo | None) -> str:
    """Return when a day of a zone begins, as `stored_second` writes it."""
    return stored_second(datetime.combine(day, time.min, zone))


def floor_to_quarter(moment: datetime) -> datetime:
    """Return the beginning of the quarter of an hour, in UTC. moment: aware."""
    utc = moment.astimezone(UTC)
    quarter = utc.minute // QUARTER_MINUTES * QUARTER_MINUTES
    return utc.replace(minute=quarter, second=0, microsecond=0)


def stored_second(moment: datetime) -> str:
    """Return an aware time in UTC to the second, such as `2026-11-01T00:00:00`.

    Every stored form of that second (`...00Z`, `...00.000Z`) sorts after it.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

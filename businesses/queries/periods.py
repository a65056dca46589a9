"""The spans of time by which the list can be filtered, without Django."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from businesses.queries.business_plan import Span

TODAY, WEEK, MONTH = "today", "7days", "month"
MONTHS_BACK = 12
YEARS = range(2000, 2100)
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


def span_of(period: str, now: datetime) -> Span:
    """Return the span for a period: "today", "7days", "month", or a month such as "2026-10".

    now: aware, in the time zone whose days count. Seven days are today and the six days before.
    Raises ValueError for any other text.
    """
    today = now.date()
    first_of_month = today.replace(day=1)
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
    return Span(*(_midnight(day, now.tzinfo) for day in days))


def months_before(today: date) -> Iterator[date]:
    """Yield the first days of the twelve months before this one, latest first."""
    first = today.replace(day=1)
    for _ in range(MONTHS_BACK):
        first = (first - timedelta(days=1)).replace(day=1)
        yield first


def following_month(first: date) -> date:
    """Return the first day of the following month. first: the first day of a month."""
    return (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: tzinfo | None) -> str:
    start = datetime.combine(day, time.min, zone)
    return start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

"""The days and months of the filter by creation."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from businesses.queries.business_plan import Span
from businesses.queries.periods import months_before, span_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "since", "until"),
    [
        ("24hours", "2026-03-30T12:00:00", "2026-04-01T00:00:00"),
        ("today", "2026-03-31T00:00:00", "2026-04-01T00:00:00"),
        ("7days", "2026-03-25T00:00:00", "2026-04-01T00:00:00"),
        ("month", "2026-03-01T00:00:00", "2026-04-01T00:00:00"),
        ("2026-02", "2026-02-01T00:00:00", "2026-03-01T00:00:00"),
        ("2025-12", "2025-12-01T00:00:00", "2026-01-01T00:00:00"),
    ],
)
def test_a_period_ends_at_midnight(period: str, since: str, until: str) -> None:
    assert span_of(period, NOW) == Span(since, until)


def test_midnight_is_the_zones_in_summer_and_winter() -> None:
    now = NOW.astimezone(BERLIN)
    assert span_of("month", now) == Span("2026-02-28T23:00:00", "2026-03-31T22:00:00")


def test_today_is_the_zones_day() -> None:
    late = datetime(2026, 3, 31, 23, 30, tzinfo=UTC).astimezone(BERLIN)
    assert span_of("today", late) == Span("2026-03-31T22:00:00", "2026-04-01T22:00:00")


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13", "2026-1", "2026", "1999-12", "9999-12", "0001-01", "2026-10-1"]
)
def test_any_other_text_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        span_of(text, NOW)


def test_the_months_before_are_the_last_twelve() -> None:
    months = list(months_before(date(2026, 3, 31)))
    assert (months[0], months[1], months[2]) == (
        date(2026, 2, 1),
        date(2026, 1, 1),
        date(2025, 12, 1),
    )
    assert (len(months), months[-1]) == (12, date(2025, 3, 1))

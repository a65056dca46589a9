"""The days and months of the filter by creation."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from businesses.queries.business_sources import Span
from businesses.queries.periods import months_before, span_between, span_of

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


def test_days_are_those_of_the_zone_and_the_last_is_included() -> None:
    assert span_between("2026-03-28", "2026-03-29", BERLIN) == Span(
        "2026-03-27T23:00:00", "2026-03-29T22:00:00"
    )


def test_a_side_may_be_open() -> None:
    assert span_between("", "", BERLIN) is None
    since = span_between("2026-11-01", "", UTC)
    until = span_between("", "2026-11-01", UTC)
    assert since is not None
    assert until is not None
    for at, after, before in (
        ("0001-01-01T00:00:00Z", False, True),
        ("2026-10-31T23:59:59.999Z", False, True),
        ("2026-11-01T00:00:00Z", True, True),
        ("2026-11-02T00:00:00Z", True, False),
        ("9999-12-31T23:59:59.999Z", True, False),
    ):
        assert (since.holds(at), until.holds(at)) == (after, before)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-11-02", "2026-11-01"),
        ("2026-02-30", ""),
        ("", "1999-12-31"),
        ("9999-12-31", ""),
        ("20261101", ""),
        ("2026-W44-7", ""),
        ("٢٠٢٦-11-01", ""),
        ("yesterday", ""),
    ],
)
def test_what_is_no_range_of_days_is_refused(first: str, last: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        span_between(first, last, BERLIN)

"""The days of the front page, in any time zone, for any stored time."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from businesses.figures.days import DAYS, Window
from businesses.figures.tally import in_day
from businesses.queries.periods import stored_second
from businesses.records.business import format_time
from tests.businesses.items import ODD_TIMES
from tests.harness.counts import count
from tests.harness.examples import examples

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
moments = st.integers(946_684_800, 2_082_758_399).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@settings(max_examples=examples(150))
@given(zones, moments, st.lists(st.integers(-32 * 86_400_000, 86_400_000), max_size=20))
def test_every_time_counts_for_the_day_that_a_clock_on_the_wall_shows(
    zone: ZoneInfo, now: datetime, shifts: list[int]
) -> None:
    window = Window(now.astimezone(zone))
    times = [now + timedelta(milliseconds=shift) for shift in shifts]
    quarters = Counter(window.quarter_of(format_time(at)) for at in times)
    del quarters[""]
    wanted = Counter(at.astimezone(zone).date() for at in times)
    for day in window.days:
        assert in_day(quarters, day) == wanted[day.date], day
    count("times put into days", len(times))


@settings(max_examples=examples(100))
@given(zones, moments, st.text(max_size=30) | st.sampled_from(ODD_TIMES))
def test_an_odd_time_counts_for_the_day_under_which_the_list_shows_it(
    zone: ZoneInfo, now: datetime, text: str
) -> None:
    window = Window(now.astimezone(zone))
    quarters = Counter([window.quarter_of(text)])
    del quarters[""]
    shown = [day for day in window.days if day.since <= text < day.until]
    assert [day for day in window.days if in_day(quarters, day)] == shown
    count("odd times put into days")


@pytest.mark.parametrize(
    ("zone", "changes", "hours"),
    [
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Africa/Cairo", "2026-04-24", 23),  # its clocks skip midnight
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Asia/Kathmandu", "2026-04-05", 24),
    ],
)
def test_a_day_is_as_long_as_the_zones_clocks_make_it(
    zone: str, changes: str, hours: float
) -> None:
    now = datetime.fromisoformat(f"{changes}T12:00:00").replace(tzinfo=ZoneInfo(zone))
    window = Window(now + timedelta(days=3))
    [day] = [each for each in window.days if each.date == now.date()]
    length = datetime.fromisoformat(day.until) - datetime.fromisoformat(day.since)
    assert length == timedelta(hours=hours)


def test_the_days_follow_each_other_and_end_with_today() -> None:
    now = datetime(2026, 11, 27, 21, 49, tzinfo=ZoneInfo("Europe/Berlin"))
    days = Window(now).days
    assert len(days) == DAYS
    assert (days[0].date.isoformat(), days[-1].date) == ("2026-10-29", now.date())
    assert all(before.until == after.since for before, after in pairwise(days))
    assert days[-1].since <= stored_second(now) < days[-1].until

"""How an exact time is written, also at the edges of the calendar."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils.timezone import override

from businesses.records.times import exact_time


def test_a_time_is_written_in_the_sites_zone() -> None:
    with override("Europe/Berlin"):
        at = datetime(2026, 7, 1, 21, 49, 5, tzinfo=UTC)
        assert exact_time(at) == "1 Jul 2026, 23:49:05 CEST"


@pytest.mark.parametrize(
    ("at", "zone", "written"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York", "0001-01-01T00:00:00+00:00"),
        (
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
            "UTC",
            "0001-01-01T00:00:00+14:00",
        ),
        (
            datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
            "Pacific/Kiritimati",
            "9999-12-31T23:59:59+00:00",
        ),
    ],
)
def test_a_time_that_the_sites_calendar_does_not_hold_is_written_in_its_own_zone(
    at: datetime, zone: str, written: str
) -> None:
    with override(zone):
        assert exact_time(at) == written

"""How an exact time is written for people, in the site's time zone: "23 Nov 2026, 09:03:00 UTC"."""

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.formats import date_format

TIME_FORMAT = "j M Y, H:i:s T"


def exact_time(at: datetime) -> str:
    """Write an aware time; one outside the years 1 to 9999 of the site's zone, in its own zone."""
    try:
        return date_format(timezone.localtime(at.astimezone(UTC)), TIME_FORMAT)
    except OverflowError:
        return at.isoformat()

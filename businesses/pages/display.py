"""Formatting of single values on the admin's pages."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from businesses.records.business import format_time, parse_time

TIME_FORMAT = "j M Y, H:i"


def stored_time(text: str) -> SafeString:
    """Show a time in the site's time zone, with the stored text as its tooltip."""
    moment = parse_time(text)
    if moment is None:
        return format_html("{}", text or "-")
    return _time(moment, text)


def moment(at: datetime) -> SafeString:
    """Show an aware time in the site's time zone, with UTC as its tooltip."""
    return _time(at, format_time(at))


def quiet(text: str, why: str) -> SafeString:
    """Show something unimportant, with the reason as its tooltip."""
    return format_html('<span class="quiet" title="{}">{}</span>', why, text)


def warning(text: str, why: str) -> SafeString:
    """Show something that needs attention, with the reason as its tooltip."""
    return format_html('<span class="warning" title="{}">{}</span>', why, text)


def further_attributes(attributes: Mapping[str, Any], shown: Collection[str]) -> SafeString:
    """Show an item's attributes that have no field of their own, sorted by name."""
    further = sorted((name, value) for name, value in attributes.items() if name not in shown)
    pairs = format_html_join("", "<dt>{}</dt><dd>{}</dd>", further)
    return format_html('<dl class="attributes">{}</dl>', pairs) if further else quiet("none", "")


def _time(at: datetime, exact: str) -> SafeString:
    local = date_format(timezone.localtime(at.astimezone(UTC)), TIME_FORMAT)
    return format_html('<time datetime="{}" title="{}">{}</time>', exact, exact, local)

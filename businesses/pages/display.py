"""Formatting of single values on the admin's pages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from businesses.records.attributes import Item, is_of, shown
from businesses.records.business import format_time, parse_time

TIME_FORMAT = "j M Y, H:i"


def stored_time(text: str) -> SafeString:
    """Show a time in the site's time zone, with the stored text as its tooltip.

    A time that cannot be read, or that lies outside the years 1 to 9999 there, is shown as stored.
    """
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


def with_problems(text: str, problems: Sequence[str]) -> SafeString:
    """Show a row's link text, with a mark if there is something wrong with the record."""
    if not problems:
        return format_html("{}", text)
    return format_html("{} {}", text, warning("(odd record)", " ".join(problems)))


def notes_of_problems(problems: Iterable[Sequence[str]]) -> list[str]:
    """Say how many records of a page are odd, if any. problems: those of each record."""
    odd = sum(map(bool, problems))
    if not odd:
        return []
    records = "1 record on this page is odd" if odd == 1 else f"{odd} records on this page are odd"
    return [f"{records}. What can be read is shown; the record's own page says what is wrong."]


def further_attributes(item: Item, fields: Mapping[str, str]) -> SafeString:
    """Show an item's attributes that no field shows, sorted by name.

    fields: the type that a field of its own shows, by the name of the attribute.
    """
    further = [
        (name, shown(value))
        for name, value in sorted(item.items())
        if name not in fields or not is_of(item, name, fields[name])
    ]
    pairs = format_html_join("", "<dt>{}</dt><dd>{}</dd>", further)
    return format_html('<dl class="attributes">{}</dl>', pairs) if further else quiet("none", "")


def _time(at: datetime, exact: str) -> SafeString:
    try:
        local = date_format(timezone.localtime(at.astimezone(UTC)), TIME_FORMAT)
    except OverflowError:
        local = exact
    return format_html('<time datetime="{}" title="{}">{}</time>', exact, exact, local)

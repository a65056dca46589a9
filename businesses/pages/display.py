"""How single values are shown on every page: times, states, names, ids, reasons and items.

Templates use them through `{% load display %}`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil

from businesses.records.attributes import Item, is_of, shown, to_json
from businesses.records.business import format_time, parse_time
from businesses.records.onboarding import COMPLETED, DISMISSED, FAILED, OUT_OF_GROUP
from businesses.records.reasons.lookup import reason_of
from businesses.records.times import exact_time

# Characters that reorder the text around them, or that cannot be seen; those that join emoji and
# letters stay, as people need them.
CONTROLS = re.compile(
    r"([\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff])"
)
# A text of these alone looks like none, and nobody could click it.
BLANK = re.compile(
    "[\\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
ANY = re.compile("(.)", re.DOTALL)
BREAKS = re.compile(r"(?<=[@.])(?=[^\s@.])")
WORD_BREAK = SafeString("<wbr>")
LONG_WORD = re.compile(r"(\S{25,})")  # which no column has room for in any case
# The shape says the same as the colour does.
SHAPES = {"good": "✓", "bad": "✗", "doubtful": "!", "neutral": "○", "unknown": "?"}
STATUS_BADGES = {
    FAILED: ("bad", "stuck"),
    COMPLETED: ("good", "completed"),
    DISMISSED: ("neutral", "dismissed"),
    OUT_OF_GROUP: ("doubtful", "not in its group"),
}


def stored_time(text: str) -> SafeString:
    """Show how long ago a stored time was, with the exact time and its zone as the tooltip.

    A time that cannot be read is shown as stored; the tooltip of one that lies outside the years 1
    to 9999 in the site's time zone has the zone that it is stored in.
    """
    at = parse_time(text)
    if at is None:
        return format_html("{}", text or "-")
    return _time(at, text, timezone.now())


def moment(at: datetime) -> SafeString:
    """Show how long ago an aware time was, with the exact time and its zone as the tooltip."""
    return _time(at, format_time(at), timezone.now())


def how_long_ago(at: datetime, now: datetime) -> str:
    """Say how long ago an aware time was, in one unit: "5 minutes ago", or "in 2 days"."""
    if at - now >= timedelta(minutes=1):
        return f"in {timeuntil(at, now, depth=1)}"
    if now - at < timedelta(minutes=1):
        return "just now"
    return f"{timesince(at, now, depth=1)} ago"


def badge(kind: str, text: str, why: str = "") -> SafeString:
    """Show a state as a word and a shape. kind: one of SHAPES. why: the tooltip."""
    title = format_html(' title="{}"', why) if why else ""
    shape = format_html('<span aria-hidden="true">{}</span>', SHAPES[kind])
    return format_html('<span class="badge {}"{}>{} {}</span>', kind, title, shape, text)


def status_badge(status: str, why: str = "") -> SafeString:
    """Show the status of a record of the Onboarding table; one that is unknown as it is stored."""
    kind, text = STATUS_BADGES.get(status, ("unknown", status or "no status"))
    return badge(kind, text, why)


def as_typed(text: str) -> SafeString:
    """Show what somebody typed, and controls in it as such, so that it cannot reorder the page.

    So is every character shown of a text of which nothing could be seen. A line may break after the
    "@" and the dots of an address, which the tooltip has in one piece, and inside a word only if
    that is too long for any column.
    """
    parts = (
        _control(part) if number % 2 else _breakable(part)
        for number, part in enumerate(_unseen(text).split(text))
    )
    shown = format_html_join("", "{}", ((part,) for part in parts))
    title = format_html(' title="{}"', controls_in_words(text)) if "@" in text else ""
    return format_html('<bdi class="typed"{}>{}</bdi>', title, shown)


def controls_in_words(text: str) -> str:
    """Return a text in which every control is written as its code, for where no mark-up can be."""
    return _unseen(text).sub(lambda found: f"[U+{ord(found[1]):04X}]", text)


def identifier(text: str) -> SafeString:
    """Show an id monospaced; where scripts run, copy.js puts a button to copy it beside it."""
    return format_html('<code class="id">{}</code>', text) if text else quiet("none", "")


def reason_in_words(kind: str, message: str = "") -> SafeString:
    """Show a reason's name, with its message as the tooltip, and its type small below."""
    name = format_html('<span title="{}">{}</span>', message, reason_of(kind, message).name)
    if not kind:
        return name
    return format_html('{} <small class="type">{}</small>', name, kind)


def item_as_json(item: Item) -> SafeString:
    """Show every attribute as it is stored; the pages show it in a part that is folded."""
    return format_html('<pre class="item">{}</pre>', to_json(item))


def quiet(text: str, why: str) -> SafeString:
    """Show something unimportant, with the reason as its tooltip."""
    return format_html('<span class="quiet" title="{}">{}</span>', why, text)


def warning(text: str, why: str) -> SafeString:
    """Show something that needs attention, with the reason as its tooltip."""
    return format_html('<span class="warning" title="{}">{}</span>', why, text)


def with_problems(text: str, problems: Sequence[str]) -> SafeString:
    """Show a row's link text, with a mark if there is something wrong with the record."""
    if not problems:
        return as_typed(text)
    return format_html("{} {}", as_typed(text), badge("doubtful", "odd record", " ".join(problems)))


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


def _time(at: datetime, exact: str, now: datetime) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', exact, exact_time(at), how_long_ago(at, now)
    )


def _breakable(text: str) -> SafeString:
    pieces = BREAKS.split(text) if "@" in text else [text]
    return format_html_join(WORD_BREAK, "{}", ((_with_long_words(piece),) for piece in pieces))


def _with_long_words(text: str) -> SafeString:
    parts = (
        format_html('<span class="long">{}</span>' if number % 2 else "{}", part)
        for number, part in enumerate(LONG_WORD.split(text))
    )
    return format_html_join("", "{}", ((part,) for part in parts))


def _unseen(text: str) -> re.Pattern[str]:
    """Return what finds the characters of a text that are shown as their codes."""
    return ANY if BLANK.fullmatch(text) else CONTROLS


def _control(character: str) -> SafeString:
    name = unicodedata.name(character, "control character").lower()
    why = f"{name}: it cannot be seen, or reorders the text"
    code = f"U+{ord(character):04X}"
    return format_html('<span class="control" title="{}">{}</span>', why, code)

"""`{% load display %}`: how values are shown in templates; pages/display.py says how each looks."""

from datetime import datetime

from django import template
from django.utils.safestring import SafeString

from businesses.pages import display
from businesses.records.reasons.lookup import reason_of
from businesses.records.reasons.meanings import PlainReason

register = template.Library()


@register.filter
def ago(at: datetime | str | None) -> SafeString | str:
    """Show how long ago a time was: an aware one, or a text as the tables store it."""
    if isinstance(at, datetime):
        return display.moment(at)
    return display.stored_time(at) if at else "-"


@register.simple_tag
def badge(kind: str, text: str, why: str = "") -> SafeString:
    """Show a state: `{% badge "good" "in the group" %}`; the kinds are those of display.SHAPES."""
    return display.badge(kind, text, why)


@register.filter
def status_badge(status: str) -> SafeString:
    """Show the status of a record of the Onboarding table."""
    return display.status_badge(status)


@register.filter
def as_typed(text: object) -> SafeString:
    """Show what somebody typed: a name, an e-mail address, or the record that is called so."""
    return display.as_typed(str(text))


@register.filter
def controls_in_words(text: object) -> str:
    """Return a text without controls, for the title of a page."""
    return display.controls_in_words(str(text))


@register.filter
def identifier(text: str) -> SafeString:
    """Show an id: a sub, a username, an owner."""
    return display.identifier(text)


@register.filter
def reason(type_and_message: object) -> SafeString:
    """Show the reason of a record or of an attempt: anything that has a type and a message."""
    kind = getattr(type_and_message, "type", "")
    return display.reason_in_words(kind, getattr(type_and_message, "message", ""))


@register.filter
def plain_reason(type_and_message: object) -> PlainReason:
    """Return what a reason means, for `{% with %}`: its name, what to do, and who can."""
    kind = getattr(type_and_message, "type", "")
    return reason_of(kind, getattr(type_and_message, "message", ""))

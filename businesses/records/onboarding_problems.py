"""What is wrong with an item of the Onboarding table, in sentences for staff."""

import re
from collections.abc import Iterator, Mapping

from businesses.records.attributes import (
    Item,
    digits,
    entries,
    is_absent,
    is_of,
    members,
    mistyped,
    text,
)
from businesses.records.business import unreadable_times

STATUSES = ("FAILED", "COMPLETED", "DISMISSED", "OUT_OF_GROUP")
# What the mutation needs besides the sub. An empty name cannot be a key of the index byName.
PERSON = {
    "username": "username",
    "email": "e-mail address",
    "name": "name",
    "groupName": "group",
}
SECONDS = re.compile(r"\d{1,15}", re.ASCII)  # since 1970
TIMES = ("firstFailedAt", "updatedAt")
ATTEMPT = ("at", "by", "outcome", "type", "message")
INNER = {
    "reason": ("type", "message"),
    "dismissal": ("by", "at", "reason"),
    "requested": ("by", "at"),
}


def status_problems(item: Item, status: str) -> Iterator[str]:
    """Yield why a status cannot be understood. status: as read."""
    if status not in STATUSES:
        yield from mistyped(item, ["status"])
        if is_absent(item, "status"):
            yield "The record has no status."
        elif is_of(item, "status", "S"):
            yield f"The status is not one of {', '.join(STATUSES)}."


def person_problems(item: Item, person: Mapping[str, str]) -> Iterator[str]:
    """Yield why the mutation cannot be called. person: its arguments, as read."""
    yield from mistyped(item, PERSON)
    for name, word in PERSON.items():
        is_told = name in item and not is_absent(item, name) and not is_of(item, name, "S")
        if not person[name].strip() and not is_told:
            yield f"The record has no {word}."


def other_problems(item: Item) -> Iterator[str]:
    """Yield what else cannot be understood; none of it matters to a retry."""
    yield from mistyped(item, ("sub", "source", *TIMES))
    yield from unreadable_times(item, TIMES)
    yield from mistyped(item, INNER, "M")
    for name, inner in INNER.items():
        for problem in mistyped(members(item.get(name)), inner):
            yield f"In {name}, {problem}"
    yield from mistyped(item, ["attempts"], "L")
    odd = sum(not _is_attempt(entry) for entry in entries(item, "attempts"))
    if odd:
        yield f"Of the attempts, {odd} cannot be read in full."
    yield from mistyped(item, ["expiresAt"], "N")
    if is_of(item, "expiresAt", "N") and not SECONDS.fullmatch(digits(item, "expiresAt")):
        yield "expiresAt is not a time in whole seconds since 1970."


def _is_attempt(entry: object) -> bool:
    inner = members(entry)
    return bool(text(inner, "at")) and not any(mistyped(inner, ATTEMPT))

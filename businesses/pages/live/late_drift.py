"""The marks of rows whose e-mail or name Cognito holds otherwise, in either list."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from businesses.backend import get_backend
from businesses.exceptions import NotUnderstood
from businesses.pages.display import badge, quiet
from businesses.pages.live.late import (
    ROWS_VAR,
    LateRequest,
    latest_of_tab,
    named_rows,
    placeholder,
    sign_rows,
)
from businesses.records.drift import Drift, data_of
from businesses.records.onboarding import Person

DRIFT = "drift"
FIELDS = [each.name for each in fields(Person)]
NO_ANSWER = quiet("not compared", "Cognito did not say what it holds. Reload to ask again.")
# kind of badge, text and explanation, by the attribute of Drift
MARKS = {
    "email": (
        "doubtful",
        "e-mail changed",
        "Cognito holds another e-mail address, which is verified.",
    ),
    "unverified": (
        "unknown",
        "e-mail not verified",
        "Cognito holds another e-mail address, which is not verified, so it is not taken.",
    ),
    "name": ("doubtful", "name changed", "Cognito holds another name."),
}


def complete_drifts(rows: Sequence[Any], *, wait: bool) -> LateRequest | None:
    """Give the rows what is known of their drift; return what the script is to ask for, if it is.

    wait: ask Cognito now, within the deadline.
    """
    data = {row.pk: person for row in rows if (person := data_of(row.record)) and person.sub}
    backend = get_backend()
    known = backend.drifts_of(data.values()) if wait else backend.known_drifts_of(data.values())
    late = list[Person]()
    for row in rows:
        person = data.get(row.pk)
        row.drift = known.get(person) if person else Drift()
        if person and row.drift is None and not wait:
            row.late_drift = len(late)
            late.append(person)
    return (
        LateRequest(DRIFT, sign_rows(DRIFT, [astuple(each) for each in late]), NO_ANSWER)
        if late
        else None
    )


def named_people(request: HttpRequest, name: str) -> list[Person]:
    """Return the people whom a request of the script names.

    Raises NotUnderstood, also if a page was opened before an upgrade that names them otherwise.
    """
    rows = named_rows(request, name)
    try:
        return [Person(**dict(zip(FIELDS, row, strict=True))) for row in rows]
    except ValueError as error:
        why = "another version of this site named them; reload the page"
        raise NotUnderstood(ROWS_VAR, request.POST[ROWS_VAR], why) from error


def drift_answer(request: HttpRequest) -> JsonResponse:
    """Return `{"cells": [HTML or null, ...], "note": words}` for the rows that the request names.

    The note explains the marks; "" if there is none. A cell is null if Cognito has not answered
    yet; the script asks for it again. Raises NotUnderstood.
    """
    people = named_people(request, DRIFT)
    drifts = get_backend().drifts_of(people, latest_of_tab(request))
    found = [drifts.get(person) for person in people]
    cells = [None if drift is None else drift_marks(drift) for drift in found]
    return JsonResponse({"cells": cells, "note": drift_note(found)})


def drift_cell(row: Any) -> SafeString:
    """Show how a row's record differs, or what its place is until that is known."""
    if row.late_drift is not None:
        return placeholder(DRIFT, row.late_drift, "", "Cognito is being asked.")
    return NO_ANSWER if row.drift is None else drift_marks(row.drift)


def drift_marks(drift: Drift) -> SafeString:
    """Show what differs."""
    marks = ((badge(*mark),) for name, mark in MARKS.items() if getattr(drift, name))
    return format_html_join(" ", "{}", marks)


def drift_note(drifts: Iterable[Drift | None]) -> str:
    """Explain the marks of a page in words; "" if there is none."""
    given = list(drifts)
    told = [
        f"“{text.capitalize()}”: {why}"
        for name, (_, text, why) in MARKS.items()
        if any(getattr(drift, name) for drift in given if drift)
    ]
    return " ".join([*told, "A row's own page shows both values."]) if told else ""

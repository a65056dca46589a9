"""The groups that Cognito has yet to tell, read by the page's script once the rows are shown.

The page names the owners in a signed text, so that nobody can ask about others.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string

from businesses.backend import get_backend
from businesses.exceptions import NotUnderstood
from businesses.models import Business
from businesses.pages.business.columns import groups_cell
from businesses.pages.business.filters import GroupFilter
from businesses.pages.display import quiet
from businesses.records.identity import Identity

OWNERS_VAR, TAB_VAR = "owners", "tab"  # parameters of the script's request
TAB_SECONDS = 60  # longer than any such request takes

NO_ANSWER = quiet("not checked", "The site did not answer. Reload to ask again.")

_signer = Signer(salt="businesses.late-groups")


def mark_late(rows: Iterable[Business]) -> list[Business]:
    """Return the rows whose owners' groups are not known yet, and number them."""
    late = [row for row in rows if row.membership is None and row.record.owner_identity.sub]
    for number, row in enumerate(late):
        row.late_number = number
    return late


def add_groups(rows: list[Business]) -> None:
    """Ask Cognito about the rows' owners, within the deadline."""
    groups = get_backend().groups_of(row.record.owner_identity for row in rows)
    for row in rows:
        row.membership, row.late_number = groups.get(row.record.owner_identity), None


def sign_owners(rows: Iterable[Business]) -> str:
    """Return a text that names the owners of these rows, and the groups signed up for."""
    owners = ((row.record.owner_identity, row.group_name) for row in rows)
    return _signer.sign_object([[who.sub, who.username, group] for who, group in owners])


def groups_answer(request: HttpRequest, changelist: Any) -> JsonResponse:
    """Return `{"cells": [HTML, ...], "choices": HTML}` for the rows that the request names.

    cells: what the column shows of each row, in order. choices: those of the filter by group.
    changelist: the list without its rows, which knows where the choices lead. Raises
    NotUnderstood.
    """
    signed = request.POST.get(OWNERS_VAR, "")
    try:
        owners = _signer.unsign_object(signed)
    except BadSignature as error:
        raise NotUnderstood(OWNERS_VAR, signed, "no page of this site named them") from error
    named = [(Identity(sub, username), group) for sub, username, group in owners]
    backend = get_backend()
    groups = backend.groups_of((who for who, _ in named), is_wanted=latest_of_tab(request))
    changelist.group_names = backend.group_names()
    return JsonResponse(
        {
            "cells": [groups_cell(groups.get(who), who, group) for who, group in named],
            "choices": "".join(_choices(changelist)),
        }
    )


def latest_of_tab(request: HttpRequest) -> Callable[[], bool]:
    """Return what tells whether this is still the latest such request of a browser's tab.

    A page that was left behind needs no further answers, and its calls would delay those for the
    page that is shown. The processes of a site know that of each other if they share a cache.
    """
    tab = request.POST.get(TAB_VAR, "")
    if not tab:
        return lambda: True
    named = hashlib.sha256(f"{request.user.pk}:{tab}".encode("utf-8", "surrogatepass"))
    key, mine = f"businesses:late-groups:{named.hexdigest()}", str(uuid.uuid4())
    cache.set(key, mine, TAB_SECONDS)
    return lambda: bool(cache.get(key, mine) == mine)


def _choices(changelist: Any) -> Iterable[str]:
    for spec in changelist.filter_specs:
        if isinstance(spec, GroupFilter):
            choices = list(spec.choices(changelist))
            yield render_to_string(spec.template, {"title": spec.title, "choices": choices})

"""The groups of the rows' owners that Cognito has yet to tell, for the page's script."""

from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string

from businesses.backend import get_backend
from businesses.models import Business
from businesses.pages.business.columns import groups_cell
from businesses.pages.business.filters import GroupFilter
from businesses.pages.display import quiet
from businesses.pages.live.late import LateRequest, latest_of_tab, sign_rows
from businesses.pages.live.late_drift import named_people
from businesses.records.drift import data_of
from businesses.records.onboarding import Person

GROUPS = "groups"
NO_ANSWER = quiet("not checked", "The site did not answer. Reload to ask again.")


def mark_late(rows: Iterable[Business]) -> list[Business]:
    """Return the rows whose owners' groups are not known yet, and number them."""
    late = [row for row in rows if row.membership is None and row.record.owner_identity.sub]
    for number, row in enumerate(late):
        row.late_number = number
    return late


def add_groups(rows: list[Business]) -> None:
    """Ask Cognito about the rows' owners, within the deadline."""
    owners = [_owner(row) for row in rows]
    groups = get_backend().groups_of((each.identity for each in owners), compared=owners)
    for row in rows:
        row.membership, row.late_number = groups.get(row.record.owner_identity), None


def request_of(rows: Iterable[Business]) -> LateRequest:
    """Return what the script asks for: the owners of these rows, and the groups signed up for."""
    signed = sign_rows(GROUPS, [astuple(_owner(row)) for row in rows])
    return LateRequest(GROUPS, signed, NO_ANSWER)


def groups_answer(request: HttpRequest, changelist: Any) -> JsonResponse:
    """Return `{"cells": [HTML, ...], "choices": HTML}` for the rows that the request names.

    cells: what the column shows of each row, in order. choices: those of the filter by group.
    changelist: the list without its rows, which knows where the choices lead. Raises
    NotUnderstood.
    """
    owners = named_people(request, GROUPS)
    backend = get_backend()
    groups = backend.groups_of(
        (each.identity for each in owners), is_wanted=latest_of_tab(request), compared=owners
    )
    changelist.group_names = backend.group_names()
    return JsonResponse(
        {
            "cells": [
                groups_cell(groups.get(each.identity), each.identity, each.group_name)
                for each in owners
            ],
            "choices": "".join(_choices(changelist)),
        }
    )


def _owner(row: Business) -> Person:
    """Return a row's owner; with the data to compare if the groups take looking the owner up."""
    who, person = row.record.owner_identity, data_of(row.record)
    if person and not who.is_unmistakable:
        return person
    return Person(sub=who.sub, username=who.username, email="", name="", group_name=row.group_name)


def _choices(changelist: Any) -> Iterable[str]:
    for spec in changelist.filter_specs:
        if isinstance(spec, GroupFilter):
            choices = list(spec.choices(changelist))
            yield render_to_string(spec.template, {"title": spec.title, "choices": choices})

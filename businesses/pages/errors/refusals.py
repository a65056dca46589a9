"""What a user was refused: a line in the log, and an entry in the history."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from businesses.audit.history import Action, Staff, write_history
from businesses.exceptions import HistoryUnwritable

logger = logging.getLogger(__name__)

MOST_NAMED = 100  # records that one refused request may name in the history
ID_LENGTH = 2048  # of the longest key in DynamoDB, and of what the history stores

AnyView = Callable[..., HttpResponseBase]


def recording_refusals(site: admin.AdminSite, kind: str, view: AnyView) -> AnyView:
    """Make an admin view record whom it refuses.

    That is everybody without the permission, and each POST from a user whom the admin redirects to
    its login page. kind: what the view is about, as the history stores it.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not site.has_permission(request):
            _record(request, kind)
        try:
            return view(request, *args, **kwargs)
        except PermissionDenied:
            _record(request, kind)
            raise

    return wrapper


def _record(request: HttpRequest, kind: str) -> None:
    """Record who was refused which view; strangers are only logged, as anybody can make many.

    The log has neither the URL nor the form, which may name a person or contain a line break.
    """
    match = request.resolver_match
    logger.warning(
        "User %s was refused: %s %s",
        request.user.pk or "anonymous",
        request.method,
        match.view_name if match else "unknown",
    )
    if not request.user.is_authenticated:
        return
    what = (match.url_name or "" if match else "").rpartition("_")[2] or "unknown"
    try:
        write_history(
            Staff.of(request),
            Action.REFUSED,
            _named(request) or [""],
            f"Refused for lack of permission: {what}.",
            kind=kind,
        )
    except HistoryUnwritable as error:
        # The refusal stands, whether it is on record or not.
        logger.error("A refusal is missing in the history. %s", error)  # noqa: TRY400


def _named(request: HttpRequest) -> list[str]:
    """Return the ids that a request names, as far as a record could have them."""
    match, given = request.resolver_match, list[str]()
    if match and "object_id" in match.kwargs:
        given.append(unquote(match.kwargs["object_id"]))
    for values in (request.GET, request.POST):
        given += [*values.getlist("sub"), *values.getlist(ACTION_CHECKBOX_NAME)]
    ids = (each for each in dict.fromkeys(given) if 0 < len(each) <= ID_LENGTH)
    return [each for _, each in zip(range(MOST_NAMED), ids, strict=False)]

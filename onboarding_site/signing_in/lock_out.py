"""Locks out who fails to sign in too often, by django-axes.

A name is locked for one address, so that a stranger elsewhere cannot lock out anybody. An address
that fails with one name after the other is locked for every name, after ten times as many failures.
https://django-axes.readthedocs.io/en/latest/4_configuration.html
"""

import math
import unicodedata
from datetime import datetime
from http import HTTPStatus
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_failure_limit
from django.contrib.auth.models import User
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import salted_hmac

# How many times as often an address may fail as one name at this address.
OF_AN_ADDRESS = 10
STATUS = HTTPStatus.TOO_MANY_REQUESTS
Credentials = dict[str, Any] | None


class LockOuts(AxesDatabaseHandler):  # type: ignore[misc] # as django-axes has no types
    """Counts failures in the site's database, so that all its processes know of them."""

    def is_whitelisted(self, request: HttpRequest, credentials: Credentials = None) -> bool:  # noqa: ARG002
        """Count no refusal of single sign-on, where there is no password to guess."""
        return not (credentials or {}).get("username")

    def get_failures(self, request: HttpRequest, credentials: Credentials = None) -> int:
        """Return how often this name failed at this address, or a part of all failures there."""
        return max(failures for failures, _ in self._counted(request, credentials))

    def reset_user_attempts(self, request: HttpRequest, credentials: Credentials = None) -> int:
        """Forget the failures of a name at an address where it signed in, not those of others."""
        of_name, _ = self.filter_user_attempts(request, credentials)
        deleted: int = of_name.delete()[0]
        return deleted

    def locked_until(self, request: HttpRequest, credentials: Credentials) -> datetime:
        """Return when the lock ends; now if it has just ended."""
        limit, cool_off = get_failure_limit(request, credentials), get_cool_off(request)
        ends: list[datetime] = [
            last + cool_off
            for failures, last in self._counted(request, credentials)
            if last and failures >= limit
        ]
        return max(ends, default=timezone.now())

    def _counted(
        self, request: HttpRequest, credentials: Credentials
    ) -> list[tuple[int, datetime | None]]:
        """Return how many failures count, and when the last one was: by name, and by address."""
        found = [
            attempts.aggregate(sum=Sum("failures_since_start"), last=Max("attempt_time"))
            for attempts in self.get_user_attempts(request, credentials)
        ]
        return [
            ((each["sum"] or 0) // times, each["last"])
            for each, times in zip(found, (1, OF_AN_ADDRESS), strict=True)
        ]


def account_named(name: str) -> User | None:
    """Return the account with a name that somebody typed."""
    return User.objects.filter(username=unicodedata.normalize("NFKC", name)).first()


def stored_name(request: HttpRequest, credentials: Credentials) -> str:
    """Return what the failures of a name are counted by: the name of an account, or a digest.

    What is the name of nobody may be a password that was typed in the wrong field.
    """
    typed = (credentials or request.POST).get("username") or ""
    account = account_named(typed)
    return account.username if account else salted_hmac(__name__, typed).hexdigest()


def locked_out(
    request: HttpRequest,
    response: HttpResponse,  # noqa: ARG001
    credentials: Credentials,
) -> HttpResponse:
    """Answer with a page that says when to try again."""
    until = AxesProxyHandler.get_implementation().locked_until(request, credentials)
    seconds = max(1, math.ceil((until - timezone.now()).total_seconds()))
    context = {"until": until, "minutes": math.ceil(seconds / 60)}
    page = render_to_string("signing_in/locked_out.html", context)
    return HttpResponse(page, status=STATUS, headers={"Retry-After": str(seconds)})

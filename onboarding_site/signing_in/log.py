"""Logs who signs in and out and who is refused, in one line each.

A line has the id of the account and the address of the client. It has no name, because what was
typed as a name may be a password or an e-mail address.
"""

import logging
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from onboarding_site.signing_in.client_address import client_address
from onboarding_site.signing_in.lock_out import account_named

logger = logging.getLogger(__name__)


def write(level: int, event: str, account: AbstractBaseUser | None, request: HttpRequest) -> None:
    """Write one line. event: what happened, to be followed by whom it happened to."""
    whom = f"account {account.pk}" if account else "no known account"
    address = client_address(request)
    logger.log(level, "%s: %s from %s", event, whom, address or "an unknown address")


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    """Log a sign-in."""
    write(logging.INFO, "Signed in", user, request)


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: AbstractBaseUser | None, **_: Any) -> None:
    """Log a sign-out of somebody who was signed in."""
    if user is not None:
        write(logging.INFO, "Signed out", user, request)


@receiver(user_login_failed)
def refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Log a wrong name or password, unless it is logged as a lock-out or by single sign-on."""
    name = credentials.get("username")
    if request is not None and name and not getattr(request, "axes_locked_out", False):
        account = account_named(name)
        write(logging.WARNING, "Sign-in refused", account, request)


@receiver(user_locked_out)
def locked_out(request: HttpRequest, **_: Any) -> None:
    """Log that somebody is locked out, with the failure that led to it and with each later one."""
    credentials = request.axes_credentials or {}  # type: ignore[attr-defined]
    account = account_named(credentials.get("username", ""))
    write(logging.WARNING, "Locked out", account, request)

"""Ends every session some hours after the sign-in, and earlier if nobody uses it.

The end is written into the session whenever somebody opens a page or sends a form, so that a
session which has ended is no session any more: Django's store does not load it, and `clearsessions`
removes it. What scripts fetch by themselves, as a live list does, does not put the end off. A batch
of a retry does, because somebody has started it and it ends by itself, but never beyond the hours.
A cookie beside the session's outlives it, so that the login page can say that it has ended.
https://docs.djangoproject.com/en/5.2/topics/http/sessions/
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from onboarding_site.database_outage import Answers

SIGNED_IN_AT, USED_AT = "signed_in_at", "used_at"  # seconds since the epoch
# A use is written down once in this time, so that not every page writes to the database.
PRECISION = timedelta(minutes=1)
REMEMBERED = timedelta(days=1)  # beyond the hours of a session
MARK = "_mark_of_session"  # of a request: whether the cookie is to be set, or removed


class EndsOfSessions(Answers):
    """Middleware that keeps a session alive while somebody uses it."""

    def process_request(self, request: HttpRequest) -> None:
        """Put off the end of the session if this request is a use of it."""
        # Without a cookie there is no session, and nothing to ask the database.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not is_of_a_script(request):
            _use(request.session, timezone.now())

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Note in the browser that somebody signed in, until they log out."""
        is_signed_in = getattr(request, MARK, None)
        if is_signed_in:
            response.set_cookie(
                settings.SIGNED_IN_COOKIE,
                "1",
                max_age=timedelta(seconds=settings.SESSION_COOKIE_AGE) + REMEMBERED,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        elif is_signed_in is False:
            response.delete_cookie(settings.SIGNED_IN_COOKIE)
        return response


@receiver(user_logged_out)
def end(request: HttpRequest, **_: Any) -> None:
    """Have the browser forget that somebody was signed in."""
    setattr(request, MARK, False)


def remember(request: HttpRequest) -> None:
    """Have the login page say that the session has ended, although it was logged out."""
    setattr(request, MARK, True)


@receiver(user_logged_in)
def begin(request: HttpRequest, **_: Any) -> None:
    """Note when somebody signed in, and when the session will end."""
    setattr(request, MARK, True)
    request.session[SIGNED_IN_AT] = timezone.now().timestamp()
    _end_after_use(request.session, timezone.now())


def _use(session: SessionBase, now: datetime) -> None:
    if SESSION_KEY not in session:
        return
    session.setdefault(SIGNED_IN_AT, now.timestamp())  # one of before this was noted
    used_at = datetime.fromtimestamp(session.get(USED_AT, 0), UTC)
    if now - used_at >= PRECISION:
        _end_after_use(session, now)


def _end_after_use(session: SessionBase, now: datetime) -> None:
    session[USED_AT] = now.timestamp()
    signed_in_at = datetime.fromtimestamp(session[SIGNED_IN_AT], UTC)
    last = signed_in_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    session.set_expiry(min(last, now + timedelta(minutes=settings.SESSION_IDLE_MINUTES)))


def is_of_a_script(request: HttpRequest) -> bool:
    """Return whether a script fetches data, which a browser does not do by itself."""
    accepted = request.headers.get("Accept", "")
    is_data = "application/json" in accepted and "text/html" not in accepted
    return is_data and request.method in {"GET", "HEAD"}

"""Answers with a plain page while the site's own database cannot be used.

The database may be locked, gone, unreachable or not migrated. Views meet that, and so do the
middleware that load and save sessions: each layer of middleware turns an exception into a response
by itself, so each that asks the database answers here too.
https://docs.djangoproject.com/en/5.2/topics/http/middleware/#exception-handling
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin
from django.utils.log import log_response

from onboarding_site.configuration.database import outage

LOGIN = "admin:login"


class Answers(MiddlewareMixin):
    """A middleware that answers with the page if it, or a view, cannot use the database."""

    async_capable = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, with the page if this middleware fails for want of the database."""
        try:
            return super().__call__(request)  # type: ignore[return-value] # as it is synchronous
        except Error as error:
            answer = self.process_exception(request, error)
            if answer is None:
                raise
            return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page if the database is the cause."""
        cause = outage(exception)
        if not cause:
            return None
        # Without the request, as its user and its messages may be in the database.
        shown = {"request_id": request.headers.get("X-Request-ID", "")}
        answer = HttpResponse(render_to_string("503.html", shown), status=503)
        # So that it is logged here, and not again with every layer.
        log_response("%s", cause, response=answer, request=request)
        return answer


class Sessions(Answers, SessionMiddleware):
    """Django's middleware for sessions, which answers while there is no database."""

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Return the page in place of a login form on which nobody could log in."""
        match = request.resolver_match
        if match is None or match.view_name != LOGIN:
            return None
        try:
            get_user_model().objects.exists()
        except Error as error:
            return self.process_exception(request, error)
        return None


class Messages(Answers, MessageMiddleware):
    """Django's middleware for messages, which answers while there is no database."""

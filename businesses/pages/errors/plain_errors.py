"""What the site answers when no view can: a plain page, or JSON to a client that wants only that.

The pages have the header of whoever is logged in, but none needs the session or the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

Answer = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says. hint: what to do about it."""

    title: str
    message: str
    hint: str


NOT_READABLE = Words(
    "The request cannot be read",
    "The site could not make sense of the request, so nothing was done.",
    "Start again from the home page.",
)
TOO_BIG = Words(
    "The request is too big",
    "The request has more data or more fields than the site accepts, so nothing was done.",
    "Select fewer rows, or enter a shorter text.",
)
NOT_ALLOWED = Words(
    "Not allowed",
    "Your login does not have the permission that this page needs. Nothing was changed.",
    "Ask whoever manages the staff logins for it. The group Viewer lets you see businesses and "
    "stuck onboardings; the group Support also lets you export both lists, and retry, dismiss "
    "and reopen stuck onboardings.",
)
FORM_TOO_OLD = Words(
    "The form was not accepted",
    "The form did not come from a page that this site gave to this login, or the page was opened "
    "before the last login. Nothing was changed.",
    "Reload the page with the form and send it again. If that does not help, allow cookies.",
)
ONLY_A_FORM = Words(
    "Not an address to open",
    "The address takes another kind of request, such as a form that is sent. Nothing was changed.",
    "Start again from the home page.",
)
NO_SUCH_PAGE = Words(
    "No such page",
    "The address is wrong, or the page it led to no longer exists.",
    "Start again from the home page.",
)
FAILED = Words(
    "The site failed",
    "This page could not be created. The cause is in the server's log.",
    "Try again. If the page keeps failing, tell whoever runs this site.",
)


def wants_json(request: HttpRequest) -> bool:
    """Return whether a client accepts JSON but no HTML; not if its Accept header is unreadable."""
    try:
        return request.accepts("application/json") and not request.accepts("text/html")
    except ValueError:
        return False


def problem_as_json(message: str, hint: str) -> dict[str, Any]:
    """Return the JSON that tells a script what went wrong."""
    return {"problem": {"message": message, "hint": hint}}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses to read."""
    too_big = isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent))
    if too_big:
        return _answer(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_BIG)
    return _answer(request, HTTPStatus.BAD_REQUEST, NOT_READABLE)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer a user who lacks a permission."""
    return _answer(request, HTTPStatus.FORBIDDEN, NOT_ALLOWED)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer a form without the token that the site gave out."""
    return _answer(request, HTTPStatus.FORBIDDEN, FORM_TOO_OLD)


def with_words_for_405(get_response: Answer) -> Answer:
    """Middleware that gives words to the empty answer to a method that a view does not take."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        page = _answer(request, HTTPStatus.METHOD_NOT_ALLOWED, ONLY_A_FORM)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    return answered


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer a request for a page that does not exist."""
    return _answer(request, HTTPStatus.NOT_FOUND, NO_SUCH_PAGE)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request on which the site failed, without asking what may have failed."""
    if wants_json(request):
        problem = problem_as_json(FAILED.message, FAILED.hint)
        return JsonResponse(problem, status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return HttpResponse(_page(request, FAILED), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _answer(request: HttpRequest, status: int, words: Words) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(problem_as_json(words.message, words.hint), status=status)
    page = _page_of_user(request, words) or _page(request, words)
    return HttpResponse(page, status=status)


def _page(request: HttpRequest, words: Words) -> str:
    context = {"words": words, "request_id": request.headers.get("X-Request-ID", "")}
    return render_to_string("businesses/errors/plain_error.html", context)


def _page_of_user(request: HttpRequest, words: Words) -> str:
    """Return the page with the header of whoever is logged in; "" if it is not known who is."""
    if not hasattr(request, "user"):
        return ""  # refused before the session was looked at
    try:
        context = {**admin.site.each_context(request), "words": words}
        return render_to_string("businesses/errors/plain_error.html", context, request)
    except Error:
        return ""  # the session or the user is in a database that cannot be used

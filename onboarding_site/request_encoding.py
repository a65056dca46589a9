"""Reads every request as UTF-8, whatever encoding its headers claim."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ReadAsUtf8:
    """Middleware that reads addresses and forms as UTF-8, and drops cookies with NUL characters.

    Django takes the encoding of an address from the request's Content-Type. With "hex" it then
    fails, and "utf-7" makes halves of surrogate pairs, which no text in AWS or in the database may
    hold. PostgreSQL refuses NUL characters, and the session's cookie is a key of the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request as if it had said UTF-8."""
        request.encoding = "utf-8"
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self._get_response(request)

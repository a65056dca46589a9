"""WSGI entry point: `onboarding_site.wsgi:application`."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

# An empty one counts as not set.
if not os.environ.get("DJANGO_SETTINGS_MODULE"):
    os.environ["DJANGO_SETTINGS_MODULE"] = "onboarding_site.settings"

_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer one request; a Content-Type that Django cannot read counts as none.

    Django reads that header before it can answer an error, so the server would have to; from 6.1
    on, it raises BadRequest there. It also answers HEAD with a body, about which gunicorn would log
    a warning.
    """
    try:
        WSGIRequest(environ)
    except (BadRequest, LookupError, ValueError):
        environ = {**environ, "CONTENT_TYPE": ""}
    answer = _django(environ, start_response)
    if environ["REQUEST_METHOD"] != "HEAD":
        return answer
    answer.close()
    return ()

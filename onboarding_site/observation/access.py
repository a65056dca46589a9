"""One line in the log, and one count in the metrics, for each request."""

import logging
import re
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.signals import request_finished
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import LazyObject, empty

from onboarding_site.observation.current import Observed, current
from onboarding_site.observation.metrics import NO_VIEW, note_request

logger = logging.getLogger(__name__)

REQUEST_ID = "HTTP_X_REQUEST_ID"
# What proxies make: nginx 32 hexadecimal digits, others UUIDs or the like.
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "OTHER"


class AccessLog:
    """Middleware that gives each request an id, and logs the request once it has been answered.

    A well-formed id that a proxy sent is kept. The views, and the templates of error pages, read it
    from the request's headers; whoever asked, from the answer's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        request_finished.connect(log_request, dispatch_uid=__name__)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, and note what there is to say about it."""
        given = request.META.get(REQUEST_ID, "")
        request_id = given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        request.META[REQUEST_ID] = request_id
        method = request.method if request.method in METHODS else OTHER
        observed = Observed(id=request_id, method=str(method))
        current.set(observed)
        response = self._get_response(request)
        match = request.resolver_match
        observed.view = match.view_name if match else ""
        observed.user_id, observed.status = user_id(request), response.status_code
        response.headers["X-Request-ID"] = request_id
        return response


def log_request(**_context: Any) -> None:
    """Log the request of this thread, whose answer has been sent to its end, if there is one.

    An answer that is sent while it is read, such as an export, calls AWS until then.
    """
    observed = current.get()
    if observed is None:
        return
    note_request(observed)
    cause = " ".join(observed.causes)
    fields = {
        "user_id": observed.user_id or None,
        "method": observed.method,
        "view": observed.view or None,
        "status": observed.status,
        "duration_ms": round(observed.seconds * 1000),
        "aws_calls": observed.aws_calls,
        "cause": cause or None,
    }
    level = logging.ERROR if observed.status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
    logger.log(
        level,
        "%s %s %s in %d ms with %d AWS calls%s",
        *(observed.method, observed.view or NO_VIEW, observed.status),
        *(fields["duration_ms"], observed.aws_calls, f". {cause}" if cause else ""),
        extra=fields,
    )
    current.set(None)


def user_id(request: HttpRequest) -> str:
    """Return the id of the user if the session was looked at; nothing is read for the log alone."""
    user = request.__dict__.get("user")
    if user is None or (isinstance(user, LazyObject) and user._wrapped is empty):  # noqa: SLF001
        return ""
    return str(user.pk or "")

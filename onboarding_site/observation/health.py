"""Tells those who watch the site whether it is alive and whether it is ready, at fixed addresses.

A load balancer asks by an IP address and over plain HTTP, so both are answered before the host is
checked and before the redirect to HTTPS. Neither asks AWS: the site can serve its pages, and say
what is wrong, while AWS does not answer.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.log import log_response

from onboarding_site.observation.readiness import Readiness, database_problem

ALIVE, READY = "/healthz", "/readyz"
READY_SECONDS = 2.0


class HealthChecks:
    """The outermost middleware, which answers these two addresses itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._readiness = Readiness(database_problem, READY_SECONDS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with one line of plain text; every other address as without this."""
        if request.path_info not in {ALIVE, READY}:
            return self._get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        problem = self._readiness.problem() if request.path_info == READY else None
        text = f"{problem.said if problem else 'ok'}\n"
        answer = HttpResponse("" if request.method == "HEAD" else text, content_type="text/plain")
        answer.headers["Cache-Control"] = "no-store"
        if problem:
            answer.status_code = HTTPStatus.SERVICE_UNAVAILABLE
            # With its cause, in place of the line that Django would log.
            log_response("Not ready: %s", problem.cause, response=answer, request=request)
        return answer

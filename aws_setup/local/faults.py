"""Faults on demand: the next calls of an operation fail as AWS would let them fail.

Tests and trials use it to see what happens when Cognito throttles or the network breaks.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from aws_setup.local.http import Request, Response


class ConnectionLost(Exception):
    """The connection is to be closed without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one call fails. A `status` of None loses the connection."""

    operation: str  # "" for any
    status: int | None = None
    error_type: str = ""
    message: str = ""
    skipped: int = 0  # calls of the operation that pass before
    is_late: bool = False  # whether AWS does what is asked, and only its answer is lost
    is_cut_short: bool = False  # whether the second half of AWS's answer is lost, and no more
    hook: Callable[[], None] | None = None  # called when the call arrives

    def answer(self, request: Request) -> Response:
        """Return the error in the protocol of the request. Raises ConnectionLost."""
        if self.hook:
            self.hook()
        if self.status is None:
            raise ConnectionLost
        if request.operation == "GraphQL":
            error = {"errorType": self.error_type, "message": self.message}
            return Response.of_json(self.status, {"errors": [error]})
        if "x-amz-target" in request.headers:
            return Response.of_error(self.error_type, self.message, self.status)
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{self.error_type}</Code>"
            f"<Message>{self.message}</Message></Error></ErrorResponse>"
        )
        headers = [(b"content-type", b"text/xml")]
        return Response(status=self.status, headers=headers, body=body.encode())


class Faults:
    """The faults that wait for their call, first set first served; safe across threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._history: list[str] = []

    def fail(  # noqa: PLR0913 - by keyword, and each test names the few that it means
        self,
        operation: str,
        error_type: str,
        *,
        message: str = "Injected fault",
        status: int = 400,
        times: int = 1,
        after: int = 0,
    ) -> None:
        """Let the next `times` calls of `operation` answer this error and do nothing.

        operation: "" for any. after: so many calls of it pass before.
        """
        fault = Fault(operation=operation, status=status, error_type=error_type, message=message)
        self._add(replace(fault, skipped=after), times)

    def lose_connection(
        self,
        operation: str,
        *,
        times: int = 1,
        after: int = 0,
        is_late: bool = False,
        hook: Callable[[], None] | None = None,
    ) -> None:
        """Let the next `times` calls of `operation` see their connection closed, unanswered.

        operation: "" for any. after: so many calls of it pass before. is_late: the call takes
        effect before. hook: called first.
        """
        self._add(Fault(operation=operation, skipped=after, is_late=is_late, hook=hook), times)

    def cut_short(self, operation: str, *, times: int = 1) -> None:
        """Let the next `times` calls of `operation` have half the answer that was announced."""
        self._add(Fault(operation=operation, is_late=True, is_cut_short=True), times)

    def _add(self, fault: Fault, times: int) -> None:
        with self._lock:
            self._waiting += [fault] * times

    @property
    def waiting(self) -> int:
        """How many faults have not met their call yet."""
        with self._lock:
            return len(self._waiting)

    def take(self, operation: str) -> Fault | None:
        """Count a call of `operation` and return the fault that waits for it, if any."""
        with self._lock:
            self._history.append(operation)
            for index, fault in enumerate(self._waiting):
                if fault.operation in {operation, ""}:
                    if not fault.skipped:
                        return self._waiting.pop(index)
                    self._waiting[index] = replace(fault, skipped=fault.skipped - 1)
                    return None
        return None

    def calls(self, operation: str) -> int:
        """Return how often `operation` was called since the last clear."""
        with self._lock:
            return self._history.count(operation)

    @property
    def history(self) -> list[str]:
        """The operations that were called since the last clear, in order."""
        with self._lock:
            return list(self._history)

    def clear(self) -> None:
        """Forget every waiting fault and every call."""
        with self._lock:
            self._waiting.clear()
            self._history.clear()

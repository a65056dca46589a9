"""Faults on demand: the next calls of an operation fail in the way that calls to AWS can fail.

Tests and trials use them to see what happens when Cognito throttles or the network breaks.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from aws_setup.local.http import Request, Response


class ConnectionLost(Exception):
    """The connection must be closed without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one call fails. With a `status` of None, the connection is lost."""

    operation: str  # "" for any
    status: int | None = None
    error_type: str = ""
    message: str = ""
    skipped: int = 0  # how many calls of the operation succeed first
    is_late: bool = False  # whether the call takes effect and only its answer is lost
    is_cut_short: bool = False  # whether only the second half of the answer is lost
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
        return Response.of_error_to(request, self.error_type, self.message, self.status)


class Faults:
    """The faults that wait for their calls, in the order they were set; thread-safe.

    A call of a service whose protocol names the operation by its path alone, such as S3 or Lambda,
    goes by the name of the service instead: "s3", "lambda".
    """

    def __init__(self) -> None:
        self._lock = threading.Condition()  # notified of each call
        self._waiting: list[Fault] = []
        self._history: list[str] = []
        self._delays: dict[str, float] = {}

    def slow_down(self, operation: str, seconds: float) -> None:
        """Have every call of `operation` take so much longer until the next clear.

        operation: "" for all that have no delay of their own.
        """
        with self._lock:
            self._delays[operation] = seconds

    def delay(self, operation: str) -> float:
        """Return by how many seconds the calls of `operation` are slowed down."""
        with self._lock:
            return self._delays.get(operation, self._delays.get("", 0))

    def fail(  # noqa: PLR0913 - all by keyword, and each test needs only a few
        self,
        operation: str,
        error_type: str,
        *,
        message: str = "Injected fault",
        status: int = 400,
        times: int = 1,
        after: int = 0,
    ) -> None:
        """Make the next `times` calls of `operation` return this error and do nothing.

        operation: "" for any. after: how many calls of it succeed first.
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
        """Close the connection of the next `times` calls of `operation` without an answer.

        operation: "" for any. after: how many calls of it succeed first. is_late: whether the call
        takes effect before that. hook: called when the call arrives.
        """
        self._add(Fault(operation=operation, skipped=after, is_late=is_late, hook=hook), times)

    def cut_short(self, operation: str, *, times: int = 1) -> None:
        """Send only half of the announced answer to the next `times` calls of `operation`."""
        self._add(Fault(operation=operation, is_late=True, is_cut_short=True), times)

    def _add(self, fault: Fault, times: int) -> None:
        with self._lock:
            self._waiting += [fault] * times

    @property
    def waiting(self) -> int:
        """How many faults still wait for their call."""
        with self._lock:
            return len(self._waiting)

    def take(self, operation: str) -> Fault | None:
        """Count a call of `operation` and return the fault that waits for it, if any."""
        with self._lock:
            self._history.append(operation)
            self._lock.notify_all()
            for index, fault in enumerate(self._waiting):
                if fault.operation in {operation, ""}:
                    if not fault.skipped:
                        return self._waiting.pop(index)
                    self._waiting[index] = replace(fault, skipped=fault.skipped - 1)
                    return None
        return None

    def calls(self, operation: str) -> int:
        """Return how often `operation` has been called since the last clear."""
        with self._lock:
            return self._history.count(operation)

    def wait_for_call(self, operation: str, seconds: float = 60) -> None:
        """Wait until `operation` has been called since the last clear. Raises TimeoutError."""
        with self._lock:
            if not self._lock.wait_for(lambda: operation in self._history, seconds):
                raise TimeoutError(f"{operation} was not called within {seconds} seconds.")

    @property
    def history(self) -> list[str]:
        """The operations that have been called since the last clear, in order."""
        with self._lock:
            return list(self._history)

    def clear(self) -> None:
        """Forget every waiting fault and every call."""
        with self._lock:
            self._waiting.clear()
            self._delays.clear()
            self._history.clear()

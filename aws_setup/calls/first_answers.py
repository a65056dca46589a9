"""Waiting for services that have not answered yet: says for which, and gives up in time.

A network that drops packets, and a connection on which nothing comes, look like a slow service.
Once a service has answered, its clients are as patient as they are configured to be.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from botocore.model import OperationModel
from botocore.session import Session

SAY_AFTER_SECONDS = 3.0
# Without any answer, no further try begins after this; one takes up to eight seconds.
LAST_TRY_SECONDS = 10.0

Say = Callable[[str], None]


class FirstAnswers:
    """What the clients of one session wait for. Safe to share between threads.

    say: shows a line to whoever waits; None if nobody reads it. clock: seconds, monotonic.
    """

    def __init__(self, say: Say | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._answered: set[str] = set()  # addresses of services

    def watch(self, session: Session) -> None:
        """Have the clients that the session makes from now on wait as this module says."""
        handlers: dict[str, Any] = {
            "before-call.*.*": self._begin,
            # With its stars called before the service's own handler, which decides on the retry.
            "needs-retry.*.*": self._decide,
            "after-call.*.*": _end,
            "after-call-error.*.*": _end,
        }
        for event, handler in handlers.items():
            session.register(event, handler)

    def _begin(self, params: dict[str, Any], model: OperationModel, **_context: Any) -> None:
        """Note when a call begins, and start to wait for an answer of its service."""
        address = urlsplit(params["url"])
        context = params["context"]
        context["began"] = self._clock()
        context["waits_for"] = f"{model.service_model.service_id} ({address.netloc})"
        if address.netloc not in self._answered:
            context["timer"] = _timer(context["waits_for"], self._say)

    def _decide(
        self,
        response: object,
        request_dict: dict[str, Any],
        caught_exception: Exception | None,
        **_context: Any,
    ) -> bool | None:
        """Return False, so that botocore makes no other try, if it is time to give up."""
        address, context = urlsplit(request_dict["url"]).netloc, request_dict["context"]
        if response is not None:
            self._answered.add(address)
            _end(context)
        elif caught_exception is not None:
            if address not in self._answered and self._is_late(context):
                return False
            if address in self._answered and self._say:
                self._say(f"No answer from {context['waits_for']}; the call may be made again.")
        return None

    def _is_late(self, context: dict[str, Any]) -> bool:
        seconds: float = self._clock() - context["began"]
        return seconds > LAST_TRY_SECONDS


@contextmanager
def waiting_for(name: str, say: Say | None) -> Iterator[None]:
    """Say what is waited for if the block takes long. name: for example "AWS credentials"."""
    timer = _timer(name, say)
    try:
        yield
    finally:
        timer.cancel()


def say_to_operator(line: str) -> None:
    """Show a line to whoever runs a command, apart from its output."""
    sys.stderr.write(f"{line}\n")


def _timer(name: str, say: Say | None) -> threading.Timer:
    timer = threading.Timer(SAY_AFTER_SECONDS, say or str, [f"Waiting for {name} ..."])
    timer.daemon = True
    if say:
        timer.start()
    return timer


def _end(context: dict[str, Any], **_context: Any) -> None:
    if timer := context.get("timer"):
        timer.cancel()

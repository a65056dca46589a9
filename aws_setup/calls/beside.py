"""A call that runs beside others, because none of them needs its answer."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

T = TypeVar("T")


class Begin(Protocol):
    """Begins a call, and returns where its answer or its error will be."""

    def __call__(self, call: Callable[[], T]) -> Future[T]:
        """Begin the call."""


def begin(call: Callable[[], T]) -> Future[T]:
    """Begin the call in a thread of its own.

    The end of the process does not wait for it, as it would for an executor's thread: Ctrl-C is to
    end a command whose network answers nothing.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - whoever waits for the answer gets it
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome

"""One rate for all processes of the site and its commands, whichever machines they run on."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from businesses.concurrency.turns import EvenRate

logger = logging.getLogger(__name__)

ALONE_SECONDS = 30.0  # how long a store that failed is left alone
SECOND = 1.0


class StoreGone(Exception):
    """The turns that processes share cannot be taken just now. The text names the cause."""


class Store(Protocol):
    """Where processes share the turns of a rate. `reserve` raises StoreGone; see `Rate`."""

    def reserve(self) -> float: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class SharedRate:
    """A rate whose turns are in a store; a part of it for this process while the store is gone.

    own: that part. Whoever goes from one to the other begins no call for a second, so that those
    that began before do not come on top. clock: seconds, monotonic. sleep: waits for seconds.
    """

    is_limited = True

    def __init__(
        self,
        store: Store,
        own: EvenRate,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._own, self._clock, self._sleep = store, own, clock, sleep
        self._lock = threading.Lock()
        self._alone_until: float | None = None

    def reserve(self) -> float:
        """Take the next turn; return when it comes."""
        with self._lock:
            until = self._alone_until
            if until is not None and self._clock() < until:
                return self._own.reserve()
        try:
            at = self._store.reserve()
            if until is not None:
                self._sleep(SECOND)
                at = self._store.reserve()
        except StoreGone as error:
            return self._alone(error)
        with self._lock:
            is_back, self._alone_until = self._alone_until is not None, None
        if is_back:
            logger.warning("The processes of the site share the rate of retries again.")
        return at

    def close(self) -> None:
        """Give back what the calling thread holds."""
        self._store.close()

    def _alone(self, error: StoreGone) -> float:
        with self._lock:
            if self._alone_until is None:
                self._own.pause(SECOND)
                logger.warning(
                    "The processes of the site cannot share the rate of retries just now (%s), so"
                    " each keeps to its part of it (RETRY_WORKERS).",
                    error,
                )
            self._alone_until = self._clock() + ALONE_SECONDS
            return self._own.reserve()

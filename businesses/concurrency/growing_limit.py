"""A limit of blocking calls under way, which grows while they are slow."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class GrowingLimit:
    """Makes calls in threads, few at a time, since each takes time from the event loop.

    A slow one waits, and takes no time; so each lets one more be under way from then on. Otherwise
    the calls would queue up behind a service that is slow today. most: how far the limit grows.
    slow_seconds: what counts as slow.
    """

    def __init__(self, at_once: int, *, most: int, slow_seconds: float) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._at_once, self._most, self._slow_seconds = at_once, most, slow_seconds

    async def call(self, work: Callable[[], Result]) -> Result:
        """Wait for a turn, and return what the call returns."""
        async with self._turns:
            loop = asyncio.get_running_loop()
            slow = loop.call_later(self._slow_seconds, self._let_one_more)
            try:
                return await asyncio.to_thread(work)
            finally:
                slow.cancel()

    def _let_one_more(self) -> None:
        if self._at_once < self._most:
            self._at_once += 1
            self._turns.release()

"""Waits for the turns of a rate on an event loop."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from businesses.concurrency.turns import SLACK_SECONDS, Rate

MOST_MISSED = 10  # turns in a row, so that a machine whose every timer is late goes on all the same
LONG_SECONDS = 1.0  # a wait in which what was known before it may change
LOOK_SECONDS = 0.1  # how often a wait checks whether to stop


class TurnWaits:
    """Waits for one turn after another.

    threads: one thread, which asks for the turns, as that may block. stop: ends a wait. clock:
    seconds, monotonic.
    """

    def __init__(
        self,
        rate: Rate,
        threads: ThreadPoolExecutor,
        stop: threading.Event,
        clock: Callable[[], float],
    ) -> None:
        self._rate, self._threads, self._stop, self._clock = rate, threads, stop, clock

    @property
    def are_limited(self) -> bool:
        """Whether callers ever have to wait."""
        return self._rate.is_limited

    async def wait(self, is_wanted: Callable[[], Awaitable[bool]]) -> bool:
        """Wait until a call may begin, which must begin at once; return False if it may not.

        It may not once the stop is set, or if is_wanted says so, which is asked shortly before a
        turn that was more than LONG_SECONDS away.
        """
        if not self._rate.is_limited:
            return True
        for _ in range(MOST_MISSED):
            at = await asyncio.get_running_loop().run_in_executor(self._threads, self._rate.reserve)
            if at - self._clock() > LONG_SECONDS:
                await pause(at - LONG_SECONDS / 2 - self._clock(), self._stop)
                if not await is_wanted():
                    return False
            if not await pause(at - self._clock(), self._stop):
                return False
            if self._clock() - at <= SLACK_SECONDS:
                break
        return True


@asynccontextmanager
async def turn_waits(
    rate: Rate, stop: threading.Event, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[TurnWaits]:
    """Open what waits for turns, with the thread that it needs."""
    with ThreadPoolExecutor(1, "turns") as threads:
        try:
            yield TurnWaits(rate, threads, stop, clock)
        finally:
            await asyncio.get_running_loop().run_in_executor(threads, rate.close)


async def pause(seconds: float, stop: threading.Event) -> bool:
    """Wait for so long, or until the stop is set; return whether it is not."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0 and not stop.is_set():  # noqa: ASYNC110 - of threads
        await asyncio.sleep(min(left, LOOK_SECONDS))
    return not stop.is_set()

"""Turns for long work: its calls are evenly spaced, so that no burst uses up a shared quota.

A turn is a time at which one call may begin. Never more begin in a second than the rate allows,
although no call begins exactly at its turn: turns are a little further apart than the rate asks
for, and a call that is later than that lets its turn pass and takes another.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

MOST_PER_SECOND = 25  # Cognito's quota for putting users in groups; it can't be raised
CAUGHT_UP = 2  # how many late turns may be caught up on
SLACK_SECONDS = 0.03  # how late a call may begin; so much of each second is not used
LONGEST_QUEUE = 60  # seconds of the rate; what is further ahead was written before a clock was set


class Rate(Protocol):
    """Gives out the turns of a rate, which all may share that use the same quota."""

    @property
    def is_limited(self) -> bool:
        """Whether callers ever have to wait."""

    def reserve(self) -> float:
        """Take the next turn; return when it comes, in seconds on this process's monotonic clock.

        It may block while it asks others, for a second at the most.
        """

    def close(self) -> None:
        """Give back what the calling thread holds, such as a connection."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns that were given out: seconds on the clock of whoever keeps them.

    due: the earliest time of the next one. times: the last ones, newest first.
    """

    due: float = float("-inf")
    times: tuple[float, ...] = ()

    def next(self, now: float, per_second: float) -> "Turns":
        """Return the turns with one more, which comes first.

        Of any so many calls as the rate allows in a second, or of any two if it is lower than one,
        the last comes SLACK_SECONDS more after the first than it has to.
        """
        allowed = max(1, int(per_second))
        lap = allowed / per_second + SLACK_SECONDS
        space = lap / allowed
        due, times = self.due, self.times
        if due - now > LONGEST_QUEUE * lap:
            due, times = now + lap, ()
        # Only a little may be caught up on, since timers are always late, but never by much.
        due = max(due, now - CAUGHT_UP * space)
        if len(times) >= allowed:
            due = max(due, times[allowed - 1] + lap)
        return Turns(due + space, (max(due, now), *times)[:MOST_PER_SECOND])


class EvenRate:
    """A rate of one process; safe to share between threads.

    per_second: None for no limit. clock: seconds, monotonic. A caller must wait for its turn before
    taking the next one; otherwise, several delayed calls would start at once.
    https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
    """

    def __init__(
        self, per_second: float | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second, self._clock = per_second, clock
        self._lock = threading.Lock()
        self._turns = Turns()

    @property
    def is_limited(self) -> bool:
        """Whether callers ever have to wait."""
        return self._per_second is not None

    def reserve(self) -> float:
        """Take the next turn; return when it comes."""
        if self._per_second is None:
            return self._clock()
        with self._lock:
            self._turns = self._turns.next(self._clock(), self._per_second)
            return self._turns.times[0]

    def pause(self, seconds: float) -> None:
        """Let no turn come for so long, besides those that were given out."""
        with self._lock:
            self._turns = Turns(max(self._turns.due, self._clock() + seconds), self._turns.times)

    def close(self) -> None:
        """Do nothing, as a thread holds nothing."""

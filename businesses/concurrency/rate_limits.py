"""Limits the rate of calls to AWS.

QuotaLimiter is for reads that a page waits for: as many go out at once as the quota has left in
this second, and the others later. EvenRate is for long work: its calls are evenly spaced, so that a
quota that is shared with others is never used up in a burst.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

MOST_PER_SECOND = 25  # Cognito's quota for putting users in groups; it can't be raised
CAUGHT_UP = 2  # how many late turns may be caught up on


class EvenRate:
    """Gives out evenly spaced turns; safe to share between threads.

    per_second: None for no limit. clock: seconds, monotonic. A caller must wait for its turn before
    taking the next one; otherwise, several delayed calls would start at once.
    https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
    """

    def __init__(
        self, per_second: float | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._next = float("-inf")
        self._turns: deque[float] = deque(maxlen=MOST_PER_SECOND)

    @property
    def is_limited(self) -> bool:
        """Whether callers ever have to wait."""
        return bool(self._interval)

    def reserve(self) -> float:
        """Take the next turn; return the seconds until it comes."""
        if not self._interval:
            return 0.0
        with self._lock:
            now = self._clock()
            # Only a little may be caught up on, since timers are always late, but never by much.
            due = max(self._next, now - CAUGHT_UP * self._interval)
            if len(self._turns) == MOST_PER_SECOND:
                due = max(due, self._turns[0] + 1)
            self._next = due + self._interval
            self._turns.append(max(due, now))
            return max(due - now, 0.0)


class QuotaLimiter:
    """Lets at most `per_second` calls start in any second; safe to share between threads.

    Cognito's quotas apply to the whole account. If several processes exceed one together, their
    calls are throttled, and botocore repeats them.
    clock: seconds, monotonic. sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        per_second: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._begun: deque[float] = deque(maxlen=per_second)

    def wait(self, patience_seconds: float) -> bool:
        """Wait for a turn and return True; return False at once if the wait would be too long."""
        with self._lock:
            now = turn = self._clock()
            if len(self._begun) == self._begun.maxlen:
                turn = max(now, self._begun[0] + 1)
            if turn - now > patience_seconds:
                return False
            self._begun.append(turn)
        if turn > now:
            self._sleep(turn - now)
        return True

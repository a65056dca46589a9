"""Limits the rate of reads that a page waits for.

As many go out at once as the quota has left in this second, and the others later. For long work,
see `turns`.
"""

import threading
import time
from collections import deque
from collections.abc import Callable


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

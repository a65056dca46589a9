"""How fast AWS may be asked: never more often in a second than its quota allows."""

import threading
import time
from collections import deque
from collections.abc import Callable


class Pace:
    """Lets at most `per_second` calls begin in any second; safe across threads.

    Cognito's quotas hold for the account, so several processes share them: what they exceed
    together is throttled and repeated by botocore.
    clock: seconds, monotonic. sleep: waits that many seconds.
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
        """Wait for a turn and return True; return False at once if that would take too long."""
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

"""How often, and for how long, AWS is asked whether something is done."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PollInterval:
    """Pauses that start short and grow. limit_seconds: how long the whole wait may take."""

    first_seconds: float = 0.25
    growth: float = 1.5
    longest_seconds: float = 3.0
    limit_seconds: float = 3600.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def rounds(self) -> Iterator[None]:
        """Yield at once, and again after every pause; end when the limit has passed."""
        end = self.clock() + self.limit_seconds
        pause = self.first_seconds
        yield
        while self.clock() < end:
            self.sleep(pause)
            pause = min(pause * self.growth, self.longest_seconds)
            yield

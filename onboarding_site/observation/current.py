"""The request that is being answered, as far as logs and metrics tell of it."""

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Observed:
    """One request. Safe to share between the threads that work on it.

    id: what support can quote, and what other machines log too. view: the name of its URL pattern;
    "" if it has none. user_id: "" if nobody is logged in, or if it did not matter. causes: why it
    was refused or failed, each in one line. began: seconds, monotonic.
    """

    id: str
    method: str
    clock: Callable[[], float] = time.monotonic
    view: str = ""
    user_id: str = ""
    status: int = 0
    causes: list[str] = field(default_factory=list)
    aws_calls: int = 0

    def __post_init__(self) -> None:
        self.began = self.clock()
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return self.clock() - self.began

    def count_aws_call(self) -> None:
        """Count a call to AWS that was made for it."""
        with self._lock:
            self.aws_calls += 1


# Threads that work for a request get it with a copy of its context.
current: ContextVar[Observed | None] = ContextVar("observed request", default=None)

"""Watching an operation together with the operator: the screen, the waits, and Ctrl-C."""

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

from aws_setup.stack.events import StackEvent
from aws_setup.stack.states import SUCCEEDED
from aws_setup.terminal.console import Console
from aws_setup.terminal.progress_display import ProgressDisplay, TextDisplay

REDRAW_SECONDS = 0.2


class OperationWatch:
    """Shows operations while they run. Its `sleep` is to be that of the PollInterval.

    clock, nap: what measures time and lets a little of it pass.
    """

    def __init__(
        self,
        console: Console,
        *,
        clock: Callable[[], float] = time.monotonic,
        nap: Callable[[float], None] = time.sleep,
    ) -> None:
        self._console = console
        self._clock, self._nap = clock, nap
        self.seconds = 0.0  # spent watching
        self._live: ProgressDisplay | TextDisplay | None = None
        self._ctrl_c = CtrlC()
        self._ask: Callable[[], None] = lambda: None

    def watch(
        self,
        events: Iterable[StackEvent],
        *,
        total: int = 0,
        ask: Callable[[], None] | None = None,
    ) -> None:
        """Show every event; the caller's errors pass.

        total: of resources that change, 0 where nobody knows. ask: called, between two calls of
        AWS, after a Ctrl-C of an operator who can answer; without it, Ctrl-C ends the watch.
        """
        is_held = ask is not None and self._console.has_operator
        self._ask = ask or self._ask
        live = self._live = ProgressDisplay(
            self._console.out, self._colour, total=total, clock=self._clock
        )
        try:
            with self._ctrl_c.held() if is_held else nullcontext():
                for event in events:
                    live.show(event)
        finally:
            self._live = None
            self.seconds += live.seconds
            self._console.say(f"Watched for {live.seconds:.1f} s.")

    def follow(self, texts: Iterable[str]) -> None:
        """Show what is so, in words, each time that it is said; the caller's errors pass."""
        live = self._live = TextDisplay(self._console.out, clock=self._clock)
        try:
            for text in texts:
                live.show(text)
        finally:
            self._live = None

    def sleep(self, seconds: float) -> None:
        """Let the time pass, with the screen kept up to date, until there is a Ctrl-C to ask of."""
        end = self._clock() + seconds
        while not self._ctrl_c.is_noted and (left := end - self._clock()) > 0:
            self._nap(min(left, REDRAW_SECONDS))
            if self._live:
                self._live.redraw()
        if self._ctrl_c.is_noted:
            if self._live:
                self._live.leave()
            with self._ctrl_c.released():
                self._ask()

    def _colour(self, event: StackEvent) -> Callable[[str], str]:
        if event.ends_operation and event.status in SUCCEEDED:
            return self._console.style.SUCCESS
        if event.ends_operation or event.is_failure:
            return self._console.style.ERROR
        return str


class CtrlC:
    """Ctrl-C, noted while it is `held` instead of raised; a second one is raised as ever."""

    def __init__(self) -> None:
        self._before = signal.getsignal(signal.SIGINT)
        self.is_noted = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Note the next Ctrl-C instead of raising KeyboardInterrupt."""
        self._before = signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, self._before)
            self.is_noted = False

    @contextmanager
    def released(self) -> Iterator[None]:
        """Let Ctrl-C interrupt in here; the next one after it is noted again."""
        signal.signal(signal.SIGINT, self._before)
        yield
        self.is_noted = False
        signal.signal(signal.SIGINT, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_noted = True
        signal.signal(signal.SIGINT, self._before)

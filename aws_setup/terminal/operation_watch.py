"""Watching an operation together with the operator: the display, the waits, and Ctrl-C."""

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
    """Shows operations while they run. Its `sleep` must be the one of the PollInterval in use.

    clock: seconds, monotonic. nap: waits that many seconds.
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
        self._display: ProgressDisplay | TextDisplay | None = None
        self._ctrl_c = CtrlC()
        self._ask: Callable[[], None] = lambda: None

    def show_events(
        self,
        events: Iterable[StackEvent],
        *,
        total: int = 0,
        ask: Callable[[], None] | None = None,
    ) -> None:
        """Show every event. Errors raised by the iteration pass.

        total: how many resources change; 0 if that is not known.
        ask: called after Ctrl-C, between two calls to AWS, if there is an operator who can answer.
        Without it, Ctrl-C ends the watch.
        """
        is_held = ask is not None and self._console.has_operator
        self._ask = ask or self._ask
        display = self._display = ProgressDisplay(
            self._console.out, self._colour, total=total, clock=self._clock
        )
        try:
            with self._ctrl_c.held() if is_held else nullcontext():
                for event in events:
                    display.show(event)
        finally:
            self._display = None
            self.seconds += display.seconds
            self._console.say(f"Watched for {display.seconds:.1f} s.")

    def show_texts(self, texts: Iterable[str]) -> None:
        """Show how far the work is, each time that it says so. Errors of the iteration pass."""
        display = self._display = TextDisplay(self._console.out, clock=self._clock)
        try:
            for text in texts:
                display.show(text)
        finally:
            self._display = None

    def sleep(self, seconds: float) -> None:
        """Wait, and keep the display up to date; stop at a Ctrl-C that was held, and ask."""
        end = self._clock() + seconds
        while not self._ctrl_c.is_noted and (left := end - self._clock()) > 0:
            self._nap(min(left, REDRAW_SECONDS))
            if self._display:
                self._display.redraw()
        if self._ctrl_c.is_noted:
            if self._display:
                self._display.leave()
            with self._ctrl_c.released():
                self._ask()

    def _colour(self, event: StackEvent) -> Callable[[str], str]:
        if event.ends_operation and event.status in SUCCEEDED:
            return self._console.style.SUCCESS
        if event.ends_operation or event.is_failure:
            return self._console.style.ERROR
        return str


class CtrlC:
    """Notes Ctrl-C while it is `held`, instead of raising it. A second Ctrl-C is raised."""

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
        """Let Ctrl-C raise KeyboardInterrupt inside; hold it again afterwards."""
        signal.signal(signal.SIGINT, self._before)
        yield
        self.is_noted = False
        signal.signal(signal.SIGINT, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_noted = True
        signal.signal(signal.SIGINT, self._before)

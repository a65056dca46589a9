"""An operation on the screen while it runs.

On a terminal each resource has one line that changes in place; once the resource is done, its line
stays above the others. Where the output is piped, each event is a line of its own.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable

from django.core.management.base import OutputWrapper

from aws_setup.events import StackEvent
from aws_setup.progress import Operation, format_event

# ECMA-48, as every terminal in use has it: up so many lines; clear from here to the end.
UP, CLEAR = "\x1b[{}A", "\x1b[J"
Style = Callable[[StackEvent], Callable[[str], str]]


def can_redraw(out: OutputWrapper) -> bool:
    """Whether lines can be changed there; an old Windows console would show the codes instead."""
    old_windows = sys.platform == "win32" and "WT_SESSION" not in os.environ
    return out.isatty() and os.environ.get("TERM") != "dumb" and not old_windows


class Live:
    """Shows the events of one operation.

    style: how to colour the line of an event. total: see Operation.
    size: columns and lines of the terminal.
    """

    def __init__(
        self,
        out: OutputWrapper,
        style: Style,
        *,
        total: int = 0,
        clock: Callable[[], float] = time.monotonic,
        size: Callable[[], tuple[int, int]] = shutil.get_terminal_size,
    ) -> None:
        self._out, self._style, self._clock, self._size = out, style, clock, size
        self._operation = Operation(total)
        self._in_place = can_redraw(out)
        self._began = clock()
        self._drawn = 0  # lines, above the cursor, that may change

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._clock() - self._began

    def show(self, event: StackEvent) -> None:
        """Take an event; one that ends something stays on the screen."""
        line = self._operation.add(event, seconds=self.seconds)
        if not self._in_place:
            self._out.write(self._style(event)(format_event(event)))
            self._out.flush()
        elif event.ends_operation:
            self._draw([self._style(event)(line)], [])
        else:
            self._draw([self._style(event)(line)] if line else [], self._changing())

    def redraw(self) -> None:
        """Bring the seconds up to date."""
        if self._in_place:
            self._draw([], self._changing())

    def leave(self) -> None:
        """Let what is drawn stay, so that something else can be written below it."""
        self._drawn = 0

    def _changing(self) -> list[str]:
        columns, lines = self._size()
        working = self._operation.working(seconds=self.seconds)
        room = max(lines - 3, 1)  # the summary, the cursor's line and one more for what is cut off
        if len(working) > room:
            working = [*working[:room], f"... and {len(working) - room} more"]
        texts = [*working, self._operation.summary(seconds=self.seconds)]
        return [text[: columns - 1] for text in texts]

    def _draw(self, staying: list[str], changing: list[str]) -> None:
        back = UP.format(self._drawn) if self._drawn else ""
        text = "".join(f"{line}\n" for line in (*staying, *changing))
        self._out.write(f"{back}\r{CLEAR}{text}", ending="")
        self._out.flush()
        self._drawn = len(changing)

"""Shows the progress of an operation while it runs.

On a terminal, each resource has one line that changes in place. Once the resource is done, its line
stays above the others. In a pipe, each event is a line of its own.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence

from django.core.management.base import OutputWrapper

from aws_setup.stack.events import StackEvent
from aws_setup.terminal.progress import OperationProgress, format_event

# ECMA-48 codes that terminals understand: go up so many lines; clear from here to the end.
UP, CLEAR = "\x1b[{}A", "\x1b[J"
EventStyle = Callable[[StackEvent], Callable[[str], str]]


def can_redraw(out: OutputWrapper) -> bool:
    """Whether lines can be changed in place. An old Windows console would show the codes."""
    old_windows = sys.platform == "win32" and "WT_SESSION" not in os.environ
    return out.isatty() and os.environ.get("TERM") != "dumb" and not old_windows


def _terminal_size() -> tuple[int, int]:
    return shutil.get_terminal_size()


class RedrawnLines:
    """Lines that stay, and below them lines that are redrawn in place, if the output allows it.

    size: returns the columns and the lines of the terminal.
    """

    def __init__(self, out: OutputWrapper, size: Callable[[], tuple[int, int]]) -> None:
        self._out, self._size = out, size
        self.in_place = can_redraw(out)
        self._drawn = 0  # how many lines above the cursor may be redrawn

    def write(self, line: str) -> None:
        """Write a line that stays, below all others."""
        self._out.write(line)
        self._out.flush()

    def draw(self, staying: Sequence[str], changing: Sequence[str]) -> None:
        """Replace the lines that may change; each new one is cut to the terminal's width."""
        columns, _ = self._size()
        back = UP.format(self._drawn) if self._drawn else ""
        lines = (*staying, *(line[: columns - 1] for line in changing))
        text = "".join(f"{line}\n" for line in lines)
        self._out.write(f"{back}\r{CLEAR}{text}", ending="")
        self._out.flush()
        self._drawn = len(changing)

    def leave(self) -> None:
        """Let the drawn lines stay, so that something else can be written below them."""
        self._drawn = 0

    @property
    def room(self) -> int:
        """How many lines fit, besides the summary, the cursor's line, and "... and N more"."""
        _, lines = self._size()
        return max(lines - 3, 1)


class ProgressDisplay:
    """Shows the events of one operation.

    style: returns what colours the line of an event. total: see OperationProgress.
    size: returns the columns and the lines of the terminal.
    """

    def __init__(
        self,
        out: OutputWrapper,
        style: EventStyle,
        *,
        total: int = 0,
        clock: Callable[[], float] = time.monotonic,
        size: Callable[[], tuple[int, int]] = _terminal_size,
    ) -> None:
        self._style, self._clock = style, clock
        self._lines = RedrawnLines(out, size)
        self._operation = OperationProgress(total)
        self._began = clock()

    @property
    def seconds(self) -> float:
        """The seconds since the display was made."""
        return self._clock() - self._began

    def show(self, event: StackEvent) -> None:
        """Show an event. The line of one that ends something stays on the screen."""
        line = self._operation.add(event, seconds=self.seconds)
        staying = [self._style(event)(line)] if line else []
        if not self._lines.in_place:
            self._lines.write(self._style(event)(format_event(event)))
        elif event.ends_operation:
            self._lines.draw(staying, [])
        else:
            self._lines.draw(staying, self._changing())

    def redraw(self) -> None:
        """Update the seconds on the screen."""
        if self._lines.in_place:
            self._lines.draw([], self._changing())

    def leave(self) -> None:
        """Let the drawn lines stay, so that something else can be written below them."""
        self._lines.leave()

    def _changing(self) -> list[str]:
        working, room = self._operation.working(seconds=self.seconds), self._lines.room
        if len(working) > room:
            working = [*working[:room], f"... and {len(working) - room} more"]
        return [*working, self._operation.summary(seconds=self.seconds)]


class TextDisplay:
    """Shows one text after another, the last one with its seconds."""

    def __init__(
        self,
        out: OutputWrapper,
        *,
        clock: Callable[[], float] = time.monotonic,
        size: Callable[[], tuple[int, int]] = _terminal_size,
    ) -> None:
        self._clock = clock
        self._lines = RedrawnLines(out, size)
        self._text, self._began = "", clock()

    def show(self, text: str) -> None:
        """Show a text. If it differs from the one before, that one stays above it."""
        if text == self._text:
            self.redraw()
            return
        before = [self._line()] if self._text else []
        self._text, self._began = text, self._clock()
        if self._lines.in_place:
            self._lines.draw(before, [self._line()])
        else:
            self._lines.write(text)

    def redraw(self) -> None:
        """Update the seconds on the screen."""
        if self._lines.in_place and self._text:
            self._lines.draw([], [self._line()])

    def leave(self) -> None:
        """Let the drawn lines stay, so that something else can be written below them."""
        self._lines.leave()

    def _line(self) -> str:
        return f"{self._text}, {self._clock() - self._began:.0f} s"

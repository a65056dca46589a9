"""The progress of a command, on one line."""

import time
from collections.abc import Callable

from django.core.management.base import OutputWrapper

INTERRUPTED = 130  # the exit status with which a shell reports a process that Ctrl-C ended

BAR_WIDTH = 24
REDRAW_SECONDS = 0.1
LINE_SECONDS = 10.0  # between lines where the output is not a terminal
CLEAR_LINE = "\r\x1b[K"


class ProgressLine:
    """A line that a terminal redraws in place; any other output gets a new line now and then."""

    def __init__(self, output: OutputWrapper) -> None:
        self._output, self._is_terminal = output, output.isatty()
        self._drawn = time.monotonic()

    def show(self, line: Callable[[], str]) -> None:
        """Write the line, unless it was written only a moment ago."""
        now = time.monotonic()
        if now - self._drawn < (REDRAW_SECONDS if self._is_terminal else LINE_SECONDS):
            return
        self._drawn = now
        if self._is_terminal:
            self._output.write(f"{CLEAR_LINE}{line()}", ending="")
        else:
            self._output.write(line())
        self._output.flush()

    def clear(self) -> None:
        """Make room for other lines."""
        if self._is_terminal:
            self._output.write(CLEAR_LINE, ending="")


def one_line(text: str) -> str:
    """Return the text with its line breaks and control characters written as escapes.

    A record may hold anything, and must not write to the operator's terminal as it likes.
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def share_and_total(done: int, estimated: int) -> tuple[float, int]:
    """Return which share is done, at most 1, and of how many, at least those that are done.

    estimated: roughly how many there are, as counted before; others may have come since.
    """
    total = max(done, estimated)
    return (done / total if total else 1.0), total


def bar(share: float) -> str:
    """Return a bar that is full at a share of 1."""
    filled = round(share * BAR_WIDTH)
    return f"[{'#' * filled}{'-' * (BAR_WIDTH - filled)}]"

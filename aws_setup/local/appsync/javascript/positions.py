"""Where in a resolver's code something happened, read from the stacks of QuickJS."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

# The code starts on this line of the engine's input, so that a stack tells it from the runtime.
FIRST_LINE = 10_001
_FRAME = re.compile(r"<input>:(\d+):(\d+)")


class Position(NamedTuple):
    """A place in the code; both count from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"code.js:{self.line}:{self.column}"


def position_in(stack: str) -> Position | None:
    """Return the innermost position in the code, None if all frames are of the runtime."""
    for line, column in _FRAME.findall(stack):
        if int(line) >= FIRST_LINE:
            return Position(int(line) - FIRST_LINE + 1, int(column))
    return None


def log_line(raw: Mapping[str, Any], code: str) -> str:
    """Return what the code logged as AppSync writes it: `INFO - code.js:13:5: "Hello"`.

    https://docs.aws.amazon.com/appsync/latest/devguide/test-resolvers-js.html
    """
    called = position_in(raw["stack"])
    if called:
        # The engine's column is that of the call's bracket, AppSync's that of the statement.
        before = code.split("\n")[called.line - 1][: called.column]
        called = called._replace(column=before.rfind("console") + 1 or called.column)
    return f"{raw['level']} - {called}: {raw['words']}"


def first_line(text: str) -> str:
    """Return the text up to its first line end."""
    return text.split("\n", 1)[0]

"""A terminal's screen, as far as our output uses one."""

import io
import re

from django.core.management.base import OutputWrapper

CODES = re.compile(r"\x1b\[([\d;]*)([AJm])|(\r)|(\n)|$")


class Screen(io.StringIO):
    """Understands line ends, carriage returns, "up", "clear from here" and colours.

    columns: where a longer line would be broken, which would shift all below it.
    """

    def __init__(self, columns: int = 100) -> None:
        super().__init__()
        self._columns = columns

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        """What is to be seen, with the ends of lines that are too long on lines of their own."""
        lines, row, column, at = [""], 0, 0, 0
        written = self.getvalue()
        for code in CODES.finditer(written):
            text, at = written[at : code.start()], code.end()
            for letter in text:
                if column == self._columns:
                    row, column = row + 1, 0
                    lines[row:row] = [""]
                lines[row] = lines[row][:column].ljust(column) + letter + lines[row][column + 1 :]
                column += 1
            if code[2] == "A":
                row = max(row - int(code[1]), 0)
            elif code[2] == "J":
                lines[row:] = [lines[row][:column]]
            elif code[3]:
                column = 0
            elif code[4]:
                row, column = row + 1, 0
                if row == len(lines):
                    lines.append("")
        assert "\x1b" not in CODES.sub("", written), "a code that this screen does not know"
        return [line.rstrip() for line in lines]


def out_of(screen: io.StringIO) -> OutputWrapper:
    """Return the screen as a command writes to it."""
    return OutputWrapper(screen)

"""Writing to the operator of a command, and asking questions."""

from collections.abc import Iterable
from typing import TextIO

from django.core.management.base import OutputWrapper
from django.core.management.color import Style


class Console:
    """Where a command talks with its operator.

    out: where text is written. stdin: where answers are read. style: Django's colours.
    yes: answer every question with yes, without asking.
    """

    def __init__(self, out: OutputWrapper, stdin: TextIO, style: Style, *, yes: bool) -> None:
        self.out, self._stdin, self.style, self._yes = out, stdin, style, yes

    @property
    def has_operator(self) -> bool:
        """Whether there is somebody who can answer."""
        return self._stdin.isatty()

    @property
    def agrees_to_all(self) -> bool:
        """Whether every question is answered with yes, without asking."""
        return self._yes

    def say(self, text: str) -> None:
        """Write a line and flush it."""
        self.out.write(text)
        self.out.flush()

    def say_all(self, lines: Iterable[str]) -> None:
        """Write several lines."""
        for line in lines:
            self.say(line)

    def confirm(self, question: str) -> bool:
        """Ask a question. Returns False unless the answer is clearly yes."""
        if self._yes:
            self.say(f"{question} yes (--yes)")
            return True
        return self._answer(f"{question} [y/N] ") in {"y", "yes"}

    def choose(self, question: str, letters: str, *, otherwise: str) -> str:
        """Ask until an answer begins with one of the letters, and return that letter.

        An empty answer, or the end of the input, counts as `otherwise`.
        """
        while True:
            answer = self._answer(question)
            if not answer:
                return otherwise
            if answer[0] in letters:
                return answer[0]

    def read(self, question: str) -> str:
        """Ask for a line of text and return it, stripped of surrounding space."""
        self.out.write(question, ending="")
        self.out.flush()
        return self._stdin.readline().strip()

    def _answer(self, question: str) -> str:
        return self.read(question).lower()

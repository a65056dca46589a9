"""Saying and asking on the command line."""

from typing import TextIO

from django.core.management.base import OutputWrapper
from django.core.management.color import Style


class Console:
    """Where a command speaks with its operator.

    out: what is said. stdin: where answers come from. style: Django's colours.
    yes: agree to every question.
    """

    def __init__(self, out: OutputWrapper, stdin: TextIO, style: Style, *, yes: bool) -> None:
        self.out, self._stdin, self.style, self._yes = out, stdin, style, yes

    @property
    def has_operator(self) -> bool:
        """Whether anybody can answer."""
        return self._stdin.isatty()

    @property
    def agrees_to_all(self) -> bool:
        """Whether every question is answered with yes, unasked."""
        return self._yes

    def say(self, text: str) -> None:
        """Write a line, at once."""
        self.out.write(text)
        self.out.flush()

    def confirm(self, question: str) -> bool:
        """Ask for yes or no; no, unless it is a clear yes."""
        if self._yes:
            self.say(f"{question} yes (--yes)")
            return True
        return self._answer(f"{question} [y/N] ") in {"y", "yes"}

    def choose(self, question: str, letters: str, *, otherwise: str) -> str:
        """Ask until the answer begins with one of the letters; `otherwise` at the input's end."""
        while True:
            answer = self._answer(question)
            if not answer:
                return otherwise
            if answer[0] in letters:
                return answer[0]

    def read(self, question: str) -> str:
        """Return the line that is typed, without the space around it."""
        self.out.write(question, ending="")
        self.out.flush()
        return self._stdin.readline().strip()

    def _answer(self, question: str) -> str:
        return self.read(question).lower()

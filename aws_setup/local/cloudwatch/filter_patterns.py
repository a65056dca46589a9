"""The filter patterns of CloudWatch Logs, as far as they are about words or JSON.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import fnmatch
import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Matches = Callable[[str], bool]  # whether a log line matches

_TOKEN = re.compile(
    r"""\s*(?P<token>
        \$(?:\.[\w@-]+|\[\d+\])+ | && | \|\| | != | <= | >= | [=<>()] | "[^"]*" | [^\s()=<>!&|"]+
    )\s*""",
    re.VERBOSE,
)
_NUMERIC = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
_WORDS = re.compile(r'([-?]?)(?:"([^"]*)"|([^\s"{}\[\]%]+))(?:\s+|$)')
_NOT_THERE = object()


class InvalidPattern(Exception):
    """CloudWatch Logs would refuse the pattern, or the embedded AWS does not know its form."""


def compiled(pattern: str) -> Matches:
    """Return what a pattern matches. Raises InvalidPattern."""
    text = pattern.strip()
    if text.startswith("{") and text.endswith("}"):
        return _of_json(text[1:-1])
    return _of_words(text)


def selected(selector: str, line: str) -> Any:
    """Return what a selector such as `$.a.b[0]` finds in a line, or None."""
    found = _found(selector, _parsed(line))
    return None if found is _NOT_THERE else found


def _of_words(text: str) -> Matches:
    """Every word without a sign is in the line, one of those with `?`, none of those with `-`."""
    wanted: dict[str, list[str]] = {"": [], "?": [], "-": []}
    position = 0
    while position < len(text):
        if not (match := _WORDS.match(text, position)):
            raise InvalidPattern(text)
        wanted[match[1]].append(match[2] if match[2] is not None else match[3])
        position = match.end()
    return lambda line: (
        all(word in line for word in wanted[""])
        and (not wanted["?"] or any(word in line for word in wanted["?"]))
        and not any(word in line for word in wanted["-"])
    )


def _of_json(text: str) -> Matches:
    tokens: list[str] = []
    position = 0
    while position < len(text):
        if not (match := _TOKEN.match(text, position)):
            raise InvalidPattern(text)
        tokens.append(match["token"])
        position = match.end()
    parser = _Parser(tokens)
    holds = parser.either()
    if parser.tokens:
        raise InvalidPattern(text)
    return lambda line: (value := _parsed(line)) is not _NOT_THERE and holds(value)


@dataclass
class _Parser:
    """Reads a condition from its tokens: `||` binds less than `&&`."""

    tokens: list[str]

    def either(self) -> Callable[[Any], bool]:
        parts = [self._both()]
        while self._next_is("||"):
            parts.append(self._both())
        return lambda value: any(part(value) for part in parts)

    def _both(self) -> Callable[[Any], bool]:
        parts = [self._one()]
        while self._next_is("&&"):
            parts.append(self._one())
        return lambda value: all(part(value) for part in parts)

    def _one(self) -> Callable[[Any], bool]:
        if self._next_is("("):
            inner = self.either()
            if not self._next_is(")"):
                raise InvalidPattern(")")
            return inner
        selector, comparison = self._take(), self._take().upper()
        if not selector.startswith("$"):
            raise InvalidPattern(selector)
        literal = self._take()
        if comparison == "NOT" and literal.upper() == "EXISTS":
            return lambda value: _found(selector, value) is _NOT_THERE
        if comparison == "IS" and literal.upper() in {"NULL", "TRUE", "FALSE"}:
            constant = json.loads(literal.lower())
            return lambda value: _found(selector, value) is constant
        if comparison not in _NUMERIC:
            raise InvalidPattern(comparison)
        return lambda value: _compares(_found(selector, value), comparison, literal)

    def _next_is(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        self.tokens.pop(0)
        return True

    def _take(self) -> str:
        if not self.tokens:
            raise InvalidPattern("The pattern ends too early.")
        return self.tokens.pop(0)


def _compares(found: Any, comparison: str, literal: str) -> bool:
    """Compare a number with a number, or a text with a text in which `*` stands for anything."""
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return False
    if isinstance(found, int | float):
        try:
            return bool(_NUMERIC[comparison](found, float(literal)))
        except ValueError:
            return False
    escaped = literal.strip('"').replace("[", "[[]").replace("?", "[?]")
    is_equal = fnmatch.fnmatchcase(found, escaped)
    return {"=": is_equal, "!=": not is_equal}.get(comparison, False)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return _NOT_THERE


def _found(selector: str, value: Any) -> Any:
    for name, index in re.findall(r"\.([\w@-]+)|\[(\d+)\]", selector):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return _NOT_THERE
    return value

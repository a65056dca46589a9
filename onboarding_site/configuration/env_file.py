"""Reads the settings file: lines of NAME=value, as `.env.example` explains them.

django-environ reads such files too, but passes over a file that is missing, and over lines that it
does not understand, without a word; here both are refused. What programs read in different ways is
refused as well, since it may not be what was meant.
"""

import codecs
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_LINE = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)")
_QUOTED = {
    "'": re.compile(r"'([^']*)'(?:[ \t]+#.*)?"),
    '"': re.compile(r'"((?:[^"\\]|\\["\\$`])*)"(?:[ \t]+#.*)?'),
}
# To one program a comment, a line that goes on or quotes; to another a part of the value.
_AMBIGUOUS = re.compile(r"^#|[ \t]#|\\$|^[`\u2018\u2019\u201c\u201d\u201e]")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MOST_BYTES = 1_000_000


class SettingsUnusable(ImproperlyConfigured):
    """Some settings are not usable. Each line of the message is one fault, with what to do."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class Assignment:
    """The value that a line of the file gives to a name. number: of the line, from 1."""

    value: str
    number: int


@dataclass(frozen=True, slots=True)
class EnvFile:
    """A settings file as it was read. assignments: by name; empty without a file."""

    path: Path
    assignments: Mapping[str, Assignment]

    def where(self, name: str) -> str:
        """Return where the file sets a name, for a message."""
        return f"{self.path}, line {self.assignments[name].number}"


def read_env_file(environ: Mapping[str, str], folder: Path) -> EnvFile:
    """Read the file that ENV_FILE names, a path under the folder, or else the folder's `.env`.

    Only `.env` may be absent. Raises SettingsUnusable; no message holds a value.
    """
    named = environ.get("ENV_FILE")
    if named is not None and (not named.strip() or not named.isprintable()):
        raise SettingsUnusable(
            "The setting ENV_FILE is empty or holds an invisible character: name a file, or unset"
            " it to read .env. Nothing was done."
        )
    path = folder / (named or ".env")
    file = f"The settings file {path}{' (ENV_FILE)' if named else ''}"
    try:
        text = _decode(_read(path, may_be_absent=named is None))
    except OSError as error:
        hint = "Correct ENV_FILE" if named else "Make it readable, or remove it"
        raise SettingsUnusable(
            f"{file} cannot be read: {error.strerror}. {hint}. Nothing was done."
        ) from error
    except ValueError as error:
        raise SettingsUnusable(f"{file} {error}. Nothing was done.") from error
    assignments, faults = dict[str, Assignment](), list[str]()
    for number, line in _lines(text):
        try:
            _assign(assignments, number, line)
        except ValueError as error:
            faults.append(f"{file}, line {number}: {error}. Nothing was done.")
    if faults:
        raise SettingsUnusable(*faults)
    return EnvFile(path, assignments)


def _read(path: Path, *, may_be_absent: bool) -> bytes:
    if may_be_absent and not os.path.lexists(path):
        return b""
    with path.open("rb") as file:
        return file.read(_MOST_BYTES + 1)


def _decode(raw: bytes) -> str:
    """Return the text; a byte order mark of UTF-8 is no part of it. Raises ValueError."""
    if len(raw) > _MOST_BYTES:
        raise ValueError("is larger than a megabyte, so it is no settings file: name another")
    if raw.startswith(_UTF_16) or b"\0" in raw:
        raise ValueError("is UTF-16 or no text: save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(f"is not UTF-8 in line {number}: save it as UTF-8") from None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line that is neither empty nor a comment."""
    # str.splitlines would end lines at characters that are a part of a value.
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        stripped = line.strip(" \t")
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def _assign(assignments: dict[str, Assignment], number: int, line: str) -> None:
    """Add what the line assigns. Raises ValueError with what is wrong with it."""
    parts = _LINE.fullmatch(line)
    if not parts:
        raise ValueError("it is not NAME=value; correct it, or begin it with #")
    name, text = parts.groups()
    if name in assignments:
        raise ValueError(
            f"{name} is set in line {assignments[name].number} already; remove one of them"
        )
    if name == "ENV_FILE":
        raise ValueError("ENV_FILE has no effect in a settings file; set it in the environment")
    try:
        value = _value(text)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
    if not value.isprintable():
        raise ValueError(f"{name} holds a tab or an invisible character; type the line anew")
    assignments[name] = Assignment(value, number)


def _value(text: str) -> str:
    """Return the value that is written so. Raises ValueError if programs differ about it."""
    if text[:1] not in _QUOTED:
        if _AMBIGUOUS.search(text):
            raise ValueError(
                "has a #, a quote or a backslash that may not belong to its value; put the value in"
                " single quotes (') and a comment in a line of its own"
            )
        return text
    quoted = _QUOTED[text[0]].fullmatch(text)
    if not quoted:
        raise ValueError(
            "has a quote without its partner, something behind it, or a backslash before anything"
            " but \" \\ $ and `; put the value in single quotes (')"
        )
    return quoted[1] if text[0] == "'" else re.sub(r"\\(.)", r"\1", quoted[1])

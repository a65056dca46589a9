"""The forms of the settings' values.

Each function returns what a text means. It raises ValueError with the rest of a sentence that
begins with the setting's name, and ends with what to set instead.
"""

import os
import re
from collections.abc import Callable
from email.utils import formataddr
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

_BOOLEANS = dict.fromkeys(("true", "on", "yes", "y", "ok", "1"), True) | dict.fromkeys(
    ("false", "off", "no", "n", "0"), False
)
_WHOLE = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_HOST = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"
_IPV6 = r"\[[0-9A-Fa-f:.]+\]"
PORT = (  # from 1 to 65535
    ":([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
)
SERVER = rf"({_HOST}|{_IPV6})({PORT})?"  # where a URL connects to
_ALLOWED_HOST = re.compile(rf"\*|\.?{_HOST}|{_IPV6}")
_ORIGIN = re.compile(rf"https?://(\*\.)?{SERVER}")
# A name that holds anything else goes in quotes.
_SENDER = re.compile(
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<name>[^"\\<>,;]*?))\s*<(?P<address>[^<>\s]*)>'
)
# What a shell would put something else in place of.
_REFERENCE = re.compile(r"\$\w+|\$\{.*\}|\$\(.*\)|`.*`")
_SHOWN = 60


def boolean(text: str) -> bool:
    """Return what true or false, on or off, yes or no, 1 or 0 stand for."""
    if (word := text.strip().lower()) in _BOOLEANS:
        return _BOOLEANS[word]
    raise ValueError(f"is {shown(text)}: set true or false")


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return the parser of a whole number in this range."""

    def parse(text: str) -> int:
        if _WHOLE.fullmatch(text.strip()) and low <= int(text) <= high:
            return int(text)
        raise ValueError(f"is {shown(text)}: set a whole number from {low} to {high}")

    return parse


def number(low: float, high: float) -> Callable[[str], float]:
    """Return the parser of a number in this range, with a point before its decimals."""

    def parse(text: str) -> float:
        if _NUMBER.fullmatch(text.strip()) and low <= float(text) <= high:
            return float(text)
        raise ValueError(f"is {shown(text)}: set a number from {low:g} to {high:g}")

    return parse


def named(pattern: str, kind: str, form: str) -> Callable[[str], str]:
    """Return the parser of a name that must match the pattern. kind, form: for its refusal."""

    def parse(text: str) -> str:
        if re.fullmatch(pattern, text.strip()):
            return text.strip()
        raise ValueError(f"is {shown(text)}, which is not {kind}: set {form}")

    return parse


def principal_arn(text: str) -> str:
    """Return the ARN of a role or a user of IAM."""
    if re.fullmatch(r"arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[\w+=.@/-]+", text.strip(), re.ASCII):
        return text.strip()
    raise ValueError(f"is {shown(text)}, which is not the ARN of a role or user: set that ARN")


def email(text: str) -> str:
    """Return an e-mail address."""
    try:
        validate_email(text.strip())
    except ValidationError:
        raise ValueError("is not an e-mail address: set one, such as name@example.com") from None
    if not text.isascii():
        raise ValueError("has letters that mail servers do not take: write its domain as xn--...")
    return text.strip()


def sender(text: str) -> str:
    """Return one e-mail address, or a name with one, in ASCII: `Name <name@example.com>`.

    A name that needs it is put in quotes, or encoded, as Amazon SES does neither.
    https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html
    """
    parts = _SENDER.fullmatch(text.strip())
    if parts is None:
        return email(text)
    address, quoted = email(parts["address"]), parts["quoted"]
    if quoted and quoted.isascii():
        return text.strip()
    return formataddr((re.sub(r"\\(.)", r"\1", quoted or parts["name"] or ""), address))


def time_zone(text: str) -> str:
    """Return the name of a time zone."""
    if text.strip() in available_timezones():
        return text.strip()
    raise ValueError(f"is {shown(text)}, which is not a time zone: set one, such as Europe/Berlin")


def hosts(text: str) -> list[str]:
    """Return the host names of a list, as ALLOWED_HOSTS takes them."""
    return entries(text, _ALLOWED_HOST, "host names, such as example.org,www.example.org")


def origins(text: str) -> list[str]:
    """Return the origins of a list, as CSRF_TRUSTED_ORIGINS takes them."""
    return entries(text, _ORIGIN, "origins without a path, such as https://example.org")


def entries(text: str, form: re.Pattern[str], examples: str) -> list[str]:
    """Return the entries of a list with commas between them, each of this form."""
    found = [entry.strip() for entry in text.split(",") if entry.strip()]
    for entry in found:
        if not form.fullmatch(entry):
            raise ValueError(f"has {shown(entry)} in its list: set {examples}")
    return found


def secret(text: str) -> str:
    """Return a secret as it is. A reference to one is refused, as anybody could guess it."""
    if text.strip() != text:
        raise ValueError("begins or ends with a space or a line break: remove it")
    if _REFERENCE.fullmatch(text):
        raise ValueError("refers to another value, which is not looked up: set the value itself")
    return text


def folder_under(base: Path) -> Callable[[str], str]:
    """Return the parser of a folder's path; a relative one begins at the base."""

    def parse(text: str) -> str:
        path = Path(os.path.normpath(base / plain_path(text.strip())))
        if path in (base, *base.parents):
            raise ValueError(f"is {shown(text)}, which holds the project: set a folder of its own")
        return str(path)

    return parse


def plain_path(text: str) -> str:
    """Return a path that no shell would read as another."""
    if text[:1] in "~'\"" or "$" in text:
        raise ValueError("has a ~, a $ or a quote, which are taken as they are: write the path out")
    return text


def shown(text: str) -> str:
    """Return a value that is no secret, for a message of one line."""
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return repr(short)


def percent_decoded(text: str) -> str:
    """Return a part of a URL with its percent-encoding taken off. Raises ValueError."""
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("has a percent-encoding that is not UTF-8: correct it") from None
    if "\0" in decoded:
        raise ValueError("has a NUL in it: remove the %00")
    return decoded

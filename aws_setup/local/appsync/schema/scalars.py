"""AppSync's own scalars: which values they accept and which they return.

https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html
"""

import ipaddress
import json
import re
from collections.abc import Callable
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from graphql import ConstValueNode, GraphQLScalarType, value_from_ast_untyped

_OFFSET = r"(?:Z|[+-]\d{2}:\d{2}(?::\d{2})?)"
_TIME = re.compile(rf"(\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d{{1,9}})?)?)({_OFFSET})?")
_DATE = re.compile(rf"([+-]?\d{{4,9}}-\d{{2}}-\d{{2}})({_OFFSET})?")
# RFC 822 allows more than anybody uses; quoted local parts are not accepted.
_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\\\]]+@[^\s@.]+(?:\.[^\s@.]+)*")
_PHONE = re.compile(r"\+?\d(?:[ -]?\d){2,14}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _matched(pattern: re.Pattern[str], value: Any) -> re.Match[str]:
    if not (match := pattern.fullmatch(_text(value))):
        raise ValueError
    return match


def _check_date(value: Any) -> str:
    match = _matched(_DATE, value)
    if len(match[1]) == len("2026-01-31"):  # Python's calendar ends with the year 9999
        date.fromisoformat(match[1])
    return match[0]


def _check_time(value: Any) -> str:
    match = _matched(_TIME, value)
    time.fromisoformat(re.sub(r"\.\d+", "", match[1]))
    return match[0]


def _check_datetime(value: Any) -> str:
    day, separator, rest = _text(value).partition("T")
    match = _matched(_TIME, rest)
    # A date-time must have an offset, which belongs to its time and not to its date.
    if not separator or not match[2] or _matched(_DATE, day)[2]:
        raise ValueError
    _check_date(day)
    _check_time(rest)
    return _text(value)


def _check_timestamp(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _check_url(value: Any) -> str:
    url = urlsplit(_text(value))
    if not url.scheme or not url.netloc or "//" in url.path or re.search(r"\s", value):
        raise ValueError
    return _text(value)


def _check_ip_address(value: Any) -> str:
    ipaddress.ip_interface(_text(value))
    return _text(value)


def _parse_json(value: Any) -> Any:
    return json.loads(_text(value))


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "AWSDate": _check_date,
    "AWSTime": _check_time,
    "AWSDateTime": _check_datetime,
    "AWSTimestamp": _check_timestamp,
    "AWSEmail": lambda value: _matched(_EMAIL, value)[0],
    "AWSJSON": _parse_json,
    "AWSURL": _check_url,
    "AWSPhone": lambda value: _matched(_PHONE, value)[0],
    "AWSIPAddress": _check_ip_address,
}

NAMES = tuple(_CHECKS)


def install(scalar: GraphQLScalarType) -> None:
    """Make a scalar that the schema only declares behave as AppSync's scalar of that name."""
    check = _CHECKS[scalar.name]

    def parse_value(value: Any) -> Any:
        try:
            return check(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"not a valid {scalar.name}") from error

    def parse_literal(node: ConstValueNode) -> Any:
        return parse_value(value_from_ast_untyped(node))

    def serialize(value: Any) -> Any:
        if scalar.name == "AWSJSON":
            return json.dumps(value)
        try:
            return check(value)
        except (TypeError, ValueError) as error:
            message = f"Unable to serialize `{value}` as a valid {scalar.name}."
            raise ValueError(message) from error

    scalar.coerce_input_value = parse_value
    scalar.coerce_input_literal = parse_literal
    scalar.coerce_output_value = serialize

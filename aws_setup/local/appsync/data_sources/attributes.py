"""Converts attribute values between the typed JSON of a request, boto3's shapes and plain JSON.

https://docs.aws.amazon.com/appsync/latest/devguide/js-resolver-reference-dynamodb.html, "Type
system (request mapping)" and "Type system (response mapping)".
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from aws_setup.local.appsync.errors import FieldFailed


def to_dynamodb(value: Any) -> dict[str, Any]:
    """Return one typed value in boto3's shape. Raises FieldFailed if it is not a typed value."""
    if isinstance(value, dict) and len(value) == 1:
        kind, content = next(iter(value.items()))
        if kind in _TO_DYNAMODB:
            try:
                return {kind: _TO_DYNAMODB[kind](content)}
            except (TypeError, ValueError, binascii.Error) as error:
                raise _no_value(value) from error
    raise _no_value(value)


def to_item(members: Any) -> dict[str, Any]:
    """Return typed values, by their names, in boto3's shape. Raises FieldFailed."""
    if not isinstance(members, dict):
        raise _no_value(members)
    return {name: to_dynamodb(value) for name, value in members.items()}


def from_dynamodb(value: Mapping[str, Any]) -> Any:
    """Return one of boto3's typed values as plain JSON: a set as a list, bytes in base64."""
    kind, content = next(iter(value.items()))
    return _FROM_DYNAMODB[kind](content)


def from_item(item: Mapping[str, Any] | None) -> Any:
    """Return an item as a plain object, or None if there is no item."""
    return None if item is None else {name: from_dynamodb(value) for name, value in item.items()}


def _digits(value: Any) -> str:
    if isinstance(value, bool):
        raise TypeError
    return str(value)


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _no_value(value: Any) -> FieldFailed:
    shown = sorted(value) if isinstance(value, dict) else type(value).__name__
    message = f"Unable to read an attribute value of DynamoDB: {shown} is no {{type: value}} pair."
    return FieldFailed(message, "MappingTemplate")


def _exactly(kind: type) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError
        return value

    return convert


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    return lambda values: [convert(value) for value in values]


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


_text, _boolean = _exactly(str), _exactly(bool)

_TO_DYNAMODB: dict[str, Callable[[Any], Any]] = {
    "S": _text,
    "N": _digits,  # resolvers give numbers as numbers, DynamoDB expects them as text
    "B": _bytes,
    "BOOL": _boolean,
    "NULL": lambda _value: True,
    "SS": _each(_text),
    "NS": _each(_digits),
    "BS": _each(_bytes),
    "L": _each(to_dynamodb),
    "M": to_item,
}

_FROM_DYNAMODB: dict[str, Callable[[Any], Any]] = {
    "S": _text,
    "N": _number,
    "B": _base64,
    "BOOL": _boolean,
    "NULL": lambda _value: None,
    "SS": _each(_text),
    "NS": _each(_number),
    "BS": _each(_base64),
    "L": _each(from_dynamodb),
    "M": from_item,
}

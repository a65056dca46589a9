"""The errors in AppSync's answers, as exceptions and in the shape in which clients get them."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, SourceLocation

from aws_setup.local.appsync.javascript.engine import ScriptError


class RequestRefused(Exception):
    """The whole request is answered with an HTTP error: `errorType` and `message`, no data."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        self.status, self.error_type, self.message = status, error_type, message
        super().__init__(message)


class Invalid(Exception):
    """The operation is not executed because of these errors, which are in AppSync's shape."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        self.errors = errors
        super().__init__("; ".join(str(error["message"]) for error in errors))


class FieldFailed(Exception):
    """One field becomes null and has this error; the other fields are still resolved."""

    def __init__(
        self, message: str, error_type: str | None, data: Any = None, error_info: Any = None
    ) -> None:
        self.message, self.error_type = message, error_type
        self.data, self.error_info = data, error_info
        super().__init__(message)


class DataSourceFailed(Exception):
    """A data source answered with an error, which the response handler sees as ctx.error."""

    def __init__(self, message: str, error_type: str, result: Any = None) -> None:
        self.message, self.error_type, self.result = message, error_type, result
        super().__init__(message)


def unauthorized(type_name: str, field_name: str) -> FieldFailed:
    """Return the error for a field that the caller may not access."""
    message = f"Not Authorized to access {field_name} on type {type_name}"
    return FieldFailed(message, "Unauthorized")


def from_script(error: ScriptError, type_name: str, field_name: str) -> FieldFailed:
    """Return a handler's error as the error of its field."""
    if error.message is None:
        return unauthorized(type_name, field_name)
    return FieldFailed(error.message, error.error_type, error.data, error.error_info)


def render(
    error: FieldFailed, path: Sequence[str | int], location: SourceLocation
) -> dict[str, Any]:
    """Return a field's error in AppSync's shape."""
    return {
        "path": list(path),
        "data": error.data,
        "errorType": error.error_type,
        "errorInfo": error.error_info,
        "locations": [_location(location)],
        "message": error.message,
    }


def render_invalid(error: GraphQLError, message: str) -> dict[str, Any]:
    """Return an error in the document itself; AppSync gives such an error no type.

    https://github.com/aws-amplify/learn/issues/417 shows one.
    """
    locations = [_location(location) for location in error.locations or []]
    return {"path": None, "locations": locations, "message": message}


def render_value(path: Sequence[str | int], message: str) -> dict[str, Any]:
    """Return an error in a value that a resolver returned; AppSync gives it no location."""
    return {"path": list(path), "locations": None, "message": message}


def dotted(path: Sequence[str | int]) -> str:
    """Return a path in the form of AppSync's messages: `/listTodos/items[0]/id`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f"/{key}" for key in path)


def _location(location: SourceLocation) -> dict[str, Any]:
    return {"line": location.line, "column": location.column, "sourceName": None}

"""Reads what a request handler returned, and names any element that is missing or unknown."""

from collections.abc import Mapping
from typing import Any, Self

from aws_setup.local.appsync.errors import FieldFailed

_ERROR_TYPE = "MappingTemplate"


class Elements:
    """The members of one object of a request; a member that nobody asks for is an error.

    AppSync names an element by its path, such as `$[condition][expression]`:
    https://github.com/aws/aws-appsync-community/issues/110
    """

    def __init__(self, members: Mapping[str, Any], path: str = "$") -> None:
        self.members, self._path = members, path
        self._asked: set[str] = set()

    @classmethod
    def of(cls, request: Any) -> Self:
        """Read a whole request. Raises FieldFailed if it is not an object."""
        if not isinstance(request, dict):
            raise FieldFailed("The request handler did not return an object.", _ERROR_TYPE)
        return cls(request)

    def optional(self, name: str) -> Any:
        """Return a member, or None if it is missing."""
        self._asked.add(name)
        return self.members.get(name)

    def required(self, name: str) -> Any:
        """Return a member. Raises FieldFailed if it is missing."""
        value = self.optional(name)
        if value is None:
            raise FieldFailed(f"Value for field '{self._path}[{name}]' not found.", _ERROR_TYPE)
        return value

    def object(self, name: str) -> "Elements":
        """Return a member that is an object, or an empty one if it is missing."""
        value = self.optional(name)
        if value is not None and not isinstance(value, dict):
            raise FieldFailed(f"'{self._path}[{name}]' is not an object.", _ERROR_TYPE)
        return Elements(value or {}, f"{self._path}[{name}]")

    def unsupported(self, element: str) -> FieldFailed:
        """Return the error for an element that is not allowed, such as `[headers][host]`."""
        return FieldFailed(f"Unsupported element '{self._path}{element}'.", _ERROR_TYPE)

    def done(self) -> None:
        """Raise FieldFailed if there is a member that nobody asked for."""
        for name in self.members:
            if name not in self._asked:
                raise self.unsupported(f"[{name}]")


def not_supported(what: str) -> FieldFailed:
    """Return the error for a feature of AppSync that the embedded AWS lacks."""
    return FieldFailed(f"{what} is not supported by the embedded AWS.", "NotSupported")

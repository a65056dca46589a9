"""Values of our own types in Django's cache, which gets nothing but JSON's types.

So a server that processes share need not hold pickles, which could run code in the site.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from django.core.cache import BaseCache
from django.core.cache import cache as usual_cache
from django.db import connections

Value = TypeVar("Value")

UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


class TypedCache(Generic[Value]):
    """The values of one type in the cache.

    kind: str, int, bool, datetime, an enumeration, a data class of such, or a tuple, a sequence, a
    mapping from texts or an optional value of these. A value that is none, as another release of
    the site or somebody else wrote it, counts as not there.
    """

    def __init__(self, kind: type[Value], cache: BaseCache = usual_cache) -> None:
        self._kind, self._cache = kind, cache

    def get(self, key: str) -> Value | None:
        """Return a value, or None."""
        return self.get_many([key]).get(key)

    def get_many(self, keys: Iterable[str]) -> dict[str, Value]:
        """Return the values that there are, by key."""
        found = dict[str, Value]()
        for key, plain in self._cache.get_many(list(keys)).items():
            try:
                found[key] = from_plain(self._kind, plain)
            except UNREADABLE:
                continue
        return found

    def set(self, key: str, value: Value, seconds: float) -> None:
        """Keep a value for so long."""
        self._cache.set(key, to_plain(value), seconds)

    def set_many(self, values: Mapping[str, Value], seconds: float) -> None:
        """Keep values for so long."""
        self._cache.set_many({key: to_plain(each) for key, each in values.items()}, seconds)


def to_plain(value: Any) -> Any:
    """Return a value in JSON's types."""
    if dataclasses.is_dataclass(value):
        return {
            each.name: to_plain(getattr(value, each.name)) for each in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value


def from_plain(kind: Any, plain: Any) -> Any:
    """Return what `to_plain` made plain. Raises one of UNREADABLE for anything else."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        [inner] = [each for each in arguments if each is not type(None)]
        return None if plain is None else from_plain(inner, plain)
    if origin in {tuple, Sequence}:
        return tuple(from_plain(arguments[0], each) for each in _checked(list, plain))
    if origin is Mapping:
        items = _checked(dict, plain).items()
        return {_checked(str, key): from_plain(arguments[1], each) for key, each in items}
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        names = [each.name for each in dataclasses.fields(kind)]
        return kind(**{name: from_plain(hints[name], plain[name]) for name in names})  # type: ignore[operator]
    if issubclass(kind, Enum):
        return kind(plain)
    return datetime.fromisoformat(plain) if kind is datetime else _checked(kind, plain)


def _checked(kind: type[Value], plain: Any) -> Value:
    if type(plain) is not kind:
        raise TypeError(kind)
    return plain


@contextmanager
def no_connection_left() -> Iterator[None]:
    """Close the connections that this thread has opened, for threads that serve no request.

    A cache in the database opens one in each thread, and only the end of a request looks after it.
    """
    try:
        yield
    finally:
        connections.close_all()

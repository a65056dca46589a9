"""Django's cache on Redis or Valkey, without which pages go on.

What is in the cache can be read again from AWS, so a page does not fail for want of it. While the
server does not answer, nothing is found and nothing is kept.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from django.utils.functional import cached_property
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
SILENT_SECONDS = 5.0  # how long a server that failed is left alone, as each try may take a second


class ForgivingRedisCache(RedisCache):
    """A cache in which nothing is found while its server does not answer.

    A value that cannot be read, as another release or somebody else has written it, is not found
    either.
    """

    _clients: ClassVar[dict[str, Any]] = {}  # of the whole process, by the server
    _silent_until: ClassVar[float] = 0.0  # seconds on the monotonic clock; of the whole process

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._location = server

    @cached_property
    def _cache(self) -> Any:
        """Return the client, with its connections. Django would make one in each thread."""
        return self._clients.setdefault(self._location, super()._cache)

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> bool:
        """Store a value if there is none; a cache that is gone counts as one without it."""
        return self._or(True, lambda: RedisCache.add(self, key, value, timeout, version))

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        """Return a value, or the default."""
        return self._or(default, lambda: RedisCache.get(self, key, default, version))

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> None:
        """Store a value."""
        self._or(None, lambda: RedisCache.set(self, key, value, timeout, version))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """Keep a value for longer; return whether there is one."""
        return self._or(False, lambda: RedisCache.touch(self, key, timeout, version))

    def delete(self, key: Any, version: Any = None) -> bool:
        """Remove a value; return whether there was one."""
        return self._or(False, lambda: RedisCache.delete(self, key, version))

    def get_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        """Return the values that there are, by key."""
        keys = list(keys)
        if not keys:
            return {}
        return self._or({}, lambda: RedisCache.get_many(self, keys, version))

    def has_key(self, key: Any, version: Any = None) -> bool:
        """Return whether there is a value."""
        return self._or(False, lambda: RedisCache.has_key(self, key, version))

    def set_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> list[Any]:
        """Store values; return the keys that were not stored."""
        if not data:
            return []
        values = dict(data)
        return self._or(
            list(values), lambda: RedisCache.set_many(self, values, timeout, version) or []
        )

    def delete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        """Remove values."""
        keys = list(keys)
        if keys:
            self._or(None, lambda: RedisCache.delete_many(self, keys, version))

    def _or(self, without: Answer, ask: Callable[[], Answer]) -> Answer:
        if time.monotonic() < ForgivingRedisCache._silent_until:
            return without
        try:
            return ask()
        except ValueError:  # no JSON
            return without
        except (RedisError, OSError) as error:
            ForgivingRedisCache._silent_until = time.monotonic() + SILENT_SECONDS
            # Without its words, which may have an address in them.
            logger.warning(
                "The cache does not answer (%s), so pages read from AWS what it would have. The"
                " site asks it again in %g seconds.",
                type(error).__name__,
                SILENT_SECONDS,
            )
            return without

"""A cache that processes share, on a server of the test's own."""

from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.test import override_settings

from onboarding_site.storage.cache_url import cache
from tests.servers.redis import Redis, redis


@pytest.fixture
def redis_server() -> Iterator[Redis]:
    """A server of Redis or Valkey."""
    with redis() as server:
        yield server


@pytest.fixture
def shared_cache(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseCache]:
    """The cache of a site whose CACHE_URL names the server."""
    from onboarding_site.storage.redis_cache import ForgivingRedisCache

    monkeypatch.setattr(ForgivingRedisCache, "_silent_until", 0.0)
    entry = cache(redis_server.url) | {"KEY_PREFIX": "eu-central-1:onboarding-test"}
    with override_settings(CACHES={"default": entry}):
        yield caches["default"]

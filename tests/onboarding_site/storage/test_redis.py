"""The cache and the rate of retries on a server that processes share, and without it."""

import logging
from typing import Any

import pytest

from onboarding_site.storage.redis_cache import SILENT_SECONDS, ForgivingRedisCache
from tests.businesses.retry.rate.takers import most_in_a_second, rate_of, taken_by_processes
from tests.servers.redis import Redis

pytestmark = pytest.mark.redis


def test_a_value_is_json_that_another_process_reads(shared_cache: Any) -> None:
    shared_cache.set("key", {"a": [1, None, "ü"]}, 10)
    assert shared_cache.get("key") == {"a": [1, None, "ü"]}
    [name] = shared_cache._cache.get_client().keys()
    assert name == b"eu-central-1:onboarding-test:1:key"
    assert shared_cache._cache.get_client().get(name) == b'{"a":[1,null,"\\u00fc"]}'


def test_what_a_stranger_wrote_is_not_there(shared_cache: Any) -> None:
    shared_cache._cache.get_client().set(shared_cache.make_key("key"), b"\x80\x04cposix\nsystem\n.")
    assert shared_cache.get("key", "nothing") == "nothing"
    assert shared_cache.get_many(["key"]) == {}


def test_a_cache_that_is_gone_has_nothing_and_fails_nothing(
    shared_cache: Any,
    redis_server: Redis,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared_cache.set("key", 1, 10)
    redis_server.stop()
    with caplog.at_level(logging.WARNING):
        assert shared_cache.get("key") is None
        assert shared_cache.get_many(["key"]) == {}
        assert shared_cache.add("key", 2) is True
        assert shared_cache.set("key", 2) is None
        assert shared_cache.set_many({"key": 2}) == ["key"]
        assert shared_cache.delete("key") is False
        assert shared_cache.delete_many(["key"]) is None
        assert shared_cache.has_key("key") is False
        assert shared_cache.touch("key") is False
    [told] = caplog.messages
    assert told.startswith("The cache does not answer (ConnectionError)")
    assert f"{SILENT_SECONDS:g} seconds" in told
    redis_server.start()
    monkeypatch.setattr(ForgivingRedisCache, "_silent_until", 0.0)  # as after that time
    shared_cache.set("key", 3, 10)
    assert shared_cache.get("key") == 3


def test_processes_share_one_rate(redis_server: Redis) -> None:
    variables = {"CACHE_URL": redis_server.url, "RETRY_RATE_PER_SECOND": "20"}
    times = taken_by_processes(variables, seconds=3, number=3)
    together = [each for some in times for each in some]
    assert most_in_a_second(together) <= 20
    assert rate_of(together) > 0.3 * 20
    assert all(len(some) > 1 for some in times)

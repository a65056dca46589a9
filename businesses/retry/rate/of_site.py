"""The rate of retries that the settings allow, and where its turns are."""

from django.conf import settings
from django.db import connection

from businesses.concurrency.turns import EvenRate, Rate
from businesses.retry.rate.in_database import TurnsInDatabase
from businesses.retry.rate.shared import SharedRate, Store

OF_CACHE = "serializer"  # the option that is the cache's and not its connection's


def site_rate() -> Rate:
    """Return the rate of the whole site; one for each process.

    Its turns are in the server of CACHE_URL, or else in the database. A database in memory has no
    other process.
    """
    per_second = settings.RETRY_RATE_PER_SECOND
    is_sqlite = connection.vendor == "sqlite"
    if is_sqlite and connection.is_in_memory_db():  # type: ignore[attr-defined] # SQLite's has it
        return EvenRate(per_second)
    return SharedRate(_store(per_second), EvenRate(per_second / settings.RETRY_WORKERS))


def _store(per_second: float) -> Store:
    key = f"{settings.AWS_REGION}:{settings.BACKEND_STACK_NAME}:retry-turns"
    cache = settings.CACHES["default"]
    if not str(cache.get("LOCATION", "")).startswith(("redis://", "rediss://")):
        return TurnsInDatabase(key, per_second)
    from businesses.retry.rate.in_redis import TurnsInRedis  # which only some sites install

    options = {name: value for name, value in cache["OPTIONS"].items() if name != OF_CACHE}
    return TurnsInRedis(cache["LOCATION"], options, key, per_second)

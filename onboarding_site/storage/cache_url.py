"""Reads CACHE_URL, which may hold a password, so no message here shows any of it."""

import re
from typing import Any

from onboarding_site.configuration.packages import require_package
from onboarding_site.configuration.values import percent_decoded

DATABASE = "django.core.cache.backends.db.DatabaseCache"
LOCAL = "django.core.cache.backends.locmem.LocMemCache"
SHARED = "onboarding_site.storage.redis_cache.ForgivingRedisCache"
MOST_ENTRIES = 10_000  # of what a process, or a table, keeps
# So that no page waits long for a server that is gone; one that is there takes about 1 ms.
ANSWER_SECONDS = 0.5
# A connection that was idle for so long is tried before it is used.
IDLE_SECONDS = 30

_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
_URL = re.compile(
    r"(?P<scheme>redis|valkey)(?P<tls>s?)://"
    rf"(?:(?P<user>{_CHARACTER}*)(?::(?P<password>(?:{_CHARACTER}|:)+))?@)?"
    r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/(?P<number>[0-9]{0,5}))?"
)
_HIGHEST_PORT = 65535


def cache(text: str) -> dict[str, Any]:
    """Return an entry of Django's CACHES: a server's, or the table's if the text is "database".

    The credentials are apart from the address, as Django's page about an error shows the latter.
    Raises ValueError.
    """
    url = text.strip()
    if url == "database":
        return {
            "BACKEND": DATABASE,
            "LOCATION": "django_cache",
            "OPTIONS": {"MAX_ENTRIES": MOST_ENTRIES},
        }
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(
            "is no URL of a cache that this site can use: set redis://:password@host:6379/0,"
            " rediss:// for TLS, valkey://, or the word database, and percent-encode what a URL"
            " reserves, such as / ? # @ and % in a password"
        )
    if match["port"] and not 1 <= int(match["port"]) <= _HIGHEST_PORT:
        raise ValueError(f"has a port that is not from 1 to {_HIGHEST_PORT}: correct it")
    require_package("redis")
    return _server(match)


def own_cache() -> dict[str, Any]:
    """Return the entry of CACHES for a cache in the memory of each process."""
    return {"BACKEND": LOCAL, "OPTIONS": {"MAX_ENTRIES": MOST_ENTRIES}}


def _server(match: re.Match[str]) -> dict[str, Any]:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    given = {"username": match["user"], "password": match["password"]}
    return {
        "BACKEND": SHARED,
        "LOCATION": (
            f"redis{match['tls']}://{match['host']}:{match['port'] or 6379}/{match['number'] or 0}"
        ),
        "OPTIONS": {
            **{name: percent_decoded(value) for name, value in given.items() if value},
            "socket_connect_timeout": ANSWER_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
            "health_check_interval": IDLE_SECONDS,
            # Once more at once, as the server may have closed the connection.
            "retry": Retry(NoBackoff(), 1),
            # Not pickles, with which whoever can write to the cache could run code in the site.
            "serializer": "django.core.signing.JSONSerializer",
        },
    }

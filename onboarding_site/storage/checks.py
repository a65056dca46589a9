"""What Django's system checks say about a database or a cache that several processes need.

A site with DEBUG is served by the one process of `runserver`.
"""

from typing import Any

from django.conf import settings
from django.core import checks

from onboarding_site.storage.cache_url import LOCAL

SQLITE = "django.db.backends.sqlite3"


def check_storage(**_: Any) -> list[checks.CheckMessage]:
    """Warn if WEB_CONCURRENCY asks for processes that share no database server or no cache."""
    workers = settings.WEB_CONCURRENCY
    found = list[checks.CheckMessage]()
    if settings.DEBUG or workers == 1:
        return found
    if settings.DATABASES["default"]["ENGINE"] == SQLITE:
        found.append(
            checks.Warning(
                f"{workers} processes serve the site (WEB_CONCURRENCY), and write to a file of"
                " SQLite one after another.",
                hint="Set DATABASE_URL to a database of PostgreSQL, or WEB_CONCURRENCY=1.",
                id="storage.W001",
            )
        )
    if settings.CACHES["default"]["BACKEND"] == LOCAL:
        found.append(
            checks.Warning(
                f"{workers} processes serve the site (WEB_CONCURRENCY), and each has a cache of its"
                " own: a reload may show older numbers, and what staff did only after minutes.",
                hint="Set CACHE_URL to a server of Redis or Valkey, or to the word database; or set"
                " WEB_CONCURRENCY=1.",
                id="storage.W002",
            )
        )
    return found

"""A database file of its own for a test, in place of the one in memory."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from onboarding_site.configuration.database import database_under
from onboarding_site.settings import BASE_DIR

ALIAS = "default"


@contextmanager
def used(database: Path, query: str = "") -> Iterator[None]:
    """Let every thread use this database, as a site does whose DATABASE_URL names it."""
    before, settings = connections[ALIAS], connections.settings[ALIAS]
    entry = {ALIAS: database_under(BASE_DIR)(f"sqlite:///{database}{query}")}
    connections.settings[ALIAS] = connections.configure_settings(entry)[ALIAS]
    del connections[ALIAS]
    try:
        yield
    finally:
        connections[ALIAS].close()
        connections.settings[ALIAS], connections[ALIAS] = settings, before


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Path:
    """A database file as `migrate` makes it, which tests copy and leave as it is."""
    database = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    with django_db_blocker.unblock(), used(database):
        call_command("migrate", verbosity=0)
    return database


@pytest.fixture
def database_file(
    migrated: Path, tmp_path: Path, django_db_blocker: Any
) -> Iterator[Callable[[str], Path]]:
    """Return a function that makes every thread use a migrated file, with a query for its URL."""
    file = tmp_path / "site" / "db.sqlite3"
    file.parent.mkdir()
    shutil.copy(migrated, file)
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def use(query: str) -> Path:
            stack.enter_context(used(file, query))
            return file

        yield use

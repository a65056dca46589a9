"""Every page while the site's database is locked, gone or not set up."""

import logging
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from onboarding_site.observation.access import logger as access_log
from tests.harness.counts import count
from tests.processes import manage

UseFile = Callable[[str], Path]
PASSWORD = "correct horse"


def addresses(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Yield an address of every pattern of the site."""
    for pattern in resolver.url_patterns:
        route = re.sub(r"\(\?P<\w+>(\w*).*?\)|<[^>]+>", r"\g<1>1", str(pattern.pattern))
        route = prefix + route.strip("^$").replace("auth1", "auth").replace("\\Z", "")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route


ADDRESSES = sorted(set(addresses(get_resolver())) - {"/"})


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file."""
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("PRAGMA journal_mode=DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def without_file(file: Path) -> Iterator[None]:
    file.unlink()
    yield


@contextmanager
def without_folder(file: Path) -> Iterator[None]:
    shutil.rmtree(file.parent)
    yield


@contextmanager
def overwritten(file: Path) -> Iterator[None]:
    file.write_bytes(b"no database" * 1000)
    yield


OUTAGES = (locked, without_file, without_folder, overwritten)


def logged_in() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    connection.close()
    return client


def test_the_addresses_are_those_of_the_site() -> None:
    assert {"/admin/", "/admin/login/", "/admin/auth/user/1/change/"} <= set(ADDRESSES)
    assert {"/admin/businesses/business/", "/admin/businesses/onboarding/retry/"} <= set(ADDRESSES)
    assert len(ADDRESSES) > 30


# DEBUG changes what is shown of any error alike, so that one outage tells.
@pytest.mark.parametrize(
    ("outage", "debug"),
    [
        *((outage, False) for outage in OUTAGES),
        (locked, True),
        *(pytest.param(outage, True, marks=pytest.mark.long) for outage in OUTAGES[1:]),
    ],
)
def test_every_page_says_so_plainly(
    outage: Callable[[Path], Any], debug: bool, database_file: UseFile
) -> None:
    file = database_file("?timeout=0.01")
    staff = logged_in()
    tried = 0
    with override_settings(DEBUG=debug), outage(file):
        for address in ADDRESSES:
            for send in (staff.get, staff.post):
                page = send(address)
                assert page.status_code == 503, address
                assert "database cannot be used" in page.content.decode()
                assert "tell whoever runs this site" in page.content.decode()
                connection.close()
                tried += 1
    count("pages without a database", tried)


@pytest.mark.parametrize("outage", OUTAGES)
def test_nobody_is_asked_for_a_login_that_cannot_work(
    outage: Callable[[Path], Any], database_file: UseFile
) -> None:
    file = database_file("?timeout=0.01")
    connection.close()
    with outage(file):
        assert Client().get("/admin/login/").status_code == 503
        form = {"username": "root", "password": PASSWORD}
        assert Client().post("/admin/login/", form).status_code == 503


def test_a_session_that_cannot_be_saved_is_no_failure_of_the_site(database_file: UseFile) -> None:
    file = database_file("?timeout=0.01")
    staff = logged_in()
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")  # others may read, as with WAL, but not write
        assert staff.get("/admin/auth/user/").status_code == 200
        assert staff.post("/admin/logout/").status_code == 503
    assert staff.post("/admin/logout/").status_code == 200


def test_the_cause_is_logged_once(database_file: UseFile, caplog: pytest.LogCaptureFixture) -> None:
    file = database_file("?timeout=0.01")
    staff = logged_in()
    caplog.clear()
    with locked(file), caplog.at_level(logging.WARNING):
        staff.get("/admin/auth/user/?q=maria@example.com")
    [record] = (each for each in caplog.records if each.name == access_log.name)
    assert record.levelno == logging.ERROR
    assert "database is locked. Check DATABASE_URL" in record.getMessage()
    assert "maria" not in caplog.text


@pytest.mark.parametrize("command", [("migrate",), ("createsuperuser", "--noinput")])
def test_a_command_ends_with_one_line(command: tuple[str, ...], tmp_path: Path) -> None:
    variables = {"DATABASE_URL": f"sqlite:///{tmp_path}/gone/db.sqlite3"}
    done = manage(*command, variables=variables)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "unable to open database file. Check DATABASE_URL" in line


def test_a_driver_that_is_not_installed_is_named() -> None:
    done = manage("check", variables={"DATABASE_URL": "mysql://user:hunter2@host/name"})
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("Error loading MySQLdb module, which the DATABASE_URL needs")

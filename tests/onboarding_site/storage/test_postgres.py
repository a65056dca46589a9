"""The site on PostgreSQL: what tests of SQLite's file show, and what only a server does."""

import io
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client, override_settings

from businesses.models import HistoryEntry
from onboarding_site.configuration.database import database_under
from onboarding_site.wsgi import application
from tests.businesses.retry.rate.takers import most_in_a_second, rate_of, taken_by_processes
from tests.onboarding_site.test_database_outage import ADDRESSES, PASSWORD, logged_in
from tests.onboarding_site.test_two_at_once import LINES, WORKER
from tests.processes import REPOSITORY, environment, manage
from tests.servers.postgres import Postgres, postgres

pytestmark = pytest.mark.postgres
ALIAS = "default"


@contextmanager
def used(url: str) -> Iterator[None]:
    """Let every thread use this database, as a site does whose DATABASE_URL names it."""
    before, settings = connections[ALIAS], connections.settings[ALIAS]
    entry = {ALIAS: database_under(REPOSITORY)(url)}
    connections.settings[ALIAS] = connections.configure_settings(entry)[ALIAS]
    del connections[ALIAS]
    try:
        yield
    finally:
        connections[ALIAS].close()
        connections.settings[ALIAS], connections[ALIAS] = settings, before


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def site(server: Postgres, django_db_blocker: Any) -> Iterator[Postgres]:
    """A migrated database on a server that the test may stop."""
    with django_db_blocker.unblock(), used(server.url):
        call_command("migrate", verbosity=0)
        User.objects.all().delete()
        HistoryEntry.objects.all()._raw_delete(ALIAS)
        yield server


@contextmanager
def stopped(server: Postgres, how: str) -> Iterator[None]:
    server.stop(how)
    try:
        yield
    finally:
        server.start()


def get(address: str, cookie: str = "") -> str:
    """Return the status with which the WSGI server is answered, with Django's signals."""
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "localhost"}
    environ |= {"HTTP_COOKIE": cookie, "wsgi.input": io.BytesIO()}
    setup_testing_defaults(environ)
    found: list[str] = []

    def start_response(status: str, *_: object) -> Callable[[bytes], None]:
        found.append(status)
        return lambda _body: None

    answer = application(environ, start_response)
    b"".join(answer)
    answer.close()  # type: ignore[attr-defined]
    return found[0]


@pytest.mark.parametrize("how", ["fast", "immediate"])
@pytest.mark.parametrize("debug", [False, True])
def test_every_page_says_so_plainly_while_the_server_is_gone(
    site: Postgres, how: str, debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    staff = logged_in()
    with override_settings(DEBUG=debug), stopped(site, how), caplog.at_level(logging.WARNING):
        for address in ADDRESSES:
            for send in (staff.get, staff.post):
                page = send(address)
                assert page.status_code == 503, address
                assert "database cannot be used" in page.content.decode()
                connection.close()
        form = {"username": "root", "password": PASSWORD}
        assert Client().get("/admin/login/").status_code == 503
        assert Client().post("/admin/login/", form).status_code == 503
    assert "Check DATABASE_URL, and the server" in caplog.text
    assert site.url.split("@")[0] not in caplog.text
    assert staff.get("/admin/auth/user/").status_code == 200


def test_a_connection_that_the_server_closed_is_opened_anew(site: Postgres) -> None:
    cookie = "; ".join(f"{name}={each.value}" for name, each in logged_in().cookies.items())
    address = "/admin/auth/user/"
    assert get(address, cookie) == "200 OK"
    before = connection.connection
    assert get(address, cookie) == "200 OK"
    assert connection.connection is before
    with stopped(site, "fast"):
        pass
    assert get(address, cookie) == "200 OK"
    assert connection.connection is not before


def test_processes_can_all_write_their_lines_at_once(site: Postgres) -> None:
    User.objects.create_user("sally", pk=1)
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c"]
    workers = [
        subprocess.Popen(
            [*command, WORKER.format(lines=LINES)],
            cwd=REPOSITORY,
            env=environment({"DATABASE_URL": site.url}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    outputs = [
        (worker.communicate("go\n", timeout=120)[1], worker.returncode) for worker in workers
    ]
    assert outputs == [("", 0)] * len(workers)
    assert HistoryEntry.objects.count() == LINES * len(workers)


def test_processes_share_one_rate(site: Postgres) -> None:
    variables = {"DATABASE_URL": site.url, "RETRY_RATE_PER_SECOND": "20"}
    times = taken_by_processes(variables, seconds=3, number=3)
    together = [each for some in times for each in some]
    assert most_in_a_second(together) <= 20
    assert rate_of(together) > 0.3 * 20


def test_migrate_creates_the_table_of_a_cache_in_the_database(site: Postgres) -> None:
    variables = {"DATABASE_URL": site.url, "CACHE_URL": "database"}
    for _ in range(2):
        done = manage("migrate", variables=variables)
        assert done.returncode == 0, done.stderr
    assert "django_cache" in connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE django_cache")


def test_the_site_can_go_back_before_the_history_and_forth_again(site: Postgres) -> None:
    for target in (("businesses", "0003_onboarding"), ()):
        done = manage("migrate", *target, variables={"DATABASE_URL": site.url})
        assert done.returncode == 0, done.stderr


def test_a_wrong_password_ends_a_command_with_one_line_without_it(server: Postgres) -> None:
    url = re.sub(r":[^:@]+@", ":hunter2@", server.url)
    done = manage("migrate", variables={"DATABASE_URL": url})
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "password authentication failed" in line
    assert "hunter2" not in line

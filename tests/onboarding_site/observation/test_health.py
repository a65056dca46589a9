"""What load balancers and the container's own check are told."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings

from onboarding_site.observation.readiness import Problem, Readiness

UseFile = Callable[[str], Path]
BOTH = ["/healthz", "/readyz"]


@pytest.mark.parametrize("address", BOTH)
@pytest.mark.parametrize("prefix", ["", "/onboarding"])
@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["example.org"])
def test_they_answer_any_host_over_plain_http_without_a_cookie(
    address: str, prefix: str, database_file: UseFile
) -> None:
    database_file("")
    client = Client(SERVER_NAME="10.0.0.7", SCRIPT_NAME=prefix)
    client.cookies["sessionid"] = "unknown"
    answer = client.get(address)
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Content-Type"] == "text/plain"
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert client.get("/admin/", SERVER_NAME="10.0.0.7").status_code in {301, 400}


@pytest.mark.parametrize("address", BOTH)
def test_other_methods(address: str, database_file: UseFile) -> None:
    database_file("")
    head = Client().head(address)
    assert (head.status_code, head.content) == (200, b"")
    post = Client(enforce_csrf_checks=True).post(address)
    assert (post.status_code, post["Allow"]) == (405, "GET, HEAD")


def test_alive_asks_no_database(database_file: UseFile) -> None:
    file = database_file("")
    connection.close()
    file.unlink()
    file.parent.rmdir()
    assert Client().get("/healthz").status_code == 200


def test_not_ready_without_its_database(
    database_file: UseFile, caplog: pytest.LogCaptureFixture
) -> None:
    file = database_file("")
    connection.close()
    file.unlink()
    file.parent.rmdir()
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.content.decode() == (
        "The site's database cannot be used. The cause is in the server's log.\n"
    )
    [record] = caplog.records
    assert record.getMessage().startswith("Not ready: The site's database cannot be used: unable")
    assert Client().head("/readyz").status_code == 503


def test_not_ready_until_the_migrations_are_applied(database_file: UseFile) -> None:
    database_file("")
    call_command("migrate", "businesses", "0009", verbosity=0)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.content.startswith(b"The site's database lacks migrations (")
    assert answer.content.endswith(b"): run manage.py migrate.\n")
    call_command("migrate", verbosity=0)
    assert Client().get("/readyz").status_code == 200


def test_a_database_that_hangs_holds_one_thread() -> None:
    asked, go_on = threading.Semaphore(0), threading.Event()

    def hang() -> None:
        asked.release()
        go_on.wait()

    readiness = Readiness(hang, seconds=0.01)
    for _ in range(20):
        problem = readiness.problem()
        assert problem
        assert problem.said == "The site's database did not answer within 0.01 s."
    assert asked.acquire(timeout=10)
    assert not asked.acquire(blocking=False)
    go_on.set()
    assert Readiness(hang, seconds=60).problem() is None


def test_a_fault_of_the_check_itself_is_not_taken_for_health() -> None:
    def fail() -> Problem:
        raise LookupError("a bug")

    with pytest.raises(LookupError):
        Readiness(fail, seconds=60).problem()

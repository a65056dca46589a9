"""gunicorn with the configuration of a server, which is told to end in the middle of a batch."""

import json
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client

from aws_setup.local.server import LocalAws
from businesses.audit.history import Staff
from businesses.audit.runs import Run
from businesses.pages.onboarding.actions.run_actions import RETRY, given_by
from businesses.queries.onboarding_plan import Choice
from businesses.records.onboarding import COMPLETED
from onboarding_site.serving.static_files import MANIFEST
from tests.businesses.deployed import Deployed
from tests.deployment import REGION, deploy
from tests.gunicorn_process import GunicornProcess, gunicorn, refusal

UseFile = Callable[[str], Path]
ROWS, SIZE = 8, 4


def gathered(folder: Path) -> Path:
    """Return a folder as `collectstatic` leaves it, for answers that show no page."""
    folder.mkdir()
    (folder / MANIFEST).write_text('{"paths": {}, "version": "1.1", "hash": ""}', encoding="utf-8")
    return folder


class Site:
    """A running gunicorn, and somebody who is logged in."""

    def __init__(self, server: GunicornProcess, cookies: dict[str, str]) -> None:
        self.server = server
        self._cookies = {**cookies, "csrftoken": "a" * 32}

    def batch(self, run: Run) -> Any:
        """Do one batch of a run as the page's script does; return the answer's JSON."""
        request = urllib.request.Request(
            f"http://localhost:{self.server.port}/admin/businesses/onboarding/run/{run.pk}/",
            data=f"size={SIZE}".encode(),
            headers={
                "Accept": "application/json",
                "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
                "X-CSRFToken": self._cookies["csrftoken"],
            },
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)


@pytest.fixture
def deployed(local_aws: LocalAws) -> Deployed:
    deploy(local_aws)
    return Deployed(local_aws)


@pytest.fixture
def sally(database_file: UseFile) -> tuple[User, Path]:
    file = database_file("")
    user = User.objects.create_user("sally", is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    return user, file


@pytest.fixture
def serve(sally: tuple[User, Path], deployed: Deployed, tmp_path: Path) -> Callable[[], Any]:
    """Return what runs gunicorn for the length of a block."""
    user, file = sally
    client = Client()
    client.force_login(user)
    cookies = {name: each.value for name, each in client.cookies.items()}
    variables = {
        **deployed.aws.environment(REGION),
        "DATABASE_URL": f"sqlite:///{file}",
        "BACKEND_STACK_NAME": "onboarding-test",
        "SECURE_SSL_REDIRECT": "false",
        "STATIC_ROOT": str(gathered(tmp_path / "static")),
        "WEB_CONCURRENCY": "1",
        "AWS_DEADLINE_SECONDS": "30",
        "no_proxy": "127.0.0.1",
    }

    @contextmanager
    def run() -> Iterator[Site]:
        connection.close()
        with gunicorn(variables) as server:
            yield Site(server, cookies)

    return run


def begun(deployed: Deployed, user: User) -> tuple[Run, list[str]]:
    subs = deployed.stuck(ROWS)
    given = given_by(Choice())
    return Run.begin(RETRY.name, Staff(user.pk, "sally"), subs=subs, total=ROWS, given=given), subs


def test_what_was_begun_is_recorded_and_the_run_goes_on_after_the_restart(
    serve: Callable[[], Any], deployed: Deployed, sally: tuple[User, Path]
) -> None:
    run, subs = begun(deployed, sally[0])
    with serve() as site:
        ending = deployed.in_the_middle_of("GraphQL", site.server.process.terminate)
        answer = site.batch(run)
        ending.join()
        assert [each["fine"] for each in answer["results"]] == [True] * SIZE
        assert not answer["over"]
        assert site.server.process.wait(timeout=60) == 0
    with serve() as site:
        assert site.batch(run)["over"]
    assert {deployed.record(sub).status for sub in subs} == {COMPLETED}
    assert deployed.aws.faults.calls("GraphQL") == ROWS


@pytest.mark.long  # each process ends as in the test before
def test_a_run_goes_on_while_the_processes_are_replaced(
    serve: Callable[[], Any], deployed: Deployed, sally: tuple[User, Path]
) -> None:
    run, subs = begun(deployed, sally[0])
    with serve() as site:
        reloading = deployed.in_the_middle_of(
            "GraphQL", lambda: site.server.process.send_signal(signal.SIGHUP)
        )
        first = site.batch(run)
        reloading.join()
        assert [each["fine"] for each in first["results"]] == [True] * SIZE
        assert site.batch(run)["over"]
    assert {deployed.record(sub).status for sub in subs} == {COMPLETED}
    assert deployed.aws.faults.calls("GraphQL") == ROWS


def test_nobody_is_lost_with_a_process_that_is_killed(
    serve: Callable[[], Any], deployed: Deployed, sally: tuple[User, Path]
) -> None:
    run, subs = begun(deployed, sally[0])
    with serve() as site:
        worker = site.server.worker()
        killing = deployed.in_the_middle_of("GraphQL", lambda: os.kill(worker, signal.SIGKILL))
        with pytest.raises(OSError, match=r"closed|reset"):
            site.batch(run)
        killing.join()
        results = [site.batch(run)["results"] for _ in range(ROWS // SIZE)]
    assert {each["sub"] for some in results for each in some} == set(subs)
    assert {deployed.record(sub).status for sub in subs} == {COMPLETED}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"WEB_CONCURRENCY": "0"}, "The setting WEB_CONCURRENCY (the environment) is '0'"),
        ({}, "has no style sheets and scripts, so the site was not started: run manage.py collect"),
    ],
)
def test_what_cannot_be_served_is_refused_in_one_line(
    variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    [line] = refusal({"STATIC_ROOT": str(tmp_path / "none"), **variables})
    assert said in line


@pytest.mark.parametrize("is_argument", [True, False])
def test_a_worker_class_in_which_the_site_cannot_work_is_refused_in_one_line(
    tmp_path: Path, is_argument: bool
) -> None:
    root = {"STATIC_ROOT": str(gathered(tmp_path / "static"))}
    given = ["--worker-class=asgi", "--bind=127.0.0.1:0"]
    if is_argument:
        _starting, line = refusal(root, *given)
    else:
        _starting, line = refusal({**root, "GUNICORN_CMD_ARGS": " ".join(given)})
    assert line == (
        "The site cannot work in gunicorn's worker class asgi, so it was not started: use gthread"
        " or sync. Nothing was done."
    )

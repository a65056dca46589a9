"""gunicorn with several processes: what they count together, and what it logs itself."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from onboarding_site.serving.static_files import MANIFEST
from tests.processes import REPOSITORY, environment, manage

TOKEN = "a-token-that-nobody-can-guess"
CONFIGURATION = "onboarding_site/gunicorn.conf.py"
WORKERS, REQUESTS = 2, 30


class Gunicorn:
    """A running server. lines: what it has logged so far, each a JSON object."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self.process, self.folder = process, folder
        self.lines: list[dict[str, object]] = []
        found = re.search(r"Listening at: http://[\d.]+:(\d+)", self.wait_for("Listening at"))
        assert found
        self.port = int(found[1])

    def wait_for(self, text: str) -> str:
        """Read the log until a message has this text; return the message."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(json.loads(line))
            if text in (message := str(self.lines[-1]["message"])):
                return message
        raise AssertionError(f"{text!r} was not logged, but {self.lines}")

    def get(self, address: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{address}")
        request.add_header("Authorization", f"Bearer {TOKEN}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return str(answer.read().decode())

    def count(self) -> int:
        """Return how many requests for the login page all processes have counted."""
        found = re.search(
            r'^onboarding_requests_total\{.*view="admin:login"\} ([\d.]+)$',
            self.get("/metrics"),
            re.MULTILINE,
        )
        return int(float(found[1])) if found else 0

    def ask_often(self) -> None:
        """Ask for the login page, and wait until every request has been counted and logged."""
        with ThreadPoolExecutor(6) as threads:
            list(threads.map(self.get, ["/admin/login/"] * REQUESTS))
        for _ in range(REQUESTS):
            self.wait_for("GET admin:login 200")

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*/*.db"))


@pytest.fixture
def gunicorn(tmp_path: Path) -> Iterator[Gunicorn]:
    variables = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "METRICS_TOKEN": TOKEN,
        "SECURE_SSL_REDIRECT": "false",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "LOG_FORMAT": "json",
        "DEBUG": "true",  # so that files need not be gathered first
        "STATIC_ROOT": str(tmp_path),
    }
    (tmp_path / MANIFEST).touch()
    assert manage("migrate", variables=variables).returncode == 0
    command = [sys.executable, "-m", "gunicorn", "--config", CONFIGURATION, "--bind", "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, "--workers", str(WORKERS), "onboarding_site.wsgi"],
        cwd=REPOSITORY,
        env=environment(variables),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Gunicorn(process, tmp_path)
        finally:
            process.terminate()


def test_several_processes(gunicorn: Gunicorn) -> None:
    pids = [int(gunicorn.wait_for("Booting worker").split()[-1]) for _ in range(WORKERS)]
    gunicorn.ask_often()
    assert gunicorn.count() == REQUESTS
    files = gunicorn.files()
    assert files

    for pid in pids:  # each gets a successor, which goes on where it was
        os.kill(pid, signal.SIGKILL)
        gunicorn.wait_for("Booting worker")
    gunicorn.ask_often()
    assert gunicorn.count() == 2 * REQUESTS
    assert len(gunicorn.files()) <= 3 * WORKERS  # counters, gauges and histograms of each

    with socket.create_connection(("127.0.0.1", gunicorn.port)) as client:
        client.sendall(b"GET /admin/?q=maria rossi maria@example.com HTTP/1.1 x\r\n\r\n")
        assert b"400" in client.recv(1000)
    gunicorn.wait_for("Invalid request")
    gunicorn.process.terminate()
    gunicorn.wait_for("Shutting down")
    gunicorn.process.wait(60)
    assert gunicorn.folder.is_dir()
    assert gunicorn.files() == []
    logged = str(gunicorn.lines)
    assert "maria" not in logged
    accesses = [line for line in gunicorn.lines if line.get("view") == "admin:login"]
    assert len(accesses) == 2 * REQUESTS


def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).touch()
    folder = tmp_path / "gone"
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", CONFIGURATION, "onboarding_site.wsgi"],
        cwd=REPOSITORY,
        env=environment({"STATIC_ROOT": str(tmp_path), "PROMETHEUS_MULTIPROC_DIR": str(folder)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"The files of the metrics cannot be made in {folder}: No such file or directory. Set"
        " PROMETHEUS_MULTIPROC_DIR to a folder that can be written. Nothing was done."
    )
    assert "Traceback" not in done.stderr

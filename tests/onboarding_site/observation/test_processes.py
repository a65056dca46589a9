"""gunicorn with several processes: what they count together, and what it logs itself."""

import os
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from onboarding_site.serving.static_files import MANIFEST
from tests.gunicorn_process import GunicornProcess, gunicorn, refusal
from tests.processes import manage

TOKEN = "a-token-that-nobody-can-guess"
WORKERS, REQUESTS = 2, 30


class Server:
    """A running gunicorn, and the folder of its metrics."""

    def __init__(self, gunicorn: GunicornProcess, folder: Path) -> None:
        self.gunicorn, self.folder = gunicorn, folder

    def get(self, address: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.gunicorn.port}{address}")
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
            self.gunicorn.wait_for("GET admin:login 200")

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*/*.db"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    variables = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "METRICS_TOKEN": TOKEN,
        "SECURE_SSL_REDIRECT": "false",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "LOG_FORMAT": "json",
        "DEBUG": "true",  # so that files need not be gathered first
        "STATIC_ROOT": str(tmp_path / "static"),
        "WEB_CONCURRENCY": str(WORKERS),
    }
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / MANIFEST).touch()
    assert manage("migrate", variables=variables).returncode == 0
    with gunicorn(variables) as running:
        yield Server(running, tmp_path)


def test_several_processes(server: Server) -> None:
    pids = [server.gunicorn.worker() for _ in range(WORKERS)]
    server.ask_often()
    assert server.count() == REQUESTS
    files = server.files()
    assert files

    for pid in pids:  # each gets a successor, which goes on where it was
        os.kill(pid, signal.SIGKILL)
        server.gunicorn.wait_for("Booting worker")
    server.ask_often()
    assert server.count() == 2 * REQUESTS
    assert len(server.files()) <= 3 * WORKERS  # counters, gauges and histograms of each

    with socket.create_connection(("127.0.0.1", server.gunicorn.port)) as client:
        client.sendall(b"GET /admin/?q=maria rossi maria@example.com HTTP/1.1 x\r\n\r\n")
        assert b"400" in client.recv(1000)
    server.gunicorn.wait_for("Invalid request")
    server.gunicorn.process.terminate()
    server.gunicorn.wait_for("Shutting down")
    server.gunicorn.process.wait(60)
    assert server.folder.is_dir()
    assert server.files() == []
    logged = str(server.gunicorn.lines)
    assert "maria" not in logged
    accesses = [line for line in server.gunicorn.lines if line.get("view") == "admin:login"]
    assert len(accesses) == 2 * REQUESTS


def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).touch()
    folder = tmp_path / "gone"
    said = refusal({"STATIC_ROOT": str(tmp_path), "PROMETHEUS_MULTIPROC_DIR": str(folder)})
    assert said[-1] == (
        f"The files of the metrics cannot be made in {folder}: No such file or directory. Set"
        " PROMETHEUS_MULTIPROC_DIR to a folder that can be written. Nothing was done."
    )
    assert "Traceback" not in "".join(said)

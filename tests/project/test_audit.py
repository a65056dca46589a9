"""`make audit` against databases that answer, that know a vulnerability, and that are not there."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.processes import REPOSITORY

PACKAGE = "asgiref==3.13.0 --hash=sha256:" + "0" * 64 + "\n"
VULNERABLE: dict[str, Any] = {
    "vulns": [
        {
            "id": "GHSA-0000",
            "summary": "Anybody may.",
            "affected": [
                {
                    "package": {"name": "asgiref", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "9.0"}]}],
                }
            ],
        }
    ]
}
ADVISORIES = {
    "eslint": [
        {"id": 1, "severity": "high", "title": "Anybody may.", "vulnerable_versions": "*"},
    ]
}
LOCKED = json.loads((REPOSITORY / "package-lock.json").read_text(encoding="utf-8"))["packages"]


def locked(name: str) -> dict[str, Any]:
    """Return what npm asks for to learn which versions of a package have a vulnerability."""
    package = LOCKED[f"node_modules/{name}"]
    return {"name": name, "versions": {package["version"]: {"name": name, **package}}}


@contextmanager
def answering(body: object, status: int = 200) -> Iterator[str]:
    """Serve a database that gives this answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(body)

        def do_GET(self) -> None:
            self.answer(locked(unquote(self.path[1:])))

        def answer(self, content: object) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def closed() -> str:
    """The address of a database that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture
def packages(tmp_path: Path) -> str:
    file = tmp_path / "requirements.txt"
    file.write_text(PACKAGE, encoding="utf-8")
    return str(file)


def audit(*arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.project.audit", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "XDG_CACHE_HOME": str(Path.home() / ".cache")},  # pip-audit needs one
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_packages_that_nothing_is_known_against(packages: str) -> None:
    with answering({}) as url:
        status, said = audit(packages, "package-lock.json", "--osv-url", url, "--registry", url)
    assert said[0] == f"{packages}: 1 packages, 0 known vulnerabilities"
    assert said[1].startswith("package-lock.json: ")
    assert said[1].endswith(" packages, 0 known vulnerabilities")
    assert (status, len(said)) == (0, 2)


def test_a_vulnerability_is_named_with_its_mend(packages: str) -> None:
    with answering(VULNERABLE) as url:
        assert audit(packages, "--osv-url", url) == (
            1,
            [
                f"{packages}: 1 packages, 1 known vulnerabilities",
                "  asgiref 3.13.0: GHSA-0000, mended in 9.0",
            ],
        )
    with answering(ADVISORIES) as url:
        status, said = audit("package-lock.json", "--registry", url)
    assert status == 1
    assert any(line.startswith("  eslint: high, in ") for line in said)


def test_a_database_that_is_not_there_is_no_good_news(packages: str, closed: str) -> None:
    status, said = audit(packages, "package-lock.json", "--osv-url", closed, "--registry", closed)
    assert status == 2
    assert said[0].startswith(f"{packages}: NOT CHECKED. pip-audit ended with: ")
    assert "Connection refused" in said[0]
    assert said[1].startswith("package-lock.json: NOT CHECKED. npm ended with: ")
    assert said[2].startswith("2 of 2 lists were not checked")


def test_a_package_that_the_database_skips_is_no_good_news(packages: str) -> None:
    with answering({"message": "no such page"}, status=404) as url:
        status, said = audit(packages, "package-lock.json", "--osv-url", url, "--registry", url)
    assert status == 2
    assert all("NOT CHECKED" in line for line in said[:2])

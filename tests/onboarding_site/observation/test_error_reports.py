"""What Sentry is sent, which is nothing of anybody."""

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped, unused-ignore]
import pytest

from tests.processes import REPOSITORY, environment, manage

# A failing page, an outage, a refused host and an error line, with a person's data in all of them.
SCRIPT = """
import logging, sys
import django
django.setup()
from django.conf import settings
settings.ROOT_URLCONF = "tests.onboarding_site.observation.faulty"
settings.SECURE_SSL_REDIRECT = False
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
User.objects.create_superuser("maria", "maria@example.com", pk=7)
client = Client(raise_request_exception=False)
client.force_login(User.objects.get())
client.cookies["tracked"] = "Rossi"
for send in (client.get, client.post):
    send("/fails/?q=maria@example.com&name=Rossi", {"q": "maria@example.com", "name": "Rossi"})
client.get("/admin/?q=Rossi", SERVER_NAME="maria.example.com")
client.get("/Rossi/?q=Rossi")
logging.getLogger("businesses").error("Mail to %s bounced", "maria@example.com")
"""
WITHOUT_THE_PACKAGE = """
import runpy, sys
sys.modules["sentry_sdk"], sys.argv = None, ["manage.py", "check"]
runpy.run_path("manage.py", run_name="__main__")
"""


class Sentry:
    """A server that takes envelopes. events: those in them."""

    def __init__(self, port: int) -> None:
        self.dsn = f"http://0123456789abcdef@127.0.0.1:{port}/1"
        self.events: list[dict[str, Any]] = []
        self.bodies: list[str] = []


@contextmanager
def serving() -> Iterator[Sentry]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = {"gzip": gzip.decompress, "br": brotli.decompress}
            body = unpack[self.headers["Content-Encoding"]](body)
            lines = body.decode().splitlines()
            sentry.bodies.append(body.decode())
            sentry.events += [
                json.loads(payload)
                for header, payload in zip(lines[1::2], lines[2::2], strict=True)
                if json.loads(header)["type"] == "event"
            ]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sentry = Sentry(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield sentry
        server.shutdown()


def variables(tmp_path: Path, **more: str) -> dict[str, str]:
    database = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    settings = "onboarding_site.settings"
    named = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": settings, "LOG_FORMAT": "json"}
    return environment({**named, "DEBUG": "true", **more})


def test_errors_are_reported_without_anything_of_anybody(tmp_path: Path) -> None:
    with serving() as sentry:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=REPOSITORY,
            env=variables(tmp_path, SENTRY_DSN=sentry.dsn, ALLOWED_HOSTS="testserver"),
            capture_output=True,
            text=True,
            check=True,
        )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    faults = [event for event in sentry.events if "exception" in event]
    assert [event["exception"]["values"][-1]["type"] for event in faults] == ["LookupError"] * 2
    assert faults[0]["exception"]["values"][-1]["value"] == "nobody called [e-mail]"
    [frame] = [
        each
        for each in faults[0]["exception"]["values"][-1]["stacktrace"]["frames"]
        if each["function"] == "fail"
    ]
    assert "vars" not in frame
    ids = [line["request_id"] for line in lines if line.get("status") == 500]
    assert [event["tags"]["request_id"] for event in faults] == ids
    [line] = [event for event in sentry.events if event["logger"] == "businesses"]
    assert line["logentry"]["formatted"] == "Mail to [e-mail] bounced"
    sent = "".join(sentry.bodies)
    for part in ("maria", "Rossi", "example.com", "sessionid", "cookie", '"vars"', "evil"):
        assert part not in sent
    for event in sentry.events:
        assert not event.keys() & {"user", "request", "breadcrumbs", "extra", "modules"}


def test_without_the_package_one_line_tells_how_to_get_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_PACKAGE],
        cwd=REPOSITORY,
        env=variables(tmp_path, SENTRY_DSN="https://abc@sentry.example/1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "SENTRY_DSN is set, but sentry-sdk is not installed: run pip install -r"
        " deploy/requirements.txt, or remove the setting. Nothing was done.\n"
    )


@pytest.mark.parametrize("dsn", ["sentry.example/1", "https://sentry.example/1", "https://a@b"])
def test_a_dsn_that_is_none(dsn: str) -> None:
    done = manage("check", variables={"SENTRY_DSN": dsn})
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "is not the DSN of a project" in line

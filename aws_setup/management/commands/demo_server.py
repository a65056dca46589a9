"""`make serve`: the site as a server runs it, on an embedded AWS with the demo's month in it."""

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from signal import SIGCHLD
from ssl import create_default_context
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aws_setup.demo.certificate import write_certificate
from aws_setup.demo.database import own_database
from aws_setup.demo.opening import LOGIN, Opening, make_login
from aws_setup.local.server import LocalAws
from aws_setup.management.arguments import port as port_number
from aws_setup.management.serving import heard_signals, serving_until_ctrl_c

HOST = "127.0.0.1"
REFUSED = (
    "This creates a staff login and prints its password, so it requires an SQLite database that"
    " does not exist yet. Nothing was changed.\nRun `make serve`."
)
SELF_SIGNED = "  Its certificate was made for this run, so a browser asks once whether to go on."
PROXIED = "  Over plain HTTP, for a proxy that terminates TLS and sends X-Forwarded-Proto."
START_SECONDS = 120


class Command(BaseCommand):
    help = "Serve the site with gunicorn on an embedded AWS (use `make serve`)."
    requires_system_checks: list[str] = []  # they want a server of PostgreSQL for several processes
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=8443, help="Default: 8443.")
        parser.add_argument(
            "--behind-proxy",
            action="store_true",
            help="Leave TLS to a proxy in front of it; requires BEHIND_TLS_PROXY=true.",
        )

    def handle(self, *, port: int, behind_proxy: bool, **options: Any) -> None:
        ended = "The site has ended. Nothing is left running."
        with (
            serving_until_ctrl_c(self.stdout, ended) as ready,
            heard_signals(SIGCHLD) as wait_for_signal,
            own_database(REFUSED) as folder,
            _listening(port) as site,
            LocalAws() as aws,
        ):
            call_command("collectstatic", interactive=False, verbosity=0)
            Opening(self.stdout).prepare(aws)
            with _certificate(folder, wanted=not behind_proxy) as paths:
                with _gunicorn(site, paths) as process:
                    _wait_until_it_answers(site, paths)
                    self._introduce(site.getsockname()[1], make_login(), behind_proxy)
                    ready()
                    while process.poll() is None:
                        wait_for_signal()
                raise CommandError(f"gunicorn has ended with the status {process.returncode}.")

    def _introduce(self, port: int, password: str, behind_proxy: bool) -> None:
        scheme, how = ("http", PROXIED) if behind_proxy else ("https", SELF_SIGNED)
        self.stdout.write(self.style.SUCCESS(f"\nReady: {scheme}://{HOST}:{port}/admin/"))
        self.stdout.write(f"  user: {LOGIN}   password: {password}")
        self.stdout.write(how)
        self.stdout.write("\nCtrl-C ends it. It keeps no data.")
        self.stdout.flush()


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """Claim the port before the long work begins. Raises CommandError if it is taken."""
    try:
        site = socket.create_server((HOST, port), backlog=2048)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise CommandError(
            f"Port {port} on {HOST} is taken. Nothing was started.\n"
            f"Stop the program that listens there, or choose another: make serve PORT={port + 1}"
        ) from error
    with site:
        yield site


@contextmanager
def _certificate(folder: Path, *, wanted: bool) -> Iterator[tuple[Path, ...]]:
    """Yield the paths of a certificate and its key for the length of the block; () for none."""
    paths = write_certificate(folder, HOST, now=timezone.now()) if wanted else ()
    try:
        yield paths
    finally:
        for path in paths:
            path.unlink()


@contextmanager
def _gunicorn(site: socket.socket, paths: tuple[Path, ...]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run gunicorn on the socket, with the configuration of a server; end it as a server is ended.

    It has a session of its own, so that Ctrl-C reaches this process alone.
    """
    options = [f"--bind=fd://{site.fileno()}"]
    options += [
        f"--{name}={path}" for name, path in zip(("certfile", "keyfile"), paths, strict=False)
    ]
    module, _, application = settings.WSGI_APPLICATION.rpartition(".")
    config = settings.BASE_DIR / "onboarding_site" / "gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", f"--config={config}", *options]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--log-level=warning", f"{module}:{application}"],
        cwd=settings.BASE_DIR,
        env=dict(os.environ),
        pass_fds=[site.fileno()],
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _wait_until_it_answers(site: socket.socket, paths: tuple[Path, ...]) -> None:
    """Ask for the login page. Raises CommandError if gunicorn does not serve it."""
    host, port = site.getsockname()
    connection = (
        HTTPSConnection(
            host, port, timeout=START_SECONDS, context=create_default_context(cafile=paths[0])
        )
        if paths
        else HTTPConnection(host, port, timeout=START_SECONDS)
    )
    try:
        connection.request("GET", "/admin/login/", headers={"X-Forwarded-Proto": "https"})
        status = connection.getresponse().status
    except OSError as error:
        raise CommandError(f"gunicorn does not answer: {error}.") from error
    finally:
        connection.close()
    if status != 200:  # noqa: PLR2004
        raise CommandError(f"The login page answers with the status {status}.")

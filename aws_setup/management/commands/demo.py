"""`make demo`: the whole product on an embedded AWS, with sample businesses in the admin."""

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from aws_setup.demo.database import own_database
from aws_setup.demo.opening import LOGIN, Opening, make_login
from aws_setup.demo.running import RunningDemo
from aws_setup.demo.site import DemoSite
from aws_setup.local.server import LocalAws
from aws_setup.management.arguments import port as port_number
from aws_setup.management.commands.local_aws import show_codes
from aws_setup.management.serving import serving_until_ctrl_c

HOST = "127.0.0.1"
REFUSED = (
    "The demo creates a staff login and prints its password, so it requires DEBUG=true and an"
    " SQLite database that does not exist yet. Nothing was changed.\nRun `make demo`."
)

TRY_IT = """
Sign up a business yourself: {sign_up}

In another terminal, `make break-group` deletes the group, so that whoever confirms gets stuck, and
`make mend-group` brings it back.

Ctrl-C ends the demo. It keeps no data.
"""


class Command(BaseCommand):
    help = "Run everything on an embedded AWS with sample businesses (use `make demo`)."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=port_number, default=8000, help="The port of the admin. Default: 8000."
        )

    def handle(self, *, port: int, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(REFUSED)
        ended = "The demo has ended. Nothing is left running."
        with (
            serving_until_ctrl_c(self.stdout, ended) as ready,
            own_database(REFUSED),
            _listen(port) as site,
            LocalAws() as aws,
        ):
            stage = Opening(self.stdout).prepare(aws)
            site.set_app(StaticFilesHandler(DemoSite(stage)))
            show_codes(self)
            _keep_codes_visible()
            with _running(aws, stage.outputs).told():
                self._introduce(site.server_port, make_login())
                ready()
                site.serve_forever()

    def _introduce(self, port: int, password: str) -> None:
        address = f"http://{HOST}:{port}"
        self.stdout.write(self.style.SUCCESS(f"\nReady: {address}/admin/"))
        self.stdout.write(f"  user: {LOGIN}   password: {password}")
        self.stdout.write(TRY_IT.format(sign_up=f"{address}/demo/"))
        self.stdout.flush()


def _running(aws: LocalAws, outputs: dict[str, str]) -> RunningDemo:
    return RunningDemo(
        # No proxy stands between this machine and itself.
        environment={**aws.environment(settings.AWS_REGION), "no_proxy": os.environ["no_proxy"]},
        user_pool_id=outputs["UserPoolId"],
        group=outputs["GroupName"],
        members=[],
    )


def _keep_codes_visible() -> None:
    """Log no line about a request that went well."""
    for name in ("django.server", "onboarding_site.observation.access"):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextmanager
def _listen(port: int) -> Iterator[ThreadedWSGIServer]:
    """Claim the site's port before the long work begins. Raises CommandError if it is taken."""
    try:
        site = ThreadedWSGIServer((HOST, port), WSGIRequestHandler)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise CommandError(
            f"Port {port} on {HOST} is taken. Nothing was started.\n"
            f"Stop the program that listens there, or choose another: make demo PORT={port + 1}"
        ) from error
    with site:
        yield site

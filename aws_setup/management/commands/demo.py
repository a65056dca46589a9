"""`make demo`: the whole product on an embedded AWS, with sample businesses in the admin."""

import errno
import logging
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.config import Config
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connections
from django.utils import timezone

from aws_setup.clients import aws_session, translated_errors
from aws_setup.demo.month import month_before
from aws_setup.demo.running import RunningDemo, use_only
from aws_setup.demo.site import DemoSite
from aws_setup.demo.stage import Stage
from aws_setup.exceptions import AwsSetupError
from aws_setup.local.exceptions import LocalAwsError
from aws_setup.local.server import LocalAws
from aws_setup.management.arguments import port as port_number
from aws_setup.management.commands.local_aws import end_on_sigterm, show_codes
from aws_setup.management.interrupted import INTERRUPTED
from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.stack import StackDeployer
from aws_setup.template.packaging import render_template
from aws_setup.template.parameters import backend_parameters
from aws_setup.terminal.progress import format_count

HOST = "127.0.0.1"
# A confirmation waits for the trigger, which a busy laptop may start slowly. A second call would be
# told that the user is confirmed already.
PATIENT = Config(read_timeout=60, retries={"total_max_attempts": 1})

TRY_IT = """
Sign a business up yourself: {sign_up}

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
        end_on_sigterm()
        is_ready = False
        try:
            with _own_database(), _listen(port) as site, LocalAws() as aws:
                use_only(aws.environment(settings.AWS_REGION))
                call_command("migrate", verbosity=0)
                with translated_errors():
                    outputs = self._deploy()
                    stage = Stage(aws, aws_session().client("cognito-idp", config=PATIENT), outputs)
                    month = month_before(timezone.now())
                    self._show("Playing a month of sign-ups", stage.play(month), len(month))
                site.set_app(StaticFilesHandler(DemoSite(stage)))
                show_codes(self)
                _keep_codes_visible()
                with _running(aws, outputs).told():
                    self._introduce(site.server_port, self._make_login())
                    is_ready = True
                    site.serve_forever()
        except (AwsSetupError, LocalAwsError) as error:
            raise CommandError(f"{error}\n{error.hint}") from error
        except KeyboardInterrupt as interrupt:
            if not is_ready:
                said = "Interrupted. Nothing is left running."
                raise CommandError(said, returncode=INTERRUPTED) from interrupt
            self.stdout.write("\nThe demo has ended. Nothing is left running.")

    def _deploy(self) -> dict[str, str]:
        cloudformation = aws_session().client("cloudformation")
        deployer = StackDeployer(cloudformation, settings.BACKEND_STACK_NAME)
        change_sets = ChangeSets(cloudformation, settings.BACKEND_STACK_NAME)
        change_set = change_sets.plan(render_template(), backend_parameters())
        done = (
            event
            for event in deployer.execute(change_set)
            if event.status == "CREATE_COMPLETE" and not event.is_of_stack
        )
        self._show("Deploying the stack, resource by resource", done, len(change_set.changes))
        return deployer.outputs()

    def _show(self, text: str, done: Iterable[object], total: int) -> None:
        """Count the finished items, on a terminal on one line that changes in place."""
        started, number = time.monotonic(), 0
        for number, _ in enumerate(done, start=1):
            if self.stdout.isatty():
                self.stdout.write(f"\r{text} ... {format_count(number, total)}", ending="")
                self.stdout.flush()
        again = "\r" if self.stdout.isatty() else ""
        self.stdout.write(f"{again}{text} ... {number} in {time.monotonic() - started:.1f} s")
        self.stdout.flush()

    def _make_login(self) -> str:
        password = secrets.token_urlsafe(9)
        user, _ = get_user_model().objects.get_or_create(username="staff")
        user.is_staff = True
        user.set_password(password)
        user.save()
        user.groups.add(Group.objects.get(name="Support"))
        return password

    def _introduce(self, port: int, password: str) -> None:
        address = f"http://{HOST}:{port}"
        self.stdout.write(self.style.SUCCESS(f"\nReady: {address}/admin/"))
        self.stdout.write(f"  user: staff   password: {password}")
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
def _own_database() -> Iterator[None]:
    """Use a database file that does not exist yet, and remove it at the end.

    Raises CommandError for any other database, because the demo creates a login whose password it
    prints.
    """
    database = settings.DATABASES["default"]
    path = Path(database["NAME"])
    if not (settings.DEBUG and database["ENGINE"].endswith("sqlite3") and not path.exists()):
        raise CommandError(
            "The demo creates a staff login and prints its password, so it requires DEBUG=true and"
            " an SQLite database that does not exist yet. Nothing was changed.\nRun `make demo`."
        )
    try:
        yield
    finally:
        connections.close_all()
        for file in path.parent.glob(f"{path.name}*"):  # also the log of what was written last
            file.unlink()


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

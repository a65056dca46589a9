"""`make demo`: the whole product on an embedded AWS, with sample businesses in the admin."""

import errno
import logging
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.utils.text import slugify

from aws_setup.clients import aws_session, translated_errors
from aws_setup.exceptions import AwsSetupError
from aws_setup.local.exceptions import LocalAwsError
from aws_setup.local.samples.businesses import SAMPLE_BUSINESSES, UNLUCKY_BUSINESSES
from aws_setup.local.samples.sign_up import SignUp, sign_up
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
AT_ONCE = 4  # concurrent sign-ups; more would only wait for the processors of a laptop

TRY_IT = """
To sign one more business up by hand, run this in another terminal and reload the page:

  aws --endpoint-url {endpoint} --region {region} --no-sign-request \\
    cognito-idp sign-up --client-id {client_id} \\
    --username maria@example.com --password 'Garage-Band-1979' \\
    --user-attributes Name=email,Value=maria@example.com \\
                      Name=custom:business_name,Value="Corner Garage"

  (the code that Cognito would send by e-mail appears in this window)

  aws --endpoint-url {endpoint} --region {region} --no-sign-request \\
    cognito-idp confirm-sign-up --client-id {client_id} \\
    --username maria@example.com --confirmation-code CODE

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
                _enter(aws)
                call_command("migrate", verbosity=0)
                with translated_errors():
                    outputs = self._deploy()
                    with _without_group(outputs):
                        self._sign_up(
                            aws,
                            outputs,
                            UNLUCKY_BUSINESSES,
                            "Signing some up without their group",
                        )
                    self._sign_up(aws, outputs, SAMPLE_BUSINESSES, "Signing businesses up")
                self._introduce(aws, outputs, site.server_port, self._make_login())
                show_codes(self)
                site.set_app(StaticFilesHandler(get_wsgi_application()))
                logging.getLogger("django.server").setLevel(logging.ERROR)  # keep the codes visible
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

    def _sign_up(
        self, aws: LocalAws, outputs: dict[str, str], names: Sequence[str], text: str
    ) -> None:
        cognito = aws_session().client("cognito-idp")

        def one(name: str) -> None:
            email = f"{slugify(name)}@example.com"
            person = SignUp(email=email, business_name=name)
            code_for = partial(aws.code_for, outputs["UserPoolId"])
            sign_up(cognito, outputs["UserPoolClientId"], person, code_for=code_for)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            self._show(text, pool.map(one, names), len(names))

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

    def _introduce(self, aws: LocalAws, outputs: dict[str, str], port: int, password: str) -> None:
        address = f"http://{HOST}:{port}/admin/"
        self.stdout.write(self.style.SUCCESS(f"\nReady: {address}"))
        self.stdout.write(f"  user: staff   password: {password}")
        self.stdout.write(
            TRY_IT.format(
                endpoint=aws.endpoint_url,
                region=settings.AWS_REGION,
                client_id=outputs["UserPoolClientId"],
            )
        )
        self.stdout.flush()


def _enter(aws: LocalAws) -> None:
    """Point every AWS client of this process at the embedded AWS, whatever the environment says."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(aws.environment(settings.AWS_REGION))


@contextmanager
def _without_group(outputs: dict[str, str]) -> Iterator[None]:
    """Delete the group for a while, so that onboardings fail while their confirmations succeed."""
    cognito = aws_session().client("cognito-idp")
    pool, name = outputs["UserPoolId"], outputs["GroupName"]
    cognito.delete_group(UserPoolId=pool, GroupName=name)
    try:
        yield
    finally:
        cognito.create_group(UserPoolId=pool, GroupName=name)


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

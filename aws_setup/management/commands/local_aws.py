"""`manage.py local_aws`: serve the embedded AWS until interrupted."""

import logging
import os
import shlex
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aws_setup.local.server import LocalAws
from aws_setup.management.arguments import port as port_number
from aws_setup.management.serving import heard_signals, serving_until_ctrl_c

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class Command(BaseCommand):
    help = "Serve the embedded AWS on 127.0.0.1 until interrupted. It keeps no data."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=0, help="Default: any free port.")
        parser.add_argument(
            "--keys-of-environment",
            action="store_true",
            help=f"Take {' and '.join(KEYS)} from the environment instead of making them up.",
        )

    def handle(self, *, port: int, keys_of_environment: bool, **options: Any) -> None:
        keys = _keys_of_environment() if keys_of_environment else None
        show_codes(self)
        ended = "The embedded AWS has ended."
        with (
            serving_until_ctrl_c(self.stdout, ended) as ready,
            heard_signals() as wait_for_signal,
            LocalAws(port, keys) as aws,
        ):
            ready()
            self.stdout.write("The embedded AWS is ready. In another terminal:\n")
            self.stdout.write("unset AWS_PROFILE AWS_SESSION_TOKEN")
            for name, value in aws.environment(settings.AWS_REGION or "eu-central-1").items():
                self.stdout.write(f"export {name}={shlex.quote(value)}")
            self.stdout.write("\nConfirmation codes appear below. Ctrl-C ends it.")
            self.stdout.flush()
            while True:
                wait_for_signal()


def _keys_of_environment() -> tuple[str, str]:
    """Return the keys, for clients that have the same environment. Raises CommandError."""
    key_id, secret = (os.environ.get(name, "") for name in KEYS)
    if not key_id or not secret:
        raise CommandError(
            f"{' and '.join(KEYS)} are not both in the environment. Nothing was started.\n"
            "Make up two words of letters and digits for them."
        )
    return key_id, secret


def show_codes(command: BaseCommand) -> None:
    """Show the log lines of the embedded AWS, which include confirmation codes, on stdout."""
    logger = logging.getLogger("aws_setup.local")
    handler = logging.StreamHandler(command.stdout)
    handler.setFormatter(logging.Formatter("[embedded AWS] %(message)s"))
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False

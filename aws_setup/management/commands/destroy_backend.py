"""`manage.py destroy_backend`: remove the stack, after showing what goes and what stays."""

import sys
from contextlib import ExitStack, closing
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aws_setup.clients import aws_session, explained_aws_errors
from aws_setup.destruction import UNTOUCHED, Destruction
from aws_setup.exceptions import AwsSetupError
from aws_setup.terminal.console import Console

INTERRUPTED = 130  # as a shell reports a process that Ctrl-C ended


class Command(BaseCommand):
    help = (
        "Remove the AWS backend: shows what goes and what stays, and asks for the stack's name. "
        "The user pool, its group and the tables stay, unless --delete-data is given."
    )
    requires_system_checks = ()
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--yes", metavar="NAME", default="", help="The stack's name, in place of typing it."
        )
        parser.add_argument(
            "--delete-data",
            action="store_true",
            help="Also delete the pool and the tables that the stack made, for good.",
        )
        parser.add_argument(
            "--yes-delete-data",
            metavar="NAME",
            default="",
            help="The stack's name once more, in place of typing it before the data is deleted.",
        )

    def handle(self, *, yes: str, delete_data: bool, yes_delete_data: str, **options: Any) -> None:
        console = Console(self.stdout, options.get("stdin") or sys.stdin, self.style, yes=False)
        destruction: Destruction | None = None
        try:
            with explained_aws_errors(), ExitStack() as opened:
                session = aws_session()

                def client(service: Any) -> Any:
                    return opened.enter_context(closing(session.client(service)))

                destruction = Destruction(client, console, settings.BACKEND_STACK_NAME)
                destruction.run(yes=yes, delete_data=delete_data, yes_delete_data=yes_delete_data)
        except AwsSetupError as error:
            standing = destruction.standing if destruction else UNTOUCHED
            told = [str(error), standing if standing != UNTOUCHED else "", error.hint]
            raise CommandError("\n".join(filter(None, told))) from error
        except KeyboardInterrupt as interrupt:
            standing = destruction.standing if destruction else UNTOUCHED
            raise CommandError(f"Interrupted. {standing}", returncode=INTERRUPTED) from interrupt

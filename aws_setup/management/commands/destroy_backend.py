"""`manage.py destroy_backend`: remove the stack, after showing what goes and what stays."""

import sys
from contextlib import ExitStack, closing
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aws_setup.clients import aws_session, translated_errors
from aws_setup.destruction.consent import NOTHING_CHANGED
from aws_setup.destruction.service import Destruction
from aws_setup.exceptions import AwsSetupError
from aws_setup.first_answers import say_to_operator
from aws_setup.management.arguments import ROLE_ARN, role_arn
from aws_setup.management.interrupted import INTERRUPTED
from aws_setup.terminal.console import Console


class Command(BaseCommand):
    help = (
        "Remove the AWS backend: show what goes and what stays, and ask for the stack's name. "
        "The user pool, its group and the tables stay, unless --delete-data is given."
    )
    requires_system_checks = ()
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--yes", metavar="NAME", default="", help="The stack's name, instead of typing it."
        )
        parser.add_argument(
            "--delete-data",
            action="store_true",
            help="Also delete, for good, the pool and the tables that the stack made.",
        )
        parser.add_argument(
            "--yes-delete-data",
            metavar="NAME",
            default="",
            help="The stack's name again, instead of typing it before the data is deleted.",
        )

        parser.add_argument("--role-arn", type=role_arn, **ROLE_ARN)

    def handle(self, *, yes: str, delete_data: bool, yes_delete_data: str, **options: Any) -> None:
        console = Console(self.stdout, options.get("stdin") or sys.stdin, self.style, yes=False)
        destruction: Destruction | None = None
        try:
            with translated_errors(), ExitStack() as opened:
                session = aws_session(say=say_to_operator)

                def client(service: Any) -> Any:
                    return opened.enter_context(closing(session.client(service)))

                destruction = Destruction(
                    client, console, settings.BACKEND_STACK_NAME, role_arn=options["role_arn"] or ""
                )
                destruction.run(yes=yes, delete_data=delete_data, yes_delete_data=yes_delete_data)
        except AwsSetupError as error:
            state = destruction.aws_state if destruction else NOTHING_CHANGED
            said = [str(error), state if state != NOTHING_CHANGED else "", error.hint]
            raise CommandError("\n".join(filter(None, said))) from error
        except KeyboardInterrupt as interrupt:
            state = destruction.aws_state if destruction else NOTHING_CHANGED
            raise CommandError(f"Interrupted. {state}", returncode=INTERRUPTED) from interrupt

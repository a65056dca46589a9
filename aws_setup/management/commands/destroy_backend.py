"""`manage.py destroy_backend`: remove the stack, after showing what goes and what stays."""

import sys
from contextlib import ExitStack, closing
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper

from aws_setup.calls.clients import aws_session, translated_errors
from aws_setup.calls.first_answers import say_to_operator
from aws_setup.destruction.consent import NOTHING_CHANGED
from aws_setup.destruction.result import RemovalResult
from aws_setup.destruction.service import Destruction
from aws_setup.exceptions import AwsSetupError, DeployUnfinished
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
            "--dry-run", action="store_true", help="Show what goes and what stays, and stop."
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="Print one JSON object with the result; everything else goes to standard error.",
        )
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

    def handle(self, **options: Any) -> None:
        result = RemovalResult(stack=settings.BACKEND_STACK_NAME)
        try:
            self._destroy(result, options)
        except CommandError as error:
            # DeployUnfinished: CloudFormation goes on by itself.
            is_unfinished = isinstance(error.__cause__, DeployUnfinished)
            if error.returncode == INTERRUPTED:
                result.end("interrupted", error=str(error))
            else:
                hint = getattr(error.__cause__, "hint", "")
                said = str(error).removesuffix(f"\n{hint}")
                result.end("unfinished" if is_unfinished else "failed", error=said, hint=hint)
            raise
        finally:
            if options["json"]:
                self.stdout.write(result.as_json())

    def _destroy(self, result: RemovalResult, options: dict[str, Any]) -> None:
        # With --json, standard output holds only the JSON; text for people goes with the errors.
        out = OutputWrapper(options.get("stderr") or sys.stderr) if options["json"] else self.stdout
        console = Console(out, options.get("stdin") or sys.stdin, self.style, yes=False)
        destruction: Destruction | None = None
        try:
            with translated_errors(), ExitStack() as opened:
                session = aws_session(say=say_to_operator)

                def client(service: Any) -> Any:
                    return opened.enter_context(closing(session.client(service)))

                role_arn = options["role_arn"] or ""
                destruction = Destruction(client, console, result, role_arn=role_arn)
                names = ("yes", "delete_data", "yes_delete_data", "dry_run")
                destruction.run(**{name: options[name] for name in names})
        except AwsSetupError as error:
            state = destruction.aws_state if destruction else NOTHING_CHANGED
            said = [str(error), state if state != NOTHING_CHANGED else "", error.hint]
            raise CommandError("\n".join(filter(None, said))) from error
        except KeyboardInterrupt as interrupt:
            state = destruction.aws_state if destruction else NOTHING_CHANGED
            raise CommandError(f"Interrupted. {state}", returncode=INTERRUPTED) from interrupt

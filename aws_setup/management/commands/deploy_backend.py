"""`manage.py deploy_backend`: create or update the stack, after showing what would change."""

import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aws_setup.change_sets import ChangeSet
from aws_setup.checks import check_template
from aws_setup.clients import aws_session, explained_aws_errors
from aws_setup.events import StackEvent
from aws_setup.exceptions import AwsSetupError, DeployFailed, DeployUnfinished
from aws_setup.packaging import render_template
from aws_setup.parameters import backend_parameters
from aws_setup.progress import format_changes, format_event, format_outputs
from aws_setup.stack_states import SUCCEEDED
from aws_setup.stacks import StackDeployer

INTERRUPTED = 130  # as a shell reports a process that Ctrl-C ended


class Command(BaseCommand):
    help = "Create or update the AWS backend: shows what would change, asks, and follows it."
    requires_system_checks = ()
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Print the changes and stop.")
        parser.add_argument("--yes", action="store_true", help="Deploy without asking.")
        parser.add_argument(
            "--print-template",
            action="store_true",
            help="Print the body that CloudFormation would get; AWS is not asked.",
        )

    def handle(self, *, dry_run: bool, yes: bool, print_template: bool, **options: Any) -> None:
        self._stdin: TextIO = options.get("stdin") or sys.stdin
        self._state = "Nothing was changed."
        try:
            body = render_template()
            if print_template:
                self.stdout.write(body, ending="")
                return
            with explained_aws_errors():
                self._deploy(body, dry_run=dry_run, yes=yes)
        except AwsSetupError as error:
            raise CommandError(f"{error}\n{error.hint}") from error
        except KeyboardInterrupt as interrupt:
            raise CommandError(f"Interrupted. {self._state}", returncode=INTERRUPTED) from interrupt

    def _deploy(self, body: str, *, dry_run: bool, yes: bool) -> None:
        if not (dry_run or yes or self._stdin.isatty()):
            raise CommandError(
                "There is nobody to ask, because the input is not a terminal. Nothing was "
                "changed.\nAdd --yes to deploy without asking, or --dry-run to see the changes."
            )
        session = aws_session()
        region, stack = session.region_name, settings.BACKEND_STACK_NAME
        with (
            closing(session.client("sts")) as sts,
            closing(session.client("cloudformation")) as cfn,
        ):
            deployer = StackDeployer(cfn, stack)
            for finding in check_template(body, region=region):
                self.stderr.write(str(finding))
            account = sts.get_caller_identity()["Account"]
            self.stdout.write(f"Account {account}, Region {region}, stack {stack}")
            change_set = deployer.plan(body, backend_parameters())
            if not change_set.is_executable:
                self.stdout.write(self.style.SUCCESS("No changes."))
            elif self._is_wanted(deployer, change_set, dry_run=dry_run, yes=yes):
                self._execute(deployer, change_set)
            else:
                return
            if not dry_run:
                self.stdout.write(format_outputs(deployer.outputs()))

    def _is_wanted(
        self, deployer: StackDeployer, change_set: ChangeSet, *, dry_run: bool, yes: bool
    ) -> bool:
        """Show the change set and ask; discard one that is not to be executed."""
        try:
            self.stdout.write(format_changes(change_set.changes))
            wanted = not dry_run and (yes or self._ask())
        except BaseException:
            deployer.discard(change_set)
            raise
        if not wanted:
            deployer.discard(change_set)
            self.stdout.write("Nothing was changed.")
        return wanted

    def _ask(self) -> bool:
        self.stdout.write("Deploy these changes? [y/N] ", ending="")
        self.stdout.flush()
        return self._stdin.readline().strip().lower() in {"y", "yes"}

    def _execute(self, deployer: StackDeployer, change_set: ChangeSet) -> None:
        self._state = (
            f"What CloudFormation has begun on {change_set.stack_name} it finishes, or rolls back, "
            "by itself.\nRun it again to see the state, or cancel an update with `aws "
            f"cloudformation cancel-update-stack --stack-name {change_set.stack_name}`."
        )
        begun = False
        try:
            with explained_aws_errors():
                for event in deployer.execute(change_set):
                    begun = True
                    self._write_event(event)
        except (DeployFailed, DeployUnfinished):
            raise
        except AwsSetupError as error:
            if not begun:
                raise
            raise DeployUnfinished(f"{error}\n{self._state}", hint=error.hint) from error

    def _write_event(self, event: StackEvent) -> None:
        style: Callable[[str], str] = str
        if event.ends_operation and event.status in SUCCEEDED:
            style = self.style.SUCCESS
        elif event.ends_operation or event.is_failure:
            style = self.style.ERROR
        self.stdout.write(style(format_event(event)))
        self.stdout.flush()

"""`manage.py deploy_backend`: create or update the stack, after showing what would change."""

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import fields
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aws_setup.adoption import Adoption
from aws_setup.change_sets import ChangeSet
from aws_setup.checks import check_template
from aws_setup.clients import aws_session, explained_aws_errors
from aws_setup.events import StackEvent
from aws_setup.exceptions import AwsSetupError, DeployFailed, DeployUnfinished
from aws_setup.packaging import render_template
from aws_setup.progress import format_changes, format_event, format_outputs
from aws_setup.stack_states import SUCCEEDED, describe_stack
from aws_setup.stacks import StackDeployer
from aws_setup.surroundings import Surroundings, Wishes

INTERRUPTED = 130  # as a shell reports a process that Ctrl-C ended

# The options that are the fields of Wishes.
SURROUNDINGS: dict[str, dict[str, Any]] = {
    "--user-pool-id": {
        "metavar": "ID",
        "default": "",
        "help": "Use this user pool in place of one of the stack's own; it keeps its settings.",
    },
    "--replace-trigger": {
        "action": "store_true",
        "help": "Displace the PostConfirmation function that the pool has.",
    },
    "--business-table": {
        "metavar": "NAME",
        "default": "",
        "help": "Use this DynamoDB table in place of one of the stack's own, as it is.",
    },
    "--add-indexes": {
        "action": "store_true",
        "help": "Add the indexes that such a table lacks, one at a time.",
    },
    "--adopt": {
        "metavar": "ID",
        "action": "append",
        "default": [],
        "help": "Adopt this pool or table that an earlier stack has left, and no other; `none` "
        "adopts nothing.",
    },
}


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
        for name, options in SURROUNDINGS.items():
            parser.add_argument(name, **options)

    def handle(self, *, dry_run: bool, yes: bool, print_template: bool, **options: Any) -> None:
        self._stdin: TextIO = options.get("stdin") or sys.stdin
        self._state = "Nothing was changed."
        names = (field.name for field in fields(Wishes))
        self._wishes = Wishes(**{name: options[name] for name in names})
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
            found = describe_stack(cfn, stack)
            creates_stack = deployer.must_create(found)
            around = Surroundings(session, found, body, self._wishes)
            parameters = {"GroupName": settings.BUSINESS_GROUP_NAME, **around.parameters()}
            asking = {"dry_run": dry_run, "yes": yes}
            adoption = around.adoption(stack, parameters["GroupName"])
            if adoption:
                if not self._adopt(deployer, adoption, parameters, **asking):
                    return
                creates_stack = False
            change_set = deployer.plan(body, parameters, creates_stack=creates_stack)
            if self._change(deployer, around, change_set, **asking) and not dry_run:
                self.stdout.write(format_outputs(deployer.outputs()))

    def _change(
        self, deployer: StackDeployer, around: Surroundings, change_set: ChangeSet, **asking: bool
    ) -> bool:
        """Execute the plan and do what belongs to it beside the stack. Returns whether it did."""
        self._write_lines(around.notes())
        if not (change_set.is_executable or around.steps()):
            self.stdout.write(self.style.SUCCESS("No changes."))
            return True
        if not self._is_wanted(deployer, change_set, around.steps(), **asking):
            return False
        around.prepare()
        self._execute(deployer, change_set)
        self._write_lines(around.finish(deployer.outputs()))
        return True

    def _adopt(
        self,
        deployer: StackDeployer,
        adoption: Adoption,
        parameters: Mapping[str, str],
        **asking: bool,
    ) -> bool:
        """Import what is there already. Returns whether to go on to the rest."""
        self.stdout.write("There already, and taken into the new stack as it is:")
        self._write_lines(f"  {line}" for line in adoption.lines())
        change_set = deployer.plan_import(adoption, parameters)
        after = ["The rest of the stack follows, with a table of changes of its own."]
        if not self._is_wanted(deployer, change_set, after, **asking):
            return False
        self._execute(deployer, change_set)
        self._state = "The stack has taken in what was there; nothing else was changed."
        return True

    def _write_lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)
            self.stdout.flush()

    def _is_wanted(
        self,
        deployer: StackDeployer,
        change_set: ChangeSet,
        steps: Iterable[str],
        *,
        dry_run: bool,
        yes: bool,
    ) -> bool:
        """Show the changes and ask; discard a change set that is not to be executed."""
        try:
            if change_set.is_executable:
                self.stdout.write(format_changes(change_set.changes))
            self._write_lines(steps)
            wanted = not dry_run and (yes or self._ask())
        except BaseException:
            self._discard(deployer, change_set)
            raise
        if not wanted:
            self._discard(deployer, change_set)
            self.stdout.write(self._state)
        return wanted

    def _discard(self, deployer: StackDeployer, change_set: ChangeSet) -> None:
        if change_set.is_executable:  # or else it is gone already
            deployer.discard(change_set)

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

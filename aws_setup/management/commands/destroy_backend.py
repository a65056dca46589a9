"""`manage.py destroy_backend`: remove the stack, after showing what goes and what stays."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

import boto3
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aws_setup.clients import aws_session, explained_aws_errors
from aws_setup.exceptions import AwsSetupError
from aws_setup.kept_resources import TYPES, Kept, find_kept
from aws_setup.pool_trigger import PoolTrigger
from aws_setup.progress import format_event, format_table
from aws_setup.removal import StackPart, StackRemoval
from aws_setup.stack_states import describe_stack
from aws_setup.stored_data import StoredData

INTERRUPTED = 130  # as a shell reports a process that Ctrl-C ended
UNTOUCHED = "Nothing was changed."
GOES_ON = "CloudFormation goes on deleting {stack}. Run destroy_backend again to see how far it is."
WITHOUT_TRIGGER = (
    "User pool {pool} does not call the stack's function any more: who confirms meanwhile is not "
    "onboarded. Run destroy_backend again to go on."
)
ADOPTED = "The next deploy_backend adopts them; destroy_backend --delete-data deletes them."


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
        self._stdin: TextIO = options.get("stdin") or sys.stdin
        self._state = UNTOUCHED
        self._stack: str = settings.BACKEND_STACK_NAME
        self._answers = {"stack": yes, "data": yes_delete_data}
        try:
            with explained_aws_errors():
                self._destroy(aws_session(), delete_data=delete_data)
        except AwsSetupError as error:
            said = str(error) if self._state == UNTOUCHED else f"{error}\n{self._state}"
            raise CommandError(f"{said}\n{error.hint}") from error
        except KeyboardInterrupt as interrupt:
            raise CommandError(f"Interrupted. {self._state}", returncode=INTERRUPTED) from interrupt

    def _destroy(self, session: boto3.Session, *, delete_data: bool) -> None:
        account = session.client("sts").get_caller_identity()["Account"]
        region = session.region_name
        self.stdout.write(f"Account {account}, Region {region}, stack {self._stack}")
        data = StoredData(session.client("cognito-idp"), session.client("dynamodb"))
        cloudformation = session.client("cloudformation")
        stack = describe_stack(cloudformation, self._stack)
        if stack is None:
            self.stdout.write(f"Stack {self._stack} does not exist in {region}.")
            tagging = session.client("resourcegroupstaggingapi")
            kept = data.still_there(find_kept(tagging, self._stack))
            if kept and delete_data:
                self._confirm_data(data, kept)
        else:
            removal = StackRemoval(cloudformation, stack)
            parts = removal.parts()
            kept = data.still_there(self._kept(session, removal, parts))
            self.stdout.write(_format_parts(parts, delete_data=delete_data))
            self._confirm("stack", f"remove stack {self._stack}", "--yes")
            if kept and delete_data:
                self._confirm_data(data, kept)
            self._remove(session, removal, parts)
        if delete_data:
            self._delete(data, kept)
        else:
            self._say_what_stays(data, kept)

    def _kept(
        self, session: boto3.Session, removal: StackRemoval, parts: Iterable[StackPart]
    ) -> tuple[Kept, ...]:
        """Return what the stack keeps, and what earlier ones of its name have left.

        A stack that was rolled back lists nothing; a tag may take a while to be found.
        """
        listed = (
            Kept(part=part.logical_id, physical_id=part.physical_id)
            for part in parts
            if part.is_kept and part.logical_id in TYPES and not part.is_gone
        )
        found = find_kept(session.client("resourcegroupstaggingapi"), self._stack)
        return tuple(
            kept
            for kept in dict.fromkeys((*listed, *found))
            if kept.physical_id not in removal.parameters.values()  # given to it, not its own
        )

    def _remove(
        self, session: boto3.Session, removal: StackRemoval, parts: Sequence[StackPart]
    ) -> None:
        """Take the trigger off the pool, then delete the stack; no pool names a lost function."""
        trigger = _trigger(session, removal, parts)
        taken_off = trigger is not None and trigger.detach()
        if trigger is not None and taken_off:
            self._state = WITHOUT_TRIGGER.format(pool=trigger.pool_id)
        begun = False
        try:
            for event in removal.execute():
                begun = True
                self._state = GOES_ON.format(stack=self._stack)
                self.stdout.write(format_event(event))
                self.stdout.flush()
        except ClientError:
            # Refused. Where an answer was lost instead, the deletion may have begun.
            if trigger is not None and taken_off and not begun:
                trigger.attach()
                self._state = UNTOUCHED
            raise
        if trigger is not None and taken_off:
            now = f"calls {trigger.displaced} again" if trigger.displaced else "has no trigger now"
            self.stdout.write(f"User pool {trigger.pool_id} {now}.")
        self._state = f"Stack {self._stack} is gone."
        self.stdout.write(self.style.SUCCESS(self._state))

    def _confirm_data(self, data: StoredData, kept: Iterable[Kept]) -> None:
        self.stdout.write("This is deleted for good, with all that it holds:")
        self.stdout.write(_format_kept(data, kept))
        self._confirm("data", f"delete the data of {self._stack}", "--yes-delete-data")

    def _confirm(self, what: str, act: str, option: str) -> None:
        """Have the stack's name typed, or given by the option. Raises CommandError otherwise."""
        given = self._answers[what]
        if not given and not self._stdin.isatty():
            raise CommandError(
                f"There is nobody to ask, because the input is not a terminal. {UNTOUCHED}\n"
                f"Add `{option} {self._stack}` to {act} without asking."
            )
        if not given:
            self.stdout.write(f"Type the stack's name to {act}: ", ending="")
            self.stdout.flush()
            given = self._stdin.readline().strip()
        if given != self._stack:
            raise CommandError(
                f"{given!r} is not the stack's name. {UNTOUCHED}\nThe stack is {self._stack}; "
                "another one is chosen with BACKEND_STACK_NAME and AWS_REGION."
            )

    def _delete(self, data: StoredData, kept: Sequence[Kept]) -> None:
        for each in kept:
            self._state = f"What is listed as deleted is gone. {self._state}".strip()
            data.delete(each)
            self.stdout.write(f"Deleted {each.part} {each.physical_id}")
        if not kept:
            self.stdout.write("There is no data to delete.")

    def _say_what_stays(self, data: StoredData, kept: Sequence[Kept]) -> None:
        if not kept:
            self.stdout.write("It has left nothing.")
            return
        self.stdout.write("Kept:")
        self.stdout.write(_format_kept(data, kept))
        self.stdout.write(ADOPTED)


def _trigger(
    session: boto3.Session, removal: StackRemoval, parts: Iterable[StackPart]
) -> PoolTrigger | None:
    """Return the function and the pool of the stack, its own or an existing one; None without."""
    made = {part.logical_id: part.physical_id for part in parts}

    def find(logical_id: str) -> str:
        return made.get(logical_id) or removal.physical_id(logical_id)

    pool_id = removal.parameters.get("ExistingUserPoolId") or find("UserPool")
    function_name = find("TriggerFunction")
    if not (pool_id and function_name):
        return None
    return PoolTrigger(
        client=session.client("cognito-idp"),
        pool_id=pool_id,
        function_name=function_name,
        displaced=removal.parameters.get("DisplacedTrigger", ""),
    )


def _format_parts(parts: Iterable[StackPart], *, delete_data: bool) -> str:
    def action(part: StackPart) -> str:
        if not part.is_kept:
            return "Remove"
        return "DELETE WITH ITS DATA" if delete_data else "Keep"

    rows = [
        (
            action(part),
            part.logical_id,
            part.resource_type,
            part.physical_id if part.is_kept else "",
        )
        for part in parts
        if not part.is_gone
    ]
    return format_table([("Action", "Logical id", "Type", "Where"), *rows])


def _format_kept(data: StoredData, kept: Iterable[Kept]) -> str:
    return format_table([(each.part, each.physical_id, data.amount(each)) for each in kept])

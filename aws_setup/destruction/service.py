"""One run of `destroy_backend`: show what goes and what stays, ask, delete, say what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from aws_setup.calls.clients import in_a_sentence, translated_errors
from aws_setup.destruction.consent import NOTHING_CHANGED, require_agreement, require_name
from aws_setup.destruction.found import Found, look
from aws_setup.destruction.planned import format_planned, planned
from aws_setup.destruction.result import RemovalResult
from aws_setup.destruction.template_bucket import what_becomes_of_bucket
from aws_setup.exceptions import (
    DeployUnfinished,
    RemovalFailed,
    UnexpectedAwsError,
)
from aws_setup.existing.kept_resources import KeptResource
from aws_setup.existing.stored_data import StoredData
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.removal import StackRemoval, StackResource
from aws_setup.stack.states import check_name, check_ours, describe_stack
from aws_setup.terminal.console import Console
from aws_setup.terminal.operation_watch import OperationWatch
from aws_setup.terminal.progress import format_table

GOES_ON = "CloudFormation goes on deleting {stack}. Run destroy_backend again to watch it."
WITHOUT_TRIGGER = (
    "User pool {pool} no longer calls the stack's function: people who confirm in the meantime are "
    "not onboarded. Run destroy_backend again to go on."
)
DELETING = (
    "Stack {stack} is gone. What is listed as deleted is gone; the rest of the data is untouched."
)
STAYS = "The next deploy_backend adopts them; destroy_backend --delete-data deletes them."
SEVERAL_STAY = (
    "The next deploy_backend adopts one of each kind: name those to adopt with its option --adopt. "
    "destroy_backend --delete-data deletes all of them."
)
IN_USE = "The stack uses these, which it was told to use; they stay, with or without --delete-data:"


class Destruction:
    """Removes one stack, after an operator has typed its name.

    client: returns a client of the named service, in the account and the Region.
    result: names the stack, and is filled in during the run.
    role_arn: the role that CloudFormation acts with; "" for the one that the stack has.
    poll_interval: how often, and for how long, AWS is asked whether it is done.
    aws_state: a sentence that says what is true in AWS if the run ended now.
    Raises SettingMissing for a stack name that CloudFormation does not accept. Makes no call.
    """

    def __init__(
        self,
        client: Callable[[str], Any],
        console: Console,
        result: RemovalResult,
        *,
        role_arn: str = "",
        poll_interval: PollInterval | None = None,
    ) -> None:
        check_name(result.stack)
        self._client, self._console, self._result = client, console, result
        self._stack = result.stack
        self._role_arn = role_arn
        self._watch = OperationWatch(console)
        self._poll_interval = replace(poll_interval or PollInterval(), sleep=self._watch.sleep)
        self._cognito = client("cognito-idp")
        self._data = StoredData(self._cognito, client("dynamodb"))
        self.aws_state = NOTHING_CHANGED

    def run(
        self, *, yes: str, delete_data: bool, yes_delete_data: str, dry_run: bool = False
    ) -> None:
        """Show, ask, detach the trigger, delete the stack, and say what stays.

        yes, yes_delete_data: the stack's name, instead of typing it; "" to be asked for it.
        dry_run: whether to end after showing what would be done.
        Whatever AWS answers, raises AwsSetupError with what to do; or KeyboardInterrupt.
        """
        try:
            with translated_errors():
                self._run(yes, yes_delete_data, delete_data=delete_data, dry_run=dry_run)
        except ClientError as error:
            raise UnexpectedAwsError(in_a_sentence(error)) from error

    def _run(self, yes: str, yes_delete_data: str, *, delete_data: bool, dry_run: bool) -> None:
        removal, account = self._find_stack(), self._result.account
        found = look(
            self._client, self._stack, removal, self._data, account, delete_data=delete_data
        )
        self._show(found, delete_data=delete_data)
        if dry_run:
            self._console.say(NOTHING_CHANGED)
            self._result.end("planned")
            return
        if removal:
            require_agreement(self._console, removal, yes)
        if found.kept and delete_data:
            act = f"delete the data of {self._stack}"
            require_name(self._console, self._stack, yes_delete_data, act, "--yes-delete-data")
        if removal:
            self._remove(removal, found)
        if delete_data:
            self._delete(found.kept)
        else:
            self._say_what_stays((*found.kept, *found.in_use))
        if found.existing_pool:
            self._say_that_groups_stay(found.resources, found.existing_pool)
        if about_bucket := what_becomes_of_bucket(self._client("s3"), account):
            self._console.say(about_bucket)
        self._result.end("removed" if removal else "absent")

    def _find_stack(self) -> StackRemoval | None:
        """Say where the stack is looked for; return None if it does not exist."""
        cloudformation = self._client("cloudformation")
        region = cloudformation.meta.region_name
        account = self._client("sts").get_caller_identity()["Account"]
        self._result.account, self._result.region = account, region
        self._console.say(f"Account {account}, Region {region}, stack {self._stack}")
        stack = describe_stack(cloudformation, self._stack)
        check_ours(stack, region)
        if stack is None:
            self._console.say(f"Stack {self._stack} does not exist in {region}.")
            return None
        return StackRemoval(
            cloudformation, stack, role_arn=self._role_arn, poll_interval=self._poll_interval
        )

    def _show(self, found: Found, *, delete_data: bool) -> None:
        """Show what becomes of the stack's resources, of its pool's trigger and of the data."""
        if found.removal:
            deleted = [each.physical_id for each in found.kept] if delete_data else []
            plan = planned(found.resources, deleted)
            self._result.resources, self._result.user_pool = plan, found.about_pool
            self._console.say(format_planned(plan))
        if found.about_pool:
            self._console.say(f"Then: {found.about_pool}")
        self._console.say_all(found.taken)
        if found.in_use:
            self._console.say(IN_USE)
            self._console.say(self._format_kept(found.in_use))
        self._result.settle(found.kept, found.in_use, delete_data=delete_data)
        if found.kept and delete_data:
            self._console.say("This is deleted for good, with everything in it:")
            self._console.say(self._format_kept(found.kept))

    def _remove(self, removal: StackRemoval, found: Found) -> None:
        """Detach the trigger, then delete the stack, so that no pool calls a missing function."""
        trigger = found.trigger
        called = trigger.detach() if trigger is not None else ""
        # This is also true of a trigger that an earlier run detached.
        without = WITHOUT_TRIGGER.format(pool=trigger.pool_id) if trigger is not None else ""
        self.aws_state = without or NOTHING_CHANGED
        try:
            events = removal.start()
        except ClientError:
            # AWS refused. If an answer was lost instead, the deletion may have begun.
            if trigger is not None and called and not removal.is_running:
                trigger.attach(called)
                self.aws_state = NOTHING_CHANGED
            raise
        self.aws_state = " ".join(filter(None, [without, GOES_ON.format(stack=self._stack)]))
        total = sum(not resource.is_kept for resource in found.resources)
        try:
            self._watch.show_events(events, total=total)
        except (RemovalFailed, DeployUnfinished):
            self.aws_state = without  # These errors say the rest themselves.
            raise
        if called:
            self._console.say(found.about_pool)
        self.aws_state = f"Stack {self._stack} is gone."
        self._console.say(self._console.style.SUCCESS(self.aws_state))

    def _delete(self, kept: Iterable[KeptResource]) -> None:
        if not kept:
            self._console.say("There is no data to delete.")
        for each in kept:
            self.aws_state = DELETING.format(stack=self._stack)
            self._data.delete(each)
            self._result.note_deleted(each)
            self._console.say(f"Deleted {each.logical_id} {each.physical_id}")

    def _say_what_stays(self, kept: Sequence[KeptResource]) -> None:
        if not kept:
            self._console.say("It has left nothing behind.")
            return
        self._console.say("Kept:")
        self._console.say(self._format_kept(kept))
        has_several = len({each.logical_id for each in kept}) < len(kept)
        self._console.say(SEVERAL_STAY if has_several else STAYS)

    def _say_that_groups_stay(self, resources: Iterable[StackResource], pool: str) -> None:
        for each in resources:
            if each.logical_id == "Group" and not each.is_gone:
                group = f"the group {each.physical_id} with its members"
                self._console.say(f"Kept: {group}, in user pool {pool}.")

    def _format_kept(self, kept: Iterable[KeptResource]) -> str:
        rows = [(each.logical_id, each.physical_id, self._data.amount(each)) for each in kept]
        return format_table(rows)

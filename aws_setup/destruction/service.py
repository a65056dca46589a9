"""One run of `destroy_backend`: show what goes and what stays, ask, delete, say what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from aws_setup.clients import in_a_sentence, translated_errors
from aws_setup.exceptions import (
    DeployUnfinished,
    NoOperator,
    RemovalFailed,
    StackBusy,
    UnexpectedAwsError,
    WrongStackName,
)
from aws_setup.existing.kept_resources import TYPES, KeptResource, find_kept
from aws_setup.existing.stored_data import StoredData
from aws_setup.existing.user_pool.trigger import PoolTrigger
from aws_setup.stack.attached_policies import POLICY, refuse_attached
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.removal import WAIT, StackRemoval, StackResource
from aws_setup.stack.states import check_name, describe_stack
from aws_setup.terminal.console import Console
from aws_setup.terminal.operation_watch import OperationWatch
from aws_setup.terminal.progress import format_table

NOTHING_CHANGED = "Nothing was changed."
GOES_ON = "CloudFormation goes on deleting {stack}. Run destroy_backend again to watch it."
RUNS = "It is being deleted: somebody else does that, or an earlier run goes on."
WATCH = "Watch that until it ends, and go on then?"
WITHOUT_TRIGGER = (
    "User pool {pool} does not call the stack's function any more: who confirms meanwhile is not "
    "onboarded. Run destroy_backend again to go on."
)
DELETING = (
    "Stack {stack} is gone. What is listed as deleted is gone; the rest of the data is untouched."
)
STAYS = "The next deploy_backend adopts them; destroy_backend --delete-data deletes them."


class Destruction:
    """Removes one stack, with an operator who types its name.

    client: makes one of a service, in the account and Region. poll_interval: how the waits go.
    aws_state: what is so in AWS if the run ended now.
    Raises SettingMissing for a stack's name that CloudFormation does not take; makes no call.
    """

    def __init__(
        self,
        client: Callable[[str], Any],
        console: Console,
        stack: str,
        *,
        poll_interval: PollInterval | None = None,
    ) -> None:
        check_name(stack)
        self._client, self._console, self._stack = client, console, stack
        self._watch = OperationWatch(console)
        self._poll_interval = replace(poll_interval or PollInterval(), sleep=self._watch.sleep)
        self._cognito = client("cognito-idp")
        self._data = StoredData(self._cognito, client("dynamodb"))
        self.aws_state = NOTHING_CHANGED

    def run(self, *, yes: str, delete_data: bool, yes_delete_data: str) -> None:
        """Say where, show, ask, take the trigger off, delete, and say what stays.

        yes, yes_delete_data: the stack's name, in place of typing it; "" to be asked.
        Raises AwsSetupError with the mend, whatever AWS answers; KeyboardInterrupt.
        """
        try:
            with translated_errors():
                self._run(yes, yes_delete_data, delete_data=delete_data)
        except ClientError as error:
            raise UnexpectedAwsError(in_a_sentence(error)) from error

    def _run(self, yes: str, yes_delete_data: str, *, delete_data: bool) -> None:
        cloudformation = self._client("cloudformation")
        region = cloudformation.meta.region_name
        account = self._client("sts").get_caller_identity()["Account"]
        self._console.say(f"Account {account}, Region {region}, stack {self._stack}")
        stack = describe_stack(cloudformation, self._stack)
        removal = (
            StackRemoval(cloudformation, stack, poll_interval=self._poll_interval)
            if stack
            else None
        )
        resources = removal.resources() if removal else ()
        if removal and not removal.is_running:
            policies = (
                each for each in resources if each.resource_type == POLICY and not each.is_gone
            )
            refuse_attached(self._client("iam"), (each.physical_id for each in policies))
        kept = self._data.still_there(self._kept(removal, resources))
        if removal:
            self._console.say(_format_resources(removal, resources, delete_data=delete_data))
            self._have_agreed(removal, yes)
        else:
            self._console.say(f"Stack {self._stack} does not exist in {region}.")
        if kept and delete_data:
            self._console.say("This is deleted for good, with all that it holds:")
            self._console.say(self._format_kept(kept))
            act = f"delete the data of {self._stack}"
            self._have_typed(yes_delete_data, act, "--yes-delete-data")
        if removal:
            self._remove(removal, resources)
        if delete_data:
            self._delete(kept)
        else:
            self._say_what_stays(kept)
        if removal and (pool := _foreign_pool(removal)):
            self._say_that_groups_stay(resources, pool)

    def _kept(
        self, removal: StackRemoval | None, resources: Iterable[StackResource]
    ) -> tuple[KeptResource, ...]:
        """Return what the stack keeps, and what earlier ones of its name have left.

        A stack that was rolled back lists nothing; a tag may take a while to be found.
        """
        listed = (
            KeptResource(logical_id=resource.logical_id, physical_id=resource.physical_id)
            for resource in resources
            if resource.is_kept and resource.logical_id in TYPES and not resource.is_gone
        )
        found = find_kept(self._client("resourcegroupstaggingapi"), self._stack)
        given = set(removal.parameters.values()) if removal else set()  # and so not the stack's own
        every = dict.fromkeys((*listed, *found))
        return tuple(kept for kept in every if kept.physical_id not in given)

    def _have_agreed(self, removal: StackRemoval, yes: str) -> None:
        """Have the stack's name typed, or ask whether to watch a deletion that runs.

        Raises StackBusy where that is not wanted; as `_have_typed` otherwise.
        """
        if yes or not removal.is_running:
            self._have_typed(yes, f"remove stack {self._stack}", "--yes")
            return
        self._console.say(RUNS)
        if not self._console.confirm(WATCH):
            raise StackBusy(f"Stack {self._stack} is being deleted. {NOTHING_CHANGED}", hint=WAIT)

    def _have_typed(self, given: str, act: str, option: str) -> None:
        """Check the name, given or typed. Raises NoOperator, or WrongStackName for another."""
        if not given and not self._console.has_operator:
            raise NoOperator(hint=f"Add `{option} {self._stack}` to {act} without asking.")
        if not given:
            given = self._console.read(f"Type the stack's name to {act}: ")
        if given != self._stack:
            raise WrongStackName(
                f"{given!r} is not the stack's name. {NOTHING_CHANGED}",
                hint=f"The stack is {self._stack}; another one is chosen with BACKEND_STACK_NAME "
                "and AWS_REGION.",
            )

    def _remove(self, removal: StackRemoval, resources: Sequence[StackResource]) -> None:
        """Take the trigger off the pool, then delete the stack; no pool names a lost function."""
        trigger = self._trigger(removal, resources)
        taken_off = trigger is not None and trigger.detach()
        # Said of a trigger that an earlier run took off, too.
        without = WITHOUT_TRIGGER.format(pool=trigger.pool_id) if trigger is not None else ""
        self.aws_state = without or NOTHING_CHANGED
        try:
            events = removal.start()
        except ClientError:
            # Refused. Where an answer was lost instead, the deletion may have begun.
            if trigger is not None and taken_off and not removal.is_running:
                trigger.attach()
                self.aws_state = NOTHING_CHANGED
            raise
        self.aws_state = " ".join(filter(None, [without, GOES_ON.format(stack=self._stack)]))
        try:
            self._watch.watch(events, total=sum(not resource.is_kept for resource in resources))
        except (RemovalFailed, DeployUnfinished):
            self.aws_state = without  # these tell the rest themselves
            raise
        if trigger is not None and taken_off:
            now = f"calls {trigger.displaced} again" if trigger.displaced else "has no trigger now"
            self._console.say(f"User pool {trigger.pool_id} {now}.")
        self.aws_state = f"Stack {self._stack} is gone."
        self._console.say(self._console.style.SUCCESS(self.aws_state))

    def _trigger(
        self, removal: StackRemoval, resources: Iterable[StackResource]
    ) -> PoolTrigger | None:
        """Return the stack's function with its pool, own or existing; None without either."""
        made = {resource.logical_id: resource.physical_id for resource in resources}

        def find(logical_id: str) -> str:
            return made.get(logical_id) or removal.physical_id(logical_id)

        pool_id = _foreign_pool(removal) or find("UserPool")
        function_name = find("TriggerFunction")
        if not (pool_id and function_name):
            return None
        return PoolTrigger(
            client=self._cognito,
            pool_id=pool_id,
            function_name=function_name,
            displaced=removal.parameters.get("DisplacedTrigger", ""),
        )

    def _delete(self, kept: Iterable[KeptResource]) -> None:
        if not kept:
            self._console.say("There is no data to delete.")
        for each in kept:
            self.aws_state = DELETING.format(stack=self._stack)
            self._data.delete(each)
            self._console.say(f"Deleted {each.logical_id} {each.physical_id}")

    def _say_what_stays(self, kept: Sequence[KeptResource]) -> None:
        if not kept:
            self._console.say("It has left nothing.")
            return
        self._console.say("Kept:")
        self._console.say(self._format_kept(kept))
        self._console.say(STAYS)

    def _say_that_groups_stay(self, resources: Iterable[StackResource], pool: str) -> None:
        for resource in resources:
            if resource.logical_id == "Group" and not resource.is_gone:
                said = (
                    f"Kept: the group {resource.physical_id} with its members, in user pool {pool}."
                )
                self._console.say(said)

    def _format_kept(self, kept: Iterable[KeptResource]) -> str:
        rows = [(each.logical_id, each.physical_id, self._data.amount(each)) for each in kept]
        return format_table(rows)


def _foreign_pool(removal: StackRemoval) -> str:
    """Return the id of the pool that was there before the stack; "" for a pool of its own."""
    return removal.parameters.get("ExistingUserPoolId", "")


def _format_resources(
    removal: StackRemoval, resources: Iterable[StackResource], *, delete_data: bool
) -> str:
    deleted = {*TYPES} if _foreign_pool(removal) else {*TYPES, "Group"}

    def action(resource: StackResource) -> str:
        if not resource.is_kept:
            return "Remove"
        return "DELETE WITH ITS DATA" if delete_data and resource.logical_id in deleted else "Keep"

    rows = [
        (
            action(resource),
            resource.logical_id,
            resource.resource_type,
            resource.physical_id if resource.is_kept else "",
        )
        for resource in resources
        if not resource.is_gone
    ]
    return format_table([("Action", "Logical id", "Type", "Where"), *rows])

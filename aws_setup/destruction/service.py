"""One run of `destroy_backend`: show what goes and what stays, ask, delete, say what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from aws_setup.clients import in_a_sentence, translated_errors
from aws_setup.destruction.consent import NOTHING_CHANGED, require_agreement, require_name
from aws_setup.destruction.template_bucket import what_becomes_of_bucket
from aws_setup.exceptions import (
    DeployUnfinished,
    RemovalFailed,
    UnexpectedAwsError,
)
from aws_setup.existing.kept_resources import KeptResource, find_kept
from aws_setup.existing.stored_data import StoredData
from aws_setup.existing.user_pool.trigger import PoolTrigger
from aws_setup.stack.attached_policies import POLICY, refuse_attached
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.removal import StackRemoval, StackResource
from aws_setup.stack.states import check_name, describe_stack
from aws_setup.template.data_resources import DATA_RESOURCES
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


class Destruction:
    """Removes one stack, after an operator has typed its name.

    client: returns a client of the named service, in the account and the Region.
    role_arn: the role that CloudFormation acts with; "" for the one that the stack has.
    poll_interval: how often, and for how long, AWS is asked whether it is done.
    aws_state: a sentence that says what is true in AWS if the run ended now.
    Raises SettingMissing for a stack name that CloudFormation does not accept. Makes no call.
    """

    def __init__(
        self,
        client: Callable[[str], Any],
        console: Console,
        stack: str,
        *,
        role_arn: str = "",
        poll_interval: PollInterval | None = None,
    ) -> None:
        check_name(stack)
        self._client, self._console, self._stack = client, console, stack
        self._role_arn = role_arn
        self._watch = OperationWatch(console)
        self._poll_interval = replace(poll_interval or PollInterval(), sleep=self._watch.sleep)
        self._cognito = client("cognito-idp")
        self._data = StoredData(self._cognito, client("dynamodb"))
        self._account = ""  # known once AWS was asked
        self.aws_state = NOTHING_CHANGED

    def run(self, *, yes: str, delete_data: bool, yes_delete_data: str) -> None:
        """Show, ask, detach the trigger, delete the stack, and say what stays.

        yes, yes_delete_data: the stack's name, instead of typing it; "" to be asked for it.
        Whatever AWS answers, raises AwsSetupError with what to do; or KeyboardInterrupt.
        """
        try:
            with translated_errors():
                self._run(yes, yes_delete_data, delete_data=delete_data)
        except ClientError as error:
            raise UnexpectedAwsError(in_a_sentence(error)) from error

    def _run(self, yes: str, yes_delete_data: str, *, delete_data: bool) -> None:
        removal = self._find_stack()
        resources = removal.resources() if removal else ()
        if removal and not removal.is_running:
            self._refuse_attached_policies(resources)
        kept = self._data.still_there(self._kept(removal, resources))
        if removal:
            self._console.say(_format_resources(removal, resources, delete_data=delete_data))
            require_agreement(self._console, removal, yes)
        if kept and delete_data:
            self._console.say("This is deleted for good, with everything in it:")
            self._console.say(self._format_kept(kept))
            act = f"delete the data of {self._stack}"
            require_name(self._console, self._stack, yes_delete_data, act, "--yes-delete-data")
        if removal:
            self._remove(removal, resources)
        if delete_data:
            self._delete(kept)
        else:
            self._say_what_stays(kept)
        if removal and (pool := _existing_pool(removal)):
            self._say_that_groups_stay(resources, pool)
        if about_bucket := what_becomes_of_bucket(self._client("s3"), self._account):
            self._console.say(about_bucket)

    def _find_stack(self) -> StackRemoval | None:
        """Say where the stack is looked for; return None if it does not exist."""
        cloudformation = self._client("cloudformation")
        region = cloudformation.meta.region_name
        self._account = self._client("sts").get_caller_identity()["Account"]
        self._console.say(f"Account {self._account}, Region {region}, stack {self._stack}")
        stack = describe_stack(cloudformation, self._stack)
        if stack is None:
            self._console.say(f"Stack {self._stack} does not exist in {region}.")
            return None
        return StackRemoval(
            cloudformation, stack, role_arn=self._role_arn, poll_interval=self._poll_interval
        )

    def _refuse_attached_policies(self, resources: Iterable[StackResource]) -> None:
        policies = (each for each in resources if each.resource_type == POLICY and not each.is_gone)
        refuse_attached(self._client("iam"), (each.physical_id for each in policies))

    def _kept(
        self, removal: StackRemoval | None, resources: Iterable[StackResource]
    ) -> tuple[KeptResource, ...]:
        """Return what this stack keeps, and what earlier stacks of its name have left.

        Both are needed: a stack that was rolled back lists nothing, and the search by tags may not
        find a resource at once.
        """
        listed = (
            KeptResource(logical_id=resource.logical_id, physical_id=resource.physical_id)
            for resource in resources
            if resource.is_kept and resource.logical_id in DATA_RESOURCES and not resource.is_gone
        )
        found = find_kept(self._client("resourcegroupstaggingapi"), self._stack)
        # What the stack's parameters name existed before the stack and is not its own.
        given = set(removal.parameters.values()) if removal else set()
        every = dict.fromkeys((*listed, *found))
        return tuple(kept for kept in every if kept.physical_id not in given)

    def _remove(self, removal: StackRemoval, resources: Sequence[StackResource]) -> None:
        """Detach the trigger, then delete the stack, so that no pool calls a missing function."""
        trigger = self._trigger(removal, resources)
        is_detached = trigger is not None and trigger.detach()
        # This is also true of a trigger that an earlier run detached.
        without = WITHOUT_TRIGGER.format(pool=trigger.pool_id) if trigger is not None else ""
        self.aws_state = without or NOTHING_CHANGED
        try:
            events = removal.start()
        except ClientError:
            # AWS refused. If an answer was lost instead, the deletion may have begun.
            if trigger is not None and is_detached and not removal.is_running:
                trigger.attach()
                self.aws_state = NOTHING_CHANGED
            raise
        self.aws_state = " ".join(filter(None, [without, GOES_ON.format(stack=self._stack)]))
        total = sum(not resource.is_kept for resource in resources)
        try:
            self._watch.show_events(events, total=total)
        except (RemovalFailed, DeployUnfinished):
            self.aws_state = without  # These errors say the rest themselves.
            raise
        if trigger is not None and is_detached:
            now = f"calls {trigger.displaced} again" if trigger.displaced else "has no trigger now"
            self._console.say(f"User pool {trigger.pool_id} {now}.")
        self.aws_state = f"Stack {self._stack} is gone."
        self._console.say(self._console.style.SUCCESS(self.aws_state))

    def _trigger(
        self, removal: StackRemoval, resources: Iterable[StackResource]
    ) -> PoolTrigger | None:
        """Return the stack's function and its pool; None if either of them is missing."""
        made = {resource.logical_id: resource.physical_id for resource in resources}

        def find(logical_id: str) -> str:
            return made.get(logical_id) or removal.physical_id(logical_id)

        pool_id = _existing_pool(removal) or find("UserPool")
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
            self._console.say("It has left nothing behind.")
            return
        self._console.say("Kept:")
        self._console.say(self._format_kept(kept))
        self._console.say(STAYS)

    def _say_that_groups_stay(self, resources: Iterable[StackResource], pool: str) -> None:
        for each in resources:
            if each.logical_id == "Group" and not each.is_gone:
                group = f"the group {each.physical_id} with its members"
                self._console.say(f"Kept: {group}, in user pool {pool}.")

    def _format_kept(self, kept: Iterable[KeptResource]) -> str:
        rows = [(each.logical_id, each.physical_id, self._data.amount(each)) for each in kept]
        return format_table(rows)


def _existing_pool(removal: StackRemoval) -> str:
    """Return the id of the pool that existed before the stack; "" if the stack made its own."""
    return removal.parameters.get("ExistingUserPoolId", "")


def _format_resources(
    removal: StackRemoval, resources: Iterable[StackResource], *, delete_data: bool
) -> str:
    deleted = {*DATA_RESOURCES} if _existing_pool(removal) else {*DATA_RESOURCES, "Group"}

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

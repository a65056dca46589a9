"""One CloudFormation stack: plan a change, execute it, read what it gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.exceptions import (
    CancelRefused,
    DeployUnfinished,
    PlanOutdated,
    StackBusy,
    StackMissing,
    StackNotUpdatable,
)
from aws_setup.existing.adoption import Adoption
from aws_setup.stack.change_sets import ChangeSet, ChangeSets
from aws_setup.stack.events import EventLog, StackEvent
from aws_setup.stack.failures import failure_of
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.states import (
    DELETED,
    IMPORT_UNDONE,
    IN_REVIEW,
    SUCCEEDED,
    UPDATABLE,
    Recovery,
    check_name,
    describe_stack,
    explain_status,
    is_empty,
)
from aws_setup.template.delivery import InlineTemplate, TemplateDelivery

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


class StackDeployer:
    """Plans and executes changes of the stack `stack_name` in the client's account and Region.

    poll_interval: how the waits go; clock and sleep come with it.
    delivery: how CloudFormation gets templates for CloudFormation; in the call itself unless given.
    Raises SettingMissing for a name that CloudFormation does not take; makes no call.
    """

    def __init__(
        self,
        client: CloudFormationClient,
        stack_name: str,
        *,
        poll_interval: PollInterval | None = None,
        delivery: TemplateDelivery | None = None,
    ) -> None:
        check_name(stack_name)
        self._client, self._name = client, stack_name
        self._poll_interval = poll_interval or PollInterval()
        self._change_sets = ChangeSets(client, self._poll_interval, delivery or InlineTemplate())

    def plan(
        self, body: str, parameters: Mapping[str, str], *, creates_stack: bool | None = None
    ) -> ChangeSet:
        """Have CloudFormation compare the body with the stack; nothing is changed by it.

        parameters: one that is left out takes the template's default.
        creates_stack: what `must_create` has said; None has the stack looked at.
        Returns a change set to execute or discard; where nothing would change, one that is not
        executable and is gone already. An interrupted plan leaves nothing behind either.
        Raises StackBusy, StackNotUpdatable, PlanFailed or DeployUnfinished.
        """
        if creates_stack is None:
            creates_stack = self.must_create(describe_stack(self._client, self._name))
        return self._change_sets.create(self._name, body, parameters, creates_stack=creates_stack)

    def plan_import(self, adoption: Adoption, parameters: Mapping[str, str]) -> ChangeSet:
        """Have CloudFormation plan a new stack of what is there already; as `plan` otherwise.

        Whether it takes an import into a stack that an interrupted creation has left in review is
        not documented; the embedded AWS does.
        """
        return self._change_sets.create(
            self._name, adoption.body, parameters, creates_stack=True, imports=adoption.imports
        )

    def discard(self, change_set: ChangeSet) -> None:
        """Delete the change set and, if it was to create the stack, the empty stack in review.

        One that is not executable is gone already.
        """
        if change_set.is_executable:
            self._change_sets.discard(change_set)

    def execute(self, change_set: ChangeSet) -> Iterator[StackEvent]:
        """Start to execute the change set; return every event up to the stack's last, live.

        Leaving the iteration doesn't stop CloudFormation. Raises PlanOutdated at once; while
        iterating, DeployFailed with the first cause, or DeployUnfinished.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
        """
        if not change_set.is_executable:
            return iter(())
        log = EventLog(self._client, change_set.stack_id)
        try:
            log.mark()
            self._start(change_set)
        except (ClientError, PlanOutdated):
            self.discard(change_set)
            raise
        return self._follow(log, SUCCEEDED)

    def cancel(self, change_set: ChangeSet) -> None:
        """Have CloudFormation undo the change set that it executes; `execute` goes on yielding.

        An update is cancelled and rolled back; a stack that is being created is deleted.
        Raises CancelRefused where it is too late for that. That DeleteStack is taken during a
        creation is nowhere written down by AWS; should it be refused, it is told as that.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
        """
        try:
            if not change_set.creates_stack:
                self._client.cancel_update_stack(StackName=change_set.stack_id)
                return
            stack = describe_stack(self._client, change_set.stack_id)
            status = stack["StackStatus"] if stack else DELETED
            # Deleting would not stop at a stack that has just become complete.
            if status != "CREATE_IN_PROGRESS":
                raise CancelRefused(f"It is too late to cancel: {self._name} is {status}.")
            self._client.delete_stack(StackName=change_set.stack_id)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            said = error.response["Error"]["Message"].rstrip(".")
            raise CancelRefused(f"CloudFormation does not cancel now: {said}.") from error

    def apply(self, recovery: Recovery) -> Iterator[StackEvent]:
        """Do what the recovery says, or find what runs; return the events up to the last, live.

        Raises, while iterating, DeployFailed where the operation does not end as the recovery
        wants, and DeployUnfinished where it does not end.
        """
        stack = describe_stack(self._client, self._name)
        if stack is None:
            return iter(())
        log = EventLog(self._client, stack["StackId"])
        if recovery.start is None:
            log.mark_earlier_operations()
        else:
            log.mark()
            recovery.start(self._client, stack["StackId"])
        return self._follow(log, recovery.wanted)

    def outputs(self) -> dict[str, str]:
        """Return the stack's outputs by key. Raises StackMissing where there are none.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
        """
        stack = describe_stack(self._client, self._name)
        outputs = stack.get("Outputs", []) if stack else []
        if not outputs:
            state = f"is {stack['StackStatus']} and has no outputs" if stack else "does not exist"
            raise StackMissing(f"Stack {self._name} in {self._region} {state}.")
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    @property
    def _region(self) -> str:
        return self._client.meta.region_name

    def must_create(self, stack: StackTypeDef | None) -> bool:
        """Tell a stack to be created from one to be updated.

        stack: as DescribeStacks has it. Raises StackBusy or StackNotUpdatable for what is neither;
        an update of a stack that an import has left empty would make what was to be imported anew.
        """
        if stack is None or stack["StackStatus"] == IN_REVIEW:
            return True
        status = stack["StackStatus"]
        is_left_empty = status == IMPORT_UNDONE and is_empty(self._client, stack["StackId"])
        if status in UPDATABLE and not is_left_empty:
            return False
        if status.endswith("_IN_PROGRESS"):
            raise StackBusy(
                f"Stack {self._name} in {self._region} is {status}: somebody else is deploying, "
                "or an earlier run goes on. Nothing was changed.",
                status=status,
            )
        explanation = explain_status(status, stack=self._name, region=self._region)
        raise StackNotUpdatable(
            f"Stack {self._name} in {self._region} is {status}: {explanation.text}. "
            "Nothing was changed.",
            status=status,
            hint=explanation.mend,
        )

    def _start(self, change_set: ChangeSet) -> None:
        try:
            self._client.execute_change_set(
                ChangeSetName=change_set.change_set_id, ClientRequestToken=change_set.name
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in {"InvalidChangeSetStatus", "ChangeSetNotFound"}:
                raise PlanOutdated(
                    f"Stack {self._name} was changed since the plan was made. This run changed "
                    "nothing."
                ) from error
            raise

    def _follow(self, log: EventLog, wanted: frozenset[str]) -> Iterator[StackEvent]:
        """Yield the events of the operation that runs; raise if it doesn't end as wanted.

        wanted: the stack's last status; any will do where it is empty.
        """
        events: list[StackEvent] = []
        for event in log.follow(self._poll_interval):
            events.append(event)
            yield event
        if not (events and events[-1].ends_operation):
            raise DeployUnfinished(
                f"CloudFormation still works on {self._name} after "
                f"{self._poll_interval.limit_seconds / 60:.0f} minutes and goes on by itself."
            )
        if wanted and events[-1].status not in wanted:
            raise failure_of(events, stack=self._name, region=self._region)

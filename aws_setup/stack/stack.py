"""One CloudFormation stack: execute a change set, recover from a failure, read the outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.exceptions import CancelRefused, DeployUnfinished, PlanOutdated, StackMissing
from aws_setup.stack.changes import ChangeSet
from aws_setup.stack.events import EventLog, StackEvent
from aws_setup.stack.failures import failure_of
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.states import DELETED, SUCCEEDED, Recovery, check_name, describe_stack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class StackDeployer:
    """Executes changes of the stack `stack_name` in the client's account and Region.

    poll_interval: how often, and for how long, CloudFormation is asked whether it is done.
    Raises SettingMissing for a stack name that CloudFormation does not accept. Makes no call.
    """

    def __init__(
        self,
        client: CloudFormationClient,
        stack_name: str,
        *,
        poll_interval: PollInterval | None = None,
    ) -> None:
        check_name(stack_name)
        self._client, self._name = client, stack_name
        self._poll_interval = poll_interval or PollInterval()

    def execute(self, change_set: ChangeSet) -> Iterator[StackEvent]:
        """Start to execute the change set; return its events live, up to the stack's last one.

        Leaving the iteration doesn't stop CloudFormation. Raises PlanOutdated at once, and the
        change set is left for the caller to discard. While iterating, raises DeployFailed with the
        first cause, or DeployUnfinished.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
        """
        if not change_set.is_executable:
            return iter(())
        log = EventLog(self._client, change_set.stack_id)
        log.mark()
        self._start(change_set)
        return self._follow(log, SUCCEEDED)

    def cancel(self, change_set: ChangeSet) -> None:
        """Have CloudFormation undo a change set while it executes it; `execute` keeps yielding.

        An update is cancelled and rolled back. A stack that is being created is deleted.
        Raises CancelRefused if it is too late for that. AWS does not document whether it accepts
        DeleteStack during a creation; should it refuse, that is reported as CancelRefused, too.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
        """
        try:
            if not change_set.creates_stack:
                self._client.cancel_update_stack(StackName=change_set.stack_id)
                return
            stack = describe_stack(self._client, change_set.stack_id)
            status = stack["StackStatus"] if stack else DELETED
            # DeleteStack would also delete a stack that has just become complete.
            if status != "CREATE_IN_PROGRESS":
                raise CancelRefused(f"It is too late to cancel: {self._name} is {status}.")
            self._client.delete_stack(StackName=change_set.stack_id)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            said = error.response["Error"]["Message"].rstrip(".")
            raise CancelRefused(f"CloudFormation does not cancel now: {said}.") from error

    def recover(self, recovery: Recovery) -> Iterator[StackEvent]:
        """Start the recovery, or find the operation that runs; return its events live.

        While iterating, raises DeployFailed if the operation does not end in a status that the
        recovery expects, and DeployUnfinished if it does not end.
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
        return self._follow(log, recovery.expected)

    def outputs(self) -> dict[str, str]:
        """Return the stack's outputs by key. Raises StackMissing if there are none.

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

    def _start(self, change_set: ChangeSet) -> None:
        try:
            self._client.execute_change_set(
                **change_set.address(), ClientRequestToken=change_set.name
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in {"InvalidChangeSetStatus", "ChangeSetNotFound"}:
                raise PlanOutdated(
                    f"Stack {self._name} was changed after the plan was made. This run changed "
                    "nothing."
                ) from error
            raise

    def _follow(self, log: EventLog, expected: frozenset[str]) -> Iterator[StackEvent]:
        """Yield the events of the running operation. Raises if it doesn't end as expected.

        expected: the stack's possible last statuses; an empty set stands for any.
        """
        events: list[StackEvent] = []
        for event in log.follow(self._poll_interval):
            events.append(event)
            yield event
        if not (events and events[-1].ends_operation):
            raise DeployUnfinished(
                f"CloudFormation is still working on {self._name} after "
                f"{self._poll_interval.limit_seconds / 60:.0f} minutes and goes on by itself."
            )
        if expected and events[-1].status not in expected:
            raise failure_of(events, stack=self._name, region=self._region)

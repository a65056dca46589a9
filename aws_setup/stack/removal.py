"""Deletes a stack: which resources go and which stay, then the deletion, event by event.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_setup.exceptions import DeployUnfinished, RemovalFailed, StackBusy
from aws_setup.stack.events import EventLog, StackEvent
from aws_setup.stack.failures import hint_for
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.states import DELETED, IN_REVIEW, parameters_of
from aws_setup.template.cfn_yaml import parse_template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

KEEPING = {"Retain", "RetainExceptOnCreate"}
DELETING = "DELETE_IN_PROGRESS"
WAIT = "Wait until it is over, then run it again."
FIX = "Fix what the reason names."
AGAIN = "Then run `manage.py destroy_backend` again; it goes on from there."


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResource:
    """One resource of a stack that is to be deleted."""

    logical_id: str
    physical_id: str  # "" if it was never created
    resource_type: str
    is_kept: bool
    is_gone: bool  # removed already, by an unfinished deletion or by a rollback


class StackRemoval:
    """The removal of one existing stack in the client's account and Region.

    stack: as DescribeStacks returns it.
    role_arn: the role that CloudFormation acts with; "" for the one that the stack has.
    poll_interval: how often, and for how long, CloudFormation is asked whether it is done.
    Raises StackBusy while an operation other than a deletion runs on the stack, and RemovalFailed
    if it is protected against termination.
    """

    def __init__(
        self,
        client: CloudFormationClient,
        stack: StackTypeDef,
        *,
        role_arn: str = "",
        poll_interval: PollInterval | None = None,
    ) -> None:
        self._role_arn = role_arn
        self._client, self._stack, self._poll_interval = (
            client,
            stack,
            poll_interval or PollInterval(),
        )
        self.name, status = stack["StackName"], stack["StackStatus"]
        self.is_running = status == DELETING
        if status.endswith("_IN_PROGRESS") and status not in {IN_REVIEW, DELETING}:
            raise StackBusy(
                f"Stack {self.name} in {client.meta.region_name} is {status}: somebody else is "
                "working on it, or an earlier run is still going on. Nothing was changed.",
                hint=WAIT,
            )
        if stack.get("EnableTerminationProtection"):
            raise RemovalFailed(
                f"Stack {self.name} in {client.meta.region_name} is protected against "
                "termination. Nothing was changed.",
                hint="Somebody wanted it to stay. To remove the protection, run deploy_backend "
                "with TERMINATION_PROTECTION=false, or `aws cloudformation "
                f"update-termination-protection --no-enable-termination-protection --stack-name "
                f"{self.name} --region {client.meta.region_name}`.",
            )

    @property
    def parameters(self) -> Mapping[str, str]:
        """The values of the stack's parameters."""
        return parameters_of(self._stack)

    def resources(self) -> tuple[StackResource, ...]:
        """Return the stack's resources, in the order of their logical ids."""
        policies = self._deletion_policies()
        pages = self._client.get_paginator("list_stack_resources")
        listed = [
            raw
            for page in pages.paginate(StackName=self._stack["StackId"])
            for raw in page["StackResourceSummaries"]
        ]
        resources = (
            StackResource(
                logical_id=raw["LogicalResourceId"],
                physical_id=raw.get("PhysicalResourceId", ""),
                resource_type=raw["ResourceType"],
                is_kept=policies.get(raw["LogicalResourceId"]) in KEEPING,
                is_gone=raw["ResourceStatus"] == DELETED,
            )
            for raw in listed
        )
        return tuple(sorted(resources, key=lambda resource: resource.logical_id))

    def physical_id(self, logical_id: str) -> str:
        """Return the physical id of the last resource with this logical id; "" if there was none.

        It is read from the events, since a stack that was rolled back lists no resources.
        """
        events = EventLog(self._client, self._stack["StackId"]).new()
        named = (each.physical_id for each in reversed(events) if each.logical_id == logical_id)
        return next(filter(None, named), "")

    def start(self) -> Iterator[StackEvent]:
        """Start the deletion, unless one runs; return its events live, up to the stack's last one.

        Leaving the iteration doesn't stop CloudFormation. While iterating, raises RemovalFailed
        with the first cause, or DeployUnfinished.
        """
        log = EventLog(self._client, self._stack["StackId"])
        if self.is_running:
            log.mark_earlier_operations()
        else:
            log.mark()
            role: Any = {"RoleARN": self._role_arn} if self._role_arn else {}
            self._client.delete_stack(StackName=self._stack["StackId"], **role)
        return self._follow(log)

    def _follow(self, log: EventLog) -> Iterator[StackEvent]:
        events: list[StackEvent] = []
        for event in log.follow(self._poll_interval):
            events.append(event)
            yield event
        if not (events and events[-1].ends_operation):
            raise DeployUnfinished(
                f"CloudFormation is still deleting {self.name} after "
                f"{self._poll_interval.limit_seconds / 60:.0f} minutes and goes on by itself.",
                hint="Run `manage.py destroy_backend` again to go on watching it.",
            )
        if events[-1].status != DELETED:
            raise self._failure(events)

    def _failure(self, events: list[StackEvent]) -> RemovalFailed:
        cause = next((event for event in events if event.is_failure), events[-1])
        return RemovalFailed(
            f"{cause.logical_id} ({cause.resource_type}) is {cause.status}: {cause.reason}\n"
            f"Stack {self.name} in {self._client.meta.region_name} is {events[-1].status}; the "
            "tables and the people in the user pool are untouched.",
            hint=f"{hint_for(cause.reason, stack=self.name) or FIX} {AGAIN}",
        )

    def policy_names(self) -> set[str]:
        """Return the names of the inline policies that the stack gives to its roles."""
        return set(_values(self._template, "PolicyName"))

    def _deletion_policies(self) -> dict[str, str]:
        resources = self._template.get("Resources", {})
        return {name: each.get("DeletionPolicy", "Delete") for name, each in resources.items()}

    @cached_property
    def _template(self) -> dict[str, Any]:
        """The deployed template, which may not be the current one."""
        if self._stack["StackStatus"] == IN_REVIEW:
            return {}  # A stack in review has neither a template nor resources.
        answer = self._client.get_template(StackName=self._stack["StackId"])
        body: Any = answer["TemplateBody"]  # boto3 parses it if it is JSON
        return parse_template(body, "the stack's template") if isinstance(body, str) else body


def _values(node: Any, key: str) -> Iterator[str]:
    """Yield every text under this key, at any depth."""
    members = node.items() if isinstance(node, dict) else enumerate(node)
    for name, value in members:
        if name == key and isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            yield from _values(value, key)

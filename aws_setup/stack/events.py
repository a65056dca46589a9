"""The events of a stack, read while they happen.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from aws_setup.stack.poll_interval import PollInterval

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


@dataclass(frozen=True, slots=True, kw_only=True)
class StackEvent:
    """One entry of DescribeStackEvents."""

    event_id: str
    at: datetime  # aware, UTC
    stack_id: str
    logical_id: str
    physical_id: str  # "" while the resource has none
    resource_type: str
    status: str  # for example UPDATE_COMPLETE
    reason: str  # "" when CloudFormation gives none

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Read one StackEvent of the API."""
        return cls(
            event_id=raw["EventId"],
            at=raw["Timestamp"],
            stack_id=raw["StackId"],
            logical_id=raw.get("LogicalResourceId", ""),
            physical_id=raw.get("PhysicalResourceId", ""),
            resource_type=raw.get("ResourceType", ""),
            status=raw.get("ResourceStatus", ""),
            reason=raw.get("ResourceStatusReason", ""),
        )

    @property
    def is_of_stack(self) -> bool:
        """Whether the event is about the stack itself, not a resource or a nested stack in it."""
        return self.physical_id == self.stack_id

    @property
    def ends_operation(self) -> bool:
        """Whether this is the last event; UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, for one, is not."""
        return self.is_of_stack and not self.status.endswith("_IN_PROGRESS")

    @property
    def is_failure(self) -> bool:
        """Whether the resource itself failed, rather than being cancelled after another failure."""
        cancelled = re.search(r"^Resource \w+ cancelled", self.reason)
        return self.status.endswith("_FAILED") and not cancelled


class EventLog:
    """The events of one stack from now on, oldest first, each of them once."""

    def __init__(self, client: CloudFormationClient, stack_id: str) -> None:
        self._client, self._stack_id = client, stack_id
        self._seen: set[str] = set()

    def mark(self) -> None:
        """Leave out every event so far."""
        page = self._client.describe_stack_events(StackName=self._stack_id)
        self._seen.update(raw["EventId"] for raw in page["StackEvents"])

    def mark_earlier_operations(self) -> None:
        """Leave out the events before the operation that runs now or ran last."""
        newest = True
        for events in self._pages():
            for event in events:
                if self._seen or (event.ends_operation and not newest):
                    self._seen.add(event.event_id)
                newest = False
            if self._seen:
                return

    def new(self) -> list[StackEvent]:
        """Return the events that are new. Pages come newest first and are read to a known event."""
        found: list[StackEvent] = []
        for events in self._pages():
            unseen = [event for event in events if event.event_id not in self._seen]
            found += unseen
            self._seen.update(event.event_id for event in unseen)
            if len(unseen) < len(events):
                break
        return found[::-1]

    def follow(self, poll_interval: PollInterval) -> Iterator[StackEvent]:
        """Yield events until the operation's last one, or until the wait has reached its limit."""
        for _ in poll_interval.rounds():
            for event in self.new():
                yield event
                if event.ends_operation:
                    return

    def _pages(self) -> Iterator[list[StackEvent]]:
        pages = self._client.get_paginator("describe_stack_events")
        for page in pages.paginate(StackName=self._stack_id):
            yield [StackEvent.from_api(raw) for raw in page["StackEvents"]]

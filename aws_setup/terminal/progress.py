"""Events and outputs as text. Pure: the caller writes it and chooses colours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aws_setup.stack.events import StackEvent

STATUS_WIDTH = len("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")


def format_event(event: StackEvent) -> str:
    """Return one event as a line: time (UTC), status, logical id, type, reason."""
    line = (
        f"{event.at:%H:%M:%SZ}  {event.status:{STATUS_WIDTH}}  {event.logical_id}  "
        f"{event.resource_type}"
    )
    reason = " ".join(event.reason.split())
    return f"{line}  {reason}" if reason else line


@dataclass(slots=True)
class OperationProgress:
    """What is known about a running operation: which resources are in progress or done.

    total: how many resources the operation changes; 0 if that is not known.
    """

    total: int = 0
    _began: dict[str, datetime] = field(default_factory=dict)  # by logical id, in AWS's time
    _working: dict[str, tuple[StackEvent, float]] = field(default_factory=dict)  # and seen when
    _done: set[str] = field(default_factory=set)
    _stack_status: str = ""

    def add(self, event: StackEvent, *, seconds: float) -> str:
        """Add an event. Returns the final line about it; "" while its resource is in progress.

        seconds: how long the operation has been watched.
        """
        if event.is_of_stack:
            self._stack_status = event.status
            is_turned = "ROLLBACK" in event.status and event.reason
            return format_event(event) if event.ends_operation or is_turned else ""
        if event.status.endswith("_IN_PROGRESS"):
            known = self._working.get(event.logical_id)
            if known is None or known[0].status != event.status:
                self._began[event.logical_id] = event.at
                self._working[event.logical_id] = event, seconds
            return ""
        self._working.pop(event.logical_id, None)
        self._done.add(event.logical_id)
        began = self._began.pop(event.logical_id, event.at)
        return _resource_line(event, (event.at - began).total_seconds())

    def working(self, *, seconds: float) -> list[str]:
        """Return a line for each resource in progress, the one that started first on top."""
        return [_resource_line(event, seconds - seen) for event, seen in self._working.values()]

    def summary(self, *, seconds: float) -> str:
        """Return the last line: the stack's status, how many resources are done, the seconds."""
        done = format_count(len(self._done), self.total)
        return f"{self._stack_status or 'WAITING':{STATUS_WIDTH}}  {done} done, {seconds:.0f} s"


def _resource_line(event: StackEvent, seconds: float) -> str:
    line = (
        f"{event.status:{STATUS_WIDTH}}  {seconds:4.0f} s  {event.logical_id}  "
        f"{event.resource_type}"
    )
    reason = " ".join(event.reason.split())
    return f"{line}  {reason}" if reason and event.is_failure else line


def format_count(done: int, total: int) -> str:
    """Return "3 of 5". total: roughly how many there are; 0 if that is not known."""
    return f"{done:,} of {max(done, total):,}" if total else f"{done:,}"


def format_outputs(outputs: Mapping[str, str]) -> str:
    """Return a stack's outputs as a table of keys and values, sorted by key."""
    return format_table([(key, outputs[key]) for key in sorted(outputs)])


def format_table(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows as lines with aligned columns, separated by two spaces."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )

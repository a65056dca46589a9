"""Changes, events and outputs as text. Pure: the command writes it and chooses colours."""

from collections.abc import Iterable, Mapping, Sequence

from aws_setup.change_sets import Change
from aws_setup.events import StackEvent

HEADINGS = ("Action", "Logical id", "Type", "Replacement")
NO_CHANGE_OF_RESOURCES = "No resource changes; something else in the template does."
# CloudFormation's own word for "it depends on what the deployment finds".
REPLACEMENT = {"True": "REPLACED", "False": "no", "Conditional": "perhaps", "": ""}
STATUS_WIDTH = len("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")


def format_changes(changes: Sequence[Change]) -> str:
    """Return the changes as a table: action, logical id, type, replacement."""
    if not changes:
        return NO_CHANGE_OF_RESOURCES
    rows = [
        (
            change.action,
            change.logical_id,
            change.resource_type,
            REPLACEMENT.get(change.replacement, change.replacement),
        )
        for change in changes
    ]
    return format_table([HEADINGS, *rows])


def format_event(event: StackEvent) -> str:
    """Return one event as a line: time (UTC), status, logical id, type, reason."""
    line = (
        f"{event.at:%H:%M:%SZ}  {event.status:{STATUS_WIDTH}}  {event.logical_id}  "
        f"{event.resource_type}"
    )
    reason = " ".join(event.reason.split())
    return f"{line}  {reason}" if reason else line


def format_outputs(outputs: Mapping[str, str]) -> str:
    """Return a stack's outputs as a table: key, value; in the order of the keys."""
    return format_table([(key, outputs[key]) for key in sorted(outputs)])


def format_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows with their columns aligned, two spaces between them, none at a line's end."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )

"""Shows the operator what would change and asks whether to do it."""

from collections.abc import Iterable, Sequence

from aws_setup.exceptions import ReplacementNotAllowed
from aws_setup.stack.changes import ChangeSet
from aws_setup.stack.replacements import data_replacements, format_replacements
from aws_setup.terminal.console import Console
from aws_setup.terminal.plan import format_plan

DEPLOY = "Deploy these changes?"
LEAVE_BEHIND = "Leave that behind?"
LOSE = "Let the user pool lose that? What was set by hand can be set again afterwards."


def show_plan(console: Console, change_set: ChangeSet, steps: Iterable[str]) -> None:
    """Show the changes of the stack, the steps beside it, and which data would stay behind."""
    if change_set.is_executable:
        console.say_all(format_plan(change_set, console.style))
    console.say_all(steps)
    console.say_all(format_replacements(data_replacements(change_set.changes)))


def agrees(
    console: Console,
    left_behind: Sequence[str],
    *,
    aws_state: str,
    losses: Sequence[str] = (),
) -> bool:
    """Ask whether to deploy the changes.

    First, and separately, ask whether data may be replaced, and whether the user pool may lose
    settings.

    left_behind: the logical ids of the resources whose data stay behind, unless that is allowed.
    aws_state: what is true in AWS by now. losses: the settings, in sentences.
    Raises ReplacementNotAllowed if --yes would have to answer the question about data.
    """
    if left_behind and console.agrees_to_all:
        options = " ".join(f"--allow-replacement {logical_id}" for logical_id in left_behind)
        raise ReplacementNotAllowed(
            f"--yes does not cover a change that leaves data behind: {', '.join(left_behind)}. "
            f"{aws_state}",
            hint=f"Undo the change that causes the replacement, or add `{options}`.",
        )
    if left_behind and not console.confirm(LEAVE_BEHIND):
        return False
    if losses and not console.confirm(LOSE):
        return False
    return console.confirm(DEPLOY)

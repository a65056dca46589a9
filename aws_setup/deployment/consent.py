"""Shows the operator what would change and asks whether to do it."""

from collections.abc import Iterable, Sequence

from aws_setup.exceptions import ReplacementNotAllowed, ResetNotAllowed
from aws_setup.stack.changes import ChangeSet
from aws_setup.stack.replacements import data_replacements, format_replacements
from aws_setup.terminal.console import Console
from aws_setup.terminal.plan import format_plan

DEPLOY = "Deploy these changes?"
LEAVE_BEHIND = "Leave that behind?"
LOSE = "Let the user pool lose that? What was set by hand can be set again afterwards."

RESET = (
    "Add --reset-pool-settings to have the pool set as the template says. A sender in Amazon SES "
    "is kept by naming it in EMAIL_IDENTITY_ARN and EMAIL_FROM; the template has no place for the "
    "rest, so set it again afterwards."
)


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
    may_reset: bool = False,
) -> bool:
    """Ask whether to deploy the changes.

    First, and separately, ask whether data may be replaced, and whether the user pool may lose
    settings.

    left_behind: the logical ids of the resources whose data stay behind, unless that is allowed.
    may_reset: whether the pool may lose settings without a question.
    aws_state: what is true in AWS by now. losses: the settings, in sentences.
    Raises ReplacementNotAllowed or ResetNotAllowed if --yes would have to answer one of these.
    """
    if left_behind and console.agrees_to_all:
        to_add = " ".join(f"--allow-replacement {logical_id}" for logical_id in left_behind)
        raise ReplacementNotAllowed(
            f"--yes does not cover a change that leaves data behind: {', '.join(left_behind)}. "
            f"{aws_state}",
            hint=f"Undo the change that causes the replacement, or add `{to_add}`.",
        )
    if left_behind and not console.confirm(LEAVE_BEHIND):
        return False
    asks = bool(losses) and not may_reset
    if asks and console.agrees_to_all:
        raise ResetNotAllowed(
            f"--yes does not cover what the user pool would lose. {' '.join(losses)} {aws_state}",
            hint=RESET,
        )
    if asks and not console.confirm(LOSE):
        return False
    return console.confirm(DEPLOY)

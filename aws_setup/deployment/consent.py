"""Shows the operator what would change and asks whether to do it."""

from collections.abc import Iterable, Mapping, Sequence

from aws_setup.exceptions import ConsentMissing
from aws_setup.existing.resources import ExistingOptions
from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.changes import ChangeSet
from aws_setup.stack.replacements import data_replacements
from aws_setup.terminal.console import Console
from aws_setup.terminal.deploy_result import DeployResult
from aws_setup.terminal.plan import format_plan

NOTHING: Mapping[str, str] = {}

DEPLOY = "Deploy these changes?"
LEAVE_BEHIND = "Leave that behind?"
LOSE = "Let the user pool lose that? What was set by hand can be set again afterwards."

RESET = (
    "Add --reset-pool-settings to have the pool set as the template says. A sender in Amazon SES "
    "is kept by naming it in EMAIL_IDENTITY_ARN and EMAIL_FROM; the template has no place for the "
    "rest, so set it again afterwards."
)


class Consent:
    """Shows each change set of one run, and asks whether to execute it.

    One that is not to be executed is discarded. What the user pool may lose is asked once, although
    the import of a pool and the update that follows would both lead to it.
    result: gets what is shown, and says what is true in AWS by now.
    """

    def __init__(
        self,
        console: Console,
        change_sets: ChangeSets,
        options: ExistingOptions,
        result: DeployResult,
        *,
        dry_run: bool,
    ) -> None:
        self._console, self._change_sets, self._result = console, change_sets, result
        self._options, self._dry_run = options, dry_run
        self._agreed: set[str] = set()

    def is_given(
        self,
        change_set: ChangeSet,
        steps: Sequence[str],
        *,
        losses: Sequence[str] = (),
        left_behind: Mapping[str, str] = NOTHING,
    ) -> bool:
        """Return whether the change set is to be executed; never in a dry run.

        steps, losses: sentences. left_behind: a sentence by the logical id of each resource that
        gives way without being replaced. Raises what `agrees` raises.
        """
        is_given, options, result = False, self._options, self._result
        new = [each for each in losses if each not in self._agreed]
        left_behind = {**left_behind, **data_replacements(change_set.changes)}
        asked = [each for each in left_behind if each not in options.allow_replacement]
        may_reset = options.reset_pool_settings
        result.add_plan(change_set, steps=steps, losses=new, left_behind=left_behind)
        try:
            show_plan(self._console, change_set, [*new, *steps, *left_behind.values()])
            is_given = not self._dry_run and agrees(
                self._console, asked, aws_state=result.aws_state, losses=new, may_reset=may_reset
            )
        finally:
            if not is_given:
                self._change_sets.discard(change_set)
        if is_given:
            self._agreed.update(new)
        return is_given


def show_plan(console: Console, change_set: ChangeSet, sentences: Iterable[str]) -> None:
    """Show the changes of the stack, and then what else there is to say."""
    if change_set.is_executable:
        console.say_all(format_plan(change_set, console.style))
    console.say_all(sentences)


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
    Raises ConsentMissing, which names all of it, if --yes would have to answer one of these.
    """
    lost = () if may_reset else losses
    if console.agrees_to_all and (left_behind or lost):
        raise _refusal(left_behind, lost, aws_state)
    if left_behind and not console.confirm(LEAVE_BEHIND):
        return False
    if lost and not console.confirm(LOSE):
        return False
    return console.confirm(DEPLOY)


def _refusal(left_behind: Sequence[str], lost: Sequence[str], aws_state: str) -> ConsentMissing:
    said, hints = [], []
    if left_behind:
        to_add = " ".join(f"--allow-replacement {logical_id}" for logical_id in left_behind)
        names = ", ".join(left_behind)
        said.append(f"--yes does not cover a change that leaves data behind: {names}.")
        hints.append(f"Undo the change that causes the replacement, or add `{to_add}`.")
    if lost:
        said.append(f"--yes does not cover what the user pool would lose. {' '.join(lost)}")
        hints.append(RESET)
    return ConsentMissing(" ".join([*said, aws_state]), hint=" ".join(hints))

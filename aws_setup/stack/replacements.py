"""Updates that would replace what holds people's data: told apart, and asked about apart."""

from collections.abc import Collection, Iterable

from aws_setup.exceptions import ReplacementNotAllowed
from aws_setup.existing.kept_resources import TYPES
from aws_setup.stack.change_sets import Change
from aws_setup.terminal.console import Console

PARTS = (*TYPES, "Group")
# CloudFormation's own words; "Conditional" is "it depends on what the deployment finds".
VERBS = {"True": "is replaced", "Conditional": "may be replaced"}
QUESTION = "Leave that behind?"


def format_replacements(changes: Iterable[Change]) -> list[str]:
    """Return a sentence for each part whose data would stay behind. Pure."""
    return [
        f"{change.logical_id} {change.physical_id} {VERBS[change.replacement]} by an empty one: "
        "what it holds stays behind in the old one, which is kept and used no more."
        for change in _replaced(changes)
    ]


def may_replace(
    console: Console, changes: Iterable[Change], named: Collection[str], *, aws_state: str
) -> bool:
    """Ask whether what holds data may be replaced, unless all of that was named beforehand.

    aws_state: what is so in AWS by now.
    Raises ReplacementNotAllowed where --yes answers for everybody.
    """
    parts = [each.logical_id for each in _replaced(changes) if each.logical_id not in named]
    if not parts:
        return True
    if console.agrees_to_all:
        options = " ".join(f"--allow-replacement {part}" for part in parts)
        raise ReplacementNotAllowed(
            f"--yes does not answer for what leaves data behind: {', '.join(parts)}. {aws_state}",
            hint=f"Take back the change that replaces it, or add `{options}`.",
        )
    return console.confirm(QUESTION)


def _replaced(changes: Iterable[Change]) -> list[Change]:
    return [each for each in changes if each.logical_id in PARTS and each.replacement in VERBS]

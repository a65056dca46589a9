"""How many resources a change set adds, changes and replaces. Pure."""

from collections import Counter
from collections.abc import Iterable

from aws_setup.stack.changes import Change

ALWAYS_TOLD = ("add", "change", "replace")
KINDS = {
    "Add": "add",
    "Remove": "remove",
    "Import": "import",
    "Dynamic": "decide",
    "SyncWithActual": "change",
}
WORDS = {
    "add": "to add",
    "change": "to change",
    "replace": "to replace",
    "perhaps replace": "perhaps to replace",
    "remove": "to remove",
    "import": "to take over",
    "decide": "to be decided while deploying",
    "re-evaluate": "evaluated again",
}


def kind_of(change: Change) -> str:
    """Return what becomes of the resource: add, change, replace, remove, ..."""
    if change.is_reevaluated:
        return "re-evaluate"
    if change.action == "Modify":
        return {"True": "replace", "Conditional": "perhaps replace"}.get(
            change.replacement, "change"
        )
    return KINDS[change.action]


def counts(changes: Iterable[Change]) -> dict[str, int]:
    """Return the number of resources by what becomes of them; add, change and replace always."""
    found = Counter(kind_of(each) for each in changes)
    return {**dict.fromkeys(ALWAYS_TOLD, 0), **found}


def in_a_line(changes: Iterable[Change]) -> str:
    """Return the counts as a line, such as "1 to add, 2 to change, 0 to replace"."""
    return ", ".join(f"{number} {WORDS[kind]}" for kind, number in counts(changes).items())

"""The plan as text: permissions first, then each resource with its properties, then the counts."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django.core.management.color import Style

from aws_setup.stack.changes import Change, ChangeSet
from aws_setup.stack.plan.counts import in_a_line, kind_of
from aws_setup.stack.plan.differences import Difference, differences, reason, replacing
from aws_setup.stack.plan.permissions import (
    Permission,
    PermissionChange,
    is_of_policy,
    permission_changes,
)
from aws_setup.stack.plan.settling import KNOWN_AFTER_APPLY
from aws_setup.terminal.progress import format_table

HEADINGS = ("", "Resource", "Effect", "Action", "On", "Who", "Condition")
NO_CHANGE_OF_RESOURCES = "No resource changes, but something else in the template does."
SIGNS = {"add": "+", "import": "+", "remove": "-", "replace": "-/+", "perhaps replace": "-/+"}
NOTES = {
    "replace": "REPLACED",
    "perhaps replace": "PERHAPS REPLACED",
    "import": "taken over as it is",
}
LONGEST_VALUE, CONTEXT, LONGEST_TEXT, MOST_NAMES = 72, 16, 12, 5
LATER = "(known after the deployment)"


def format_plan(change_set: ChangeSet, style: Style) -> list[str]:
    """Return the lines of the plan of a change set, in the style's colours."""
    changes = change_set.changes
    parameters, stack = _parameters(change_set), [*_tags(change_set), *_outputs(change_set)]
    if not changes:
        return [*parameters, *stack, NO_CHANGE_OF_RESOURCES]
    told = [each for each in changes if not each.is_reevaluated]
    lines = [*parameters, *_permissions(permission_changes(told), style), "Changes:"]
    only_tags = [each for each in told if {cause.attribute for cause in each.causes} == {"Tags"}]
    for change in told:
        if change not in only_tags:
            lines += _resource(change, style, is_new_stack=change_set.creates_stack)
    if only_tags:
        lines.append(style.WARNING(f"~   only the tags of {_names(only_tags)}"))
    lines += stack
    if again := [each for each in changes if each.is_reevaluated]:
        lines.append(f"Evaluated again, since what they refer to changes: {_names(again)}")
    return [*lines, f"{in_a_line(changes)}."]


def _parameters(change_set: ChangeSet) -> list[str]:
    """Return the parameters of the stack that change; those of a new stack do not."""
    changed = change_set.parameter_changes.items()
    lines = [f"    {name}: {_short(each.before)} -> {_short(each.after)}" for name, each in changed]
    return ["Parameters:", *lines, ""] if lines else []


def _permissions(found: Sequence[PermissionChange], style: Style) -> list[str]:
    """Return the table of what IAM gains and loses, without its empty columns."""
    if not found:
        return []
    grouped: dict[tuple[str, ...], list[Permission]] = {}
    for each in found:
        kept = each.permission
        key = (each.sign, kept.resource, kept.effect, kept.on, kept.who, kept.condition)
        grouped.setdefault(key, []).append(kept)
    rows = [HEADINGS]
    for (sign, resource, effect, on, who, condition), group in grouped.items():
        actions = [each.action for each in group]
        first = (sign, resource, effect, actions[0], _later(on), _later(who), _later(condition))
        rows += [first, *((sign, "", "", action, "", "", "") for action in actions[1:])]
    columns = [
        column
        for column in zip(*rows, strict=True)
        if not column[0] or any(cell for cell in column[1:])
    ]
    head, *lines = format_table(list(zip(*columns, strict=True))).splitlines()
    return ["Permissions:", head, *(_coloured(line, line[0], style) for line in lines), ""]


def _resource(change: Change, style: Style, *, is_new_stack: bool) -> Iterator[str]:
    kind = kind_of(change)
    sign = SIGNS.get(kind, "~")
    line = f"{sign:3} {change.logical_id} {change.resource_type}"
    note = f"{change.physical_id} {NOTES[kind]}".strip() if kind in NOTES else ""
    yield _coloured(f"{line}: {note}" if note else line, sign, style)
    if is_new_stack or change.action in {"Remove", "Import"}:
        return
    found = differences(change)
    in_table = bool(permission_changes([change]))
    for difference in found:
        if not (in_table and is_of_policy(difference.path)):
            yield from _property(difference, change)
    for name in dict.fromkeys(_name(each) for each in found if is_of_policy(each.path)):
        if in_table:
            yield f"      {name}: as in the table above  ({reason(change.causes, name)})"
    if not found and not change.before and not change.after:
        yield from _without_values(change)


def _property(difference: Difference, change: Change) -> Iterator[str]:
    before, after = _later(difference.before), _later(difference.after)
    why = f"  ({_why(difference, change)})" if difference.why else ""
    if before is None or after is None:
        sign, value = ("+", after) if before is None else ("-", before)
        for path, leaf in _leaves(difference.path, value):
            yield f"      {path}: {sign} {_short(leaf)}{why}"
    elif isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        yield f"      {difference.path}:{why}"
        yield from _changed_lines(before, after)
    else:
        old, new = _trimmed(_text(before), _text(after))
        yield f"      {difference.path}: {_short(old)} -> {_short(new)}{why}"


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the value as a whole if it is short, or else what it is made of."""
    if isinstance(value, str) or len(_text(value)) <= LONGEST_VALUE:
        yield path, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _leaves(f"{path}.{name}", each)
    else:
        for number, each in enumerate(value):
            yield from _leaves(f"{path}[{number}]", each)


def _name(difference: Difference) -> str:
    """Return the name of the property that the difference is in."""
    return difference.path.partition(".")[0].partition("[")[0]


def _why(difference: Difference, change: Change) -> str:
    is_replacing = change.replacement != "False" and replacing(change.causes, _name(difference))
    return f"{difference.why}; replaces it" if is_replacing else difference.why


def _without_values(change: Change) -> Iterator[str]:
    """Yield the names of what changes, where CloudFormation tells no values."""
    for name in dict.fromkeys(cause.name or cause.attribute for cause in change.causes):
        yield f"      {name}  ({reason(change.causes, name)})"


def _changed_lines(before: str, after: str) -> Iterator[str]:
    """Yield the lines that differ, each cut to what differs in it."""
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    changed = [line for line in compared if not line.startswith(("---", "+++", "@@"))]
    removed = [line[1:] for line in changed if line.startswith("-")]
    added = [line[1:] for line in changed if line.startswith("+")]
    lines = []
    for old, new in zip_longest(removed, added):
        pair = _trimmed(old, new) if old is not None and new is not None else (old, new)
        lines += [
            f"        {sign} {_short(text)}"
            for sign, text in zip("-+", pair, strict=True)
            if text is not None
        ]
    yield from lines[:LONGEST_TEXT]
    if len(lines) > LONGEST_TEXT:
        yield f"        ... and {len(lines) - LONGEST_TEXT} more lines (all with --json)"


def _trimmed(before: str, after: str) -> tuple[str, str]:
    """Return two long texts without what both begin or end with, but for a little context."""
    if max(len(before), len(after)) <= LONGEST_VALUE:
        return before, after
    start = next(
        (at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
        min(len(before), len(after)),
    )
    start = max(start - CONTEXT, 0)
    head = "..." if start else ""
    return f"{head}{before[start:]}", f"{head}{after[start:]}"


def _tags(change_set: ChangeSet) -> Iterator[str]:
    """Yield the stack's own tags that change; CloudFormation passes them on to its resources."""
    for key, each in change_set.tag_changes.items():
        if each.before is None:
            yield f"    tag of the stack: + {key}={each.after}"
        else:
            yield f"    tag of the stack: {key}={each.before} -> {each.after}"


def _outputs(change_set: ChangeSet) -> Iterator[str]:
    """Yield the names of the outputs that come and go, which no change of a resource tells."""
    if change_set.output_changes:
        listed = (f"{sign} {name}" for name, sign in change_set.output_changes.items())
        yield f"Outputs: {', '.join(listed)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    text = " ".join(_text(value).split()) or '""'
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def _later(value: Any) -> Any:
    """Put words in place of CloudFormation's mark for a value that it does not know yet."""
    if value is None or isinstance(value, str):
        return value and value.replace(KNOWN_AFTER_APPLY, LATER)
    return json.loads(json.dumps(value).replace(KNOWN_AFTER_APPLY, LATER))


def _names(changes: Sequence[Change]) -> str:
    named = ", ".join(each.logical_id for each in changes[:MOST_NAMES])
    further = len(changes) - MOST_NAMES
    return f"{named} and {further} more" if further > 0 else named


def _coloured(line: str, sign: str, style: Style) -> str:
    colour = {"+": style.SUCCESS, "-": style.ERROR}.get(sign[0], style.WARNING)
    return colour(line) if sign != "-/+" else style.ERROR(line)

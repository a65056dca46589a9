"""Where the attributes of a resource differ before and after a change. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_setup.stack.changes import Cause, Change

# What names an element of a list, so that it is compared with the one of the same name.
NAMES = ("Key", "IndexName", "AttributeName", "PolicyName", "Sid", "Name")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that changes. before, after: None where there is none.

    path: of the attribute, such as RetentionInDays, Tags[team].Value or DeletionPolicy.
    why: "" for a new resource, which has no causes.
    """

    path: str
    before: Any
    after: Any
    why: str


def differences(change: Change) -> list[Difference]:
    """Return what changes in the resource, in the order of its attributes."""
    attributes = dict.fromkeys((*change.before, *change.after))
    found = []
    for attribute in attributes:
        before, after = change.before.get(attribute), change.after.get(attribute)
        if attribute == "Properties":
            before, after = before or {}, after or {}
            for name in dict.fromkeys((*before, *after)):
                why = "" if change.action == "Add" else reason(change.causes, name)
                pairs = _compare(name, before.get(name), after.get(name))
                found += [Difference(path, old, new, why) for path, old, new in pairs]
        else:
            pairs = _compare(attribute, before, after)
            why = "" if change.action == "Add" else "template"
            found += [Difference(path, old, new, why) for path, old, new in pairs]
    return found


def reason(causes: Sequence[Cause], name: str) -> str:
    """Return why a property changes, such as "template" or "parameter AlarmEmail"."""
    of_property = [cause for cause in causes if cause.name == name]
    named = [_in_words(cause) for cause in of_property if cause.entity]
    direct = [cause for cause in of_property if not cause.entity]
    is_template = any(cause.evaluation == "Static" for cause in direct) or not named
    return ", ".join(dict.fromkeys([*(["template"] if is_template else []), *named]))


def replacing(causes: Sequence[Cause], name: str) -> bool:
    """Return whether the change of this property is what replaces the resource."""
    return any(cause.name == name and cause.recreation == "Always" for cause in causes)


def _in_words(cause: Cause) -> str:
    return f"parameter {cause.entity}" if cause.source == "ParameterReference" else cause.entity


def _compare(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the path and the two values of each difference, as deep as both have a value."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            yield from _compare(f"{path}.{name}", before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(path, before, after)
    else:
        yield path, before, after


def _compare_lists(
    path: str, before: Sequence[Any], after: Sequence[Any]
) -> Iterator[tuple[str, Any, Any]]:
    named = [_named(each) for each in (before, after)]
    if named[0] is not None and named[1] is not None:
        for name in dict.fromkeys((*named[0], *named[1])):
            yield from _compare(f"{path}[{name}]", named[0].get(name), named[1].get(name))
    elif len(before) == len(after) and not _scalar(before) and not _scalar(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _compare(f"{path}[{number}]", one, other)
    else:
        gone = [(path, each, None) for each in before if each not in after]
        new = [(path, None, each) for each in after if each not in before]
        # If neither, their order differs, or how often one is in them.
        yield from [*gone, *new] or [(path, before, after)]


def _scalar(values: Sequence[Any]) -> bool:
    return any(not isinstance(each, Mapping) for each in values)


def _named(values: Sequence[Any]) -> dict[str, Any] | None:
    """Return the elements by what names them; None if something has no name of its own."""
    for name in NAMES:
        if all(isinstance(each, Mapping) and name in each for each in values):
            found = {str(each[name]): each for each in values}
            return found if len(found) == len(values) else None
    return None

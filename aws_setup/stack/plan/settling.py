"""What of a change set is sure, and what CloudFormation only evaluates again. Pure.

A resource that refers to one that changes is in the change set, too: CloudFormation can't tell what
the reference will give, and calls it a conditional replacement if the property can't be updated.
As long as the resource referred to is not replaced, it keeps its identity, and so does the other.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-samples.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aws_setup.stack.changes import Cause, Change

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
REPLACED = {"True", "Conditional"}

IsEdited = Callable[[str, str], bool]


def settle(changes: Sequence[Change], is_edited: IsEdited) -> tuple[Change, ...]:
    """Return the changes without what merely is evaluated again.

    A replacement that only an unchanged identity could cause becomes "False", and such a value is
    the one before. A change of which nothing is left is marked as re-evaluated.
    is_edited: whether the template was edited in a resource's property; asked only where the change
    set leaves that open.
    """
    settling = Settling(changes, is_edited)
    return tuple(settling.settled(each) for each in changes)


class Settling:
    """The changes of one change set, and which of them replace their resources."""

    def __init__(self, changes: Sequence[Change], is_edited: IsEdited) -> None:
        self._is_edited = is_edited
        self._replaced = self._find_replaced({each.logical_id: each for each in changes})

    def settled(self, change: Change) -> Change:
        """Return the change without what merely is evaluated again."""
        if change.action != "Modify":
            return change
        is_kept = change.replacement not in REPLACED or change.logical_id in self._replaced
        return replace(
            change,
            replacement=change.replacement if is_kept else "False",
            after=self._with_known_values(change),
            is_reevaluated=bool(change.causes)
            and all(self._is_idle(cause, change) for cause in change.causes),
        )

    def _find_replaced(self, changes: Mapping[str, Change]) -> set[str]:
        """Return which resources get another identity, or may get one."""
        found = {name for name, each in changes.items() if self._is_replaced_by_itself(each)}
        while True:
            further = {
                name
                for name, each in changes.items()
                if each.replacement in REPLACED
                if any(cause.resource in found for cause in _replacing(each))
            }
            if further <= found:
                return found
            found |= further

    def _is_replaced_by_itself(self, change: Change) -> bool:
        """Whether the resource is new, gone or replaced for a reason that lies in itself."""
        if change.action != "Modify" or change.replacement == "True":
            return True
        if change.replacement != "Conditional":
            return False
        reasons = _replacing(change)
        return not reasons or any(
            not (cause.resource or self._is_echo(cause, change)) for cause in reasons
        )

    def _is_echo(self, cause: Cause, change: Change) -> bool:
        """Whether a cause is told only because another one, of its property, refers to a resource.

        CloudFormation tells a reference also as a modification whose value it does not know yet,
        just as it would tell an edit of the template there.
        """
        if cause.source != "DirectModification" or cause.evaluation != "Dynamic":
            return False
        referring = any(each.resource and each.name == cause.name for each in change.causes)
        return referring and not self._is_edited(change.logical_id, cause.name)

    def _is_idle(self, cause: Cause, change: Change) -> bool:
        """Whether the cause changes nothing, because what is referred to keeps its identity."""
        if cause.resource:
            return cause.resource not in self._replaced
        resources = {each.resource for each in change.causes if each.name == cause.name}
        return self._is_echo(cause, change) and not self._replaced & resources

    def _with_known_values(self, change: Change) -> Mapping[str, Any]:
        """Return the attributes after the change, with what idle references will give."""
        if not change.after:
            return change.after
        before = change.before.get("Properties", {})
        properties = dict(change.after.get("Properties", {}))
        for name in properties.keys() & before.keys():
            causes = [cause for cause in change.causes if cause.name == name]
            if causes and all(self._is_idle(cause, change) for cause in causes):
                properties[name] = before[name]
            elif not any(cause.resource in self._replaced for cause in causes):
                properties[name] = known(before[name], properties[name])
        return {**change.after, "Properties": properties}


def _replacing(change: Change) -> list[Cause]:
    return [cause for cause in change.causes if cause.recreation != "Never"]


def known(before: Any, after: Any) -> Any:
    """Return the value after the change, with the one before it wherever it is not known yet.

    In a list, an element is only taken for one before if nothing else of the two differs, or if it
    is the only element that differs; another one may refer to something else.
    """
    if after == KNOWN_AFTER_APPLY:
        return before
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {
            name: known(before[name], value) if name in before else value
            for name, value in after.items()
        }
    if isinstance(before, list) and isinstance(after, list):
        return _known_elements(before, after)
    return after


def _known_elements(before: list[Any], after: list[Any]) -> list[Any]:
    if len(before) == len(after):
        paired = [known(old, new) for old, new in zip(before, after, strict=True)]
        if sum(old != new for old, new in zip(before, paired, strict=True)) <= 1:
            return paired
    return [
        next(
            (old for old in before if each != KNOWN_AFTER_APPLY and known(old, each) == old),
            each,
        )
        for each in after
    ]

"""Whether a change comes from an edit of the template, or from a parameter. Pure.

A condition lets a parameter decide about a property. CloudFormation calls that a modification of
the template; and where a template goes into a call, it is one, since its conditions are decided.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from aws_setup.stack.changes import Cause, Change, ValueChange, value_changes
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.decided_conditions import decided

Template = Mapping[str, Any]


class Edits:
    """Compares a template with the one that is deployed.

    deployed: returns that one; called where nothing else tells, and once. A template in a bucket is
    whole, and so is one from before an upgrade; others have their conditions decided already.
    before, after: the stack's parameters by name; {} before if the stack is new. One that is left
    out has its default, so that a parameter which only the new template has changes nothing.
    """

    def __init__(
        self,
        deployed: Callable[[], Template],
        body: str,
        before: Mapping[str, str],
        after: Mapping[str, str],
    ) -> None:
        self._read, self._template = deployed, parse_template(body, "the template")
        declared = self._template.get("Parameters") or {}
        defaults = {name: each["Default"] for name, each in declared.items() if "Default" in each}
        self._before = {**defaults, **before} if before else {}
        self._after = {**defaults, **after}

    def parameter_changes(self) -> dict[str, ValueChange]:
        """Return the parameters whose values change, by name; none for a new stack."""
        return value_changes(
            {name: value for name, value in self._before.items() if name in self._after},
            {name: value for name, value in self._after.items() if name in self._before},
        )

    def is_edited(self, logical_id: str, name: str) -> bool:
        """Return whether a resource's property is another one, by an edit or by a condition."""
        return self._differs(self._after, logical_id, name)

    def attributed(self, changes: Sequence[Change]) -> tuple[Change, ...]:
        """Return the changes with the parameters that cause them by way of a condition."""
        if not self.parameter_changes():
            return tuple(changes)
        return tuple(
            replace(change, causes=tuple(self._attributed(change)))
            if change.action == "Modify" and not change.is_reevaluated
            else change
            for change in changes
        )

    def _attributed(self, change: Change) -> Iterator[Cause]:
        for cause in change.causes:
            names = [] if cause.entity else self._deciding(change.logical_id, cause.name)
            for name in names:
                yield replace(cause, source="ParameterReference", entity=name)
            if not names or self._differs(self._before, change.logical_id, cause.name):
                yield cause

    def _deciding(self, logical_id: str, name: str) -> list[str]:
        """Return the parameters whose change decides otherwise about a property than before."""
        values = [_property(each, logical_id, name) for each in self._decided]
        if values[0] == values[1]:
            return []
        conditions = self._template.get("Conditions") or {}
        whole = _property(self._template, logical_id, name)
        read = {each for used in _conditions(whole) for each in _parameters(used, conditions)}
        return [each for each in self.parameter_changes() if each in read]

    def _differs(self, parameters: Mapping[str, str], logical_id: str, name: str) -> bool:
        both = (decided(each, parameters) for each in (self._deployed, self._template))
        one, other = (_property(each, logical_id, name) for each in both)
        return bool(one != other)

    @cached_property
    def _deployed(self) -> Template:
        return self._read()

    @cached_property
    def _decided(self) -> tuple[Template, Template]:
        return decided(self._template, self._before), decided(self._template, self._after)


def _property(template: Template, logical_id: str, name: str) -> Any:
    resource = template.get("Resources", {}).get(logical_id, {})
    return resource.get("Properties", {}).get(name)


def _conditions(node: Any) -> Iterator[str]:
    """Yield the name of each condition that a part of a template asks."""
    match node:
        case {"Fn::If": [name, *branches]}:
            yield name
            yield from _conditions(branches)
        case dict():
            yield from _conditions(list(node.values()))
        case list():
            for each in node:
                yield from _conditions(each)


def _parameters(name: str, conditions: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name of each parameter that a condition reads, itself or by another condition."""
    left = [conditions[name]]
    while left:
        match left.pop():
            case {"Condition": str(other)}:
                left.append(conditions[other])
            case {"Ref": str(parameter)}:
                yield parameter
            case dict() as node:
                left += node.values()
            case list() as nodes:
                left += nodes

"""The result of one deployment, for scripts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from aws_setup.stack.changes import Change, ChangeSet, ValueChange
from aws_setup.stack.plan.counts import counts
from aws_setup.stack.plan.differences import differences
from aws_setup.stack.plan.permissions import PermissionChange, permission_changes

NOTHING_CHANGED = "Nothing was changed."


@dataclass(slots=True, kw_only=True)
class DeployResult:
    """The result, as one object whose members are all always present.

    outcome: `deployed`, `unchanged`, `planned` (a dry run that found changes), `declined`,
    `cancelled`, `interrupted`, `unfinished` (CloudFormation goes on by itself) or `failed`.
    notes, steps, losses: sentences of the plan: what is to be known about what exists already; what
    is done beside the changes and later, in its order; and what the user pool loses.
    left_behind: a sentence about each resource whose data stay behind, by its logical id.
    seconds: how long CloudFormation was watched. error, hint: "" after a success.
    aws_state: a sentence that says what is true in AWS if the run ended now; not in the JSON.
    """

    outcome: str = "failed"
    account: str = ""
    region: str = ""
    stack: str
    changes: Sequence[Change] = ()
    output_changes: Mapping[str, str] = field(default_factory=dict)  # "+" or "-" by name
    parameter_changes: Mapping[str, ValueChange] = field(default_factory=dict)  # by name
    tag_changes: Mapping[str, ValueChange] = field(default_factory=dict)  # of the stack, by key
    notes: Sequence[str] = ()
    steps: Sequence[str] = ()
    losses: Sequence[str] = ()
    left_behind: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)  # of the stack; {} after a dry run
    seconds: float = 0.0
    error: str = "The run broke off; standard error says more."
    hint: str = ""
    aws_state: str = NOTHING_CHANGED

    def end(self, outcome: str, *, error: str = "", hint: str = "") -> None:
        """Set the outcome."""
        self.outcome, self.error, self.hint = outcome, error, hint

    def add_plan(
        self,
        change_set: ChangeSet,
        *,
        steps: Sequence[str],
        losses: Sequence[str],
        left_behind: Mapping[str, str],
    ) -> None:
        """Add what is shown about one change set, after an import about that of the rest."""
        self.parameter_changes = change_set.parameter_changes
        self.tag_changes = change_set.tag_changes
        self.output_changes = change_set.output_changes
        self.steps, self.losses = [*self.steps, *steps], [*self.losses, *losses]
        self.left_behind = {**self.left_behind, **left_behind}

    def as_json(self) -> str:
        """Return the result as one line of JSON."""
        members = {each.name: getattr(self, each.name) for each in fields(self)}
        del members["aws_state"]
        return json.dumps(
            members
            | {
                "changes": [_change(each) for each in self.changes],
                "parameter_changes": _values(self.parameter_changes),
                "tag_changes": _values(self.tag_changes),
                "permissions": [_permission(each) for each in permission_changes(self.changes)],
                "counts": counts(self.changes) if self.changes else {},
                "seconds": round(self.seconds, 1),
            }
        )


def _change(change: Change) -> dict[str, Any]:
    """Return a change as a script may want it: each property that differs, whole, and why."""
    properties = [] if change.is_reevaluated else [asdict(each) for each in differences(change)]
    named = ("action", "logical_id", "physical_id", "resource_type", "replacement")
    return {
        **{name: getattr(change, name) for name in named},
        "is_reevaluated": change.is_reevaluated,
        "properties": properties,
    }


def _values(changes: Mapping[str, ValueChange]) -> dict[str, Any]:
    return {name: asdict(each) for name, each in changes.items()}


def _permission(found: PermissionChange) -> dict[str, str]:
    return {"sign": found.sign, **asdict(found.permission)}

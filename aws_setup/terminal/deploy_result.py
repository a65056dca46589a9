"""The result of one deployment, for scripts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from aws_setup.stack.changes import Change
from aws_setup.stack.plan.counts import counts
from aws_setup.stack.plan.differences import differences
from aws_setup.stack.plan.permissions import PermissionChange, permission_changes

NOTHING_CHANGED = "Nothing was changed."


@dataclass(slots=True, kw_only=True)
class DeployResult:
    """The result, as one object whose members are all always present.

    outcome: `deployed`, `unchanged`, `planned` (a dry run that found changes), `declined`,
    `cancelled`, `interrupted`, `unfinished` (CloudFormation goes on by itself) or `failed`.
    seconds: how long CloudFormation was watched. error, hint: "" after a success.
    aws_state: a sentence that says what is true in AWS if the run ended now; not in the JSON.
    """

    outcome: str = "failed"
    account: str = ""
    region: str = ""
    stack: str
    changes: Sequence[Change] = ()
    output_changes: Mapping[str, str] = field(default_factory=dict)  # "+" or "-" by name
    outputs: Mapping[str, str] = field(default_factory=dict)  # of the stack; {} after a dry run
    seconds: float = 0.0
    error: str = "The run broke off; standard error says more."
    hint: str = ""
    aws_state: str = NOTHING_CHANGED

    def end(self, outcome: str, *, error: str = "", hint: str = "") -> None:
        """Set the outcome."""
        self.outcome, self.error, self.hint = outcome, error, hint

    def as_json(self) -> str:
        """Return the result as one line of JSON."""
        members = {each.name: getattr(self, each.name) for each in fields(self)}
        del members["aws_state"]
        return json.dumps(
            members
            | {
                "changes": [_change(each) for each in self.changes],
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


def _permission(found: PermissionChange) -> dict[str, str]:
    return {"sign": found.sign, **asdict(found.permission)}

"""The result of one deployment, for scripts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from aws_setup.stack.changes import Change

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
        members = asdict(self)
        del members["aws_state"]
        return json.dumps(members | {"seconds": round(self.seconds, 1)})

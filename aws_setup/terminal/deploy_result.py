"""What came of one deployment, for scripts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from aws_setup.stack.change_sets import Change

NOTHING_CHANGED = "Nothing was changed."


@dataclass(slots=True, kw_only=True)
class DeployResult:
    """One object for scripts; every member is always there.

    outcome: `deployed`, `unchanged`, `planned` (a dry run that found changes), `declined`,
    `cancelled`, `interrupted`, `unfinished` (CloudFormation goes on by itself) or `failed`.
    seconds: that CloudFormation took. error, hint: "" where all is well.
    aws_state: what is so in AWS if the run ended now; not part of the JSON.
    """

    outcome: str = "failed"
    account: str = ""
    region: str = ""
    stack: str
    changes: Sequence[Change] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)  # of the stack; {} after a dry run
    seconds: float = 0.0
    error: str = "It broke off; standard error tells more."
    hint: str = ""
    aws_state: str = NOTHING_CHANGED

    def end(self, outcome: str, *, error: str = "", hint: str = "") -> None:
        """Say what came of it."""
        self.outcome, self.error, self.hint = outcome, error, hint

    def as_json(self) -> str:
        """Return it as one line of JSON."""
        members = asdict(self)
        del members["aws_state"]
        return json.dumps(members | {"seconds": round(self.seconds, 1)})

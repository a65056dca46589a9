"""What one look at the stack and at what existed before it has led to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_setup.deployment.stages import Stage
from aws_setup.existing.resources import ExistingResources
from aws_setup.stack.stack_options import TerminationProtection
from aws_setup.stack.stack_tags import StackTags


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One plan. body: the template around what exists already.

    parameters: all of them, those about existing resources included.
    pool_id: the stack's own pool if the plan changes it; "" if it does not.
    pool_before: the properties that the stack gave that pool; {} if it was only imported so far.
    attaches_last: whether the pool begins to call the function in an update of its own.
    stage: all that CloudFormation can do in one update.
    outputs: "+" or "-" by the name of each output that comes or goes.
    """

    existing: ExistingResources
    stage: Stage
    protection: TerminationProtection
    body: str
    parameters: Mapping[str, str]
    tags: StackTags
    pool_id: str
    pool_before: Mapping[str, Any]
    attaches_last: bool
    outputs: Mapping[str, str]

    def lines(self) -> Iterator[str]:
        """Yield what the change set does not tell: the outputs, and what is left for later."""
        if self.outputs and self.stage.change_set.is_executable:
            listed = ", ".join(f"{sign} {name}" for name, sign in self.outputs.items())
            yield f"Outputs: {listed}"
        yield from self.stage.follows

"""What one look at the stack and at what existed before it has led to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_setup.deployment.stages import Stage
from aws_setup.existing.resources import ExistingResources
from aws_setup.stack.stack_options import TerminationProtection
from aws_setup.stack.stack_tags import StackTags

ATTACHED_LAST = "Once the function has all that it needs, another update has the user pool call it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One plan. body: the template around what exists already.

    parameters: all of them, those about existing resources included.
    pool_id: the stack's own pool if the plan changes it; "" if it does not.
    pool_before: the properties that the stack gave that pool; {} if it was only imported so far.
    attaches_last: whether the pool begins to call the function in an update of its own.
    stage: all that CloudFormation can do in one update.
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

    def steps(self) -> list[str]:
        """Return a sentence for each thing that is done beside this change set, then later."""
        last = [ATTACHED_LAST] if self.attaches_last else []
        return [*self.beside(), *self.stage.follows, *last]

    def beside(self) -> list[str]:
        """Return a sentence for each thing that no update of the stack does."""
        return [*self.existing.steps(), *self.protection.steps()]

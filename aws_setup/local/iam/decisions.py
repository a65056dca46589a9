"""What IAM was asked, and what it answered: which permissions a caller has used, and lacked.

As CloudTrail has it, but of every call that policies decide. The account's administrator is root,
of whom IAM is asked nothing.
"""

from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator

_evaluate = iam_evaluator.evaluate


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer. principal and resource: ARNs. action: such as `dynamodb:GetItem`."""

    principal: str
    action: str
    resource: str
    is_allowed: bool


class Decisions:
    """The different answers since the last clear; safe across threads."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], bool] = {}

    def record(self) -> None:
        """Keep from now on what ministack's IAM answers, in the place of any earlier record."""

        def evaluate(context: Any, policies: Any, *limits: Any) -> Any:
            result = _evaluate(context, policies, *limits)
            asked = (context.principal_arn, context.action, context.resource_arn)
            # The resource's own policy is asked after the caller's; one that allows is enough.
            is_allowed = result.decision == "Allow" or self._found.get(asked, False)
            self._found[asked] = is_allowed
            return result

        iam_evaluator.evaluate = evaluate

    def about(self, principal: str) -> frozenset[Decision]:
        """Return the answers about a principal, by its ARN."""
        found = (Decision(*asked, is_allowed=value) for asked, value in self._found.copy().items())
        return frozenset(each for each in found if each.principal == principal)

    def clear(self) -> None:
        """Forget every answer."""
        self._found.clear()

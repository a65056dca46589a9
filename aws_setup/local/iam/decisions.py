"""IAM's decisions: which permissions a caller has used, and which ones it lacked.

This is what CloudTrail records, but for every call that policies decide. It holds nothing about
the account's administrator, who is the root user and is never subject to policies.
"""

from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator

_evaluate = iam_evaluator.evaluate


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. principal and resource: ARNs. action: such as `dynamodb:GetItem`."""

    principal: str
    action: str
    resource: str
    is_allowed: bool


class Decisions:
    """The distinct decisions since the last clear; thread-safe."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], bool] = {}

    def record(self) -> None:
        """Record the decisions of ministack's IAM from now on, instead of any earlier recorder."""

        def evaluate(context: Any, policies: Any, *limits: Any) -> Any:
            result = _evaluate(context, policies, *limits)
            asked = (context.principal_arn, context.action, context.resource_arn)
            # The resource's own policy is evaluated after the caller's; it is enough that one
            # of them allows.
            is_allowed = result.decision == "Allow" or self._found.get(asked, False)
            self._found[asked] = is_allowed
            return result

        iam_evaluator.evaluate = evaluate

    def about(self, principal: str) -> frozenset[Decision]:
        """Return the decisions about the principal with this ARN."""
        found = (Decision(*asked, is_allowed=value) for asked, value in self._found.copy().items())
        return frozenset(each for each in found if each.principal == principal)

    def clear(self) -> None:
        """Forget every decision."""
        self._found.clear()

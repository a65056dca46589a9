"""What an organisation demands of a stack as a whole: tags, a role, and protection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

PROTECTION = "Termination protection is turned {state}, so that the stack {effect} be deleted."


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """Options of the stack, beside its template and parameters.

    tags: to add or change; those that the stack has beside them stay.
    role_arn: the role that CloudFormation acts with; "" for the one that the stack has, or else for
    the caller's own permissions.
    termination_protection: None to leave it as it is.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    role_arn: str = ""
    termination_protection: bool | None = None

    def acting_role(self, stack: StackTypeDef | None) -> list[str]:
        """Return a sentence about the role that CloudFormation acts with; none if it has none."""
        role_arn = self.role_arn or (stack.get("RoleARN", "") if stack else "")
        return [f"CloudFormation acts with the role {role_arn}"] if role_arn else []


@dataclass(frozen=True, slots=True)
class TerminationProtection:
    """The stack's protection against being deleted, which no change set can set.

    stack: as DescribeStacks returns it; None if it does not exist.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html
    """

    client: CloudFormationClient
    stack_name: str
    stack: StackTypeDef | None
    wanted: bool | None

    def steps(self) -> list[str]:
        """Return a sentence about what `finish` does; nothing if it has nothing to do."""
        is_on = bool(self.stack and self.stack.get("EnableTerminationProtection"))
        if self.wanted is None or self.wanted == is_on:
            return []
        state, effect = ("on", "can't") if self.wanted else ("off", "can")
        return [PROTECTION.format(state=state, effect=effect)]

    def finish(self) -> None:
        """Turn the protection on or off, if that is wanted and not so already."""
        if self.steps():
            self.client.update_termination_protection(
                StackName=self.stack_name, EnableTerminationProtection=bool(self.wanted)
            )

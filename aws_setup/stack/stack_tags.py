"""The tags of the stack, which CloudFormation passes on to its resources. Pure.

A call that gives tags replaces all that the stack has. So those that somebody else set go along
unchanged: no deployment takes them away.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from aws_setup.exceptions import SettingMissing

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef, TagTypeDef

OURS = {"application": "business-onboarding"}
RESERVED = "aws:"  # tags that only AWS itself sets
# The stack and each resource take 50, and the pool and the tables have two of the template's own.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
MOST = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class StackTags:
    """The tags that a stack has and those that it is to have."""

    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=lambda: dict(OURS))

    @classmethod
    def of(cls, stack: StackTypeDef | None, wanted: Mapping[str, str]) -> Self:
        """Return the tags of a stack with those that are wanted added or changed.

        stack: as DescribeStacks returns it; None if it does not exist. Raises SettingMissing if
        they are more than the resources of the stack take.
        """
        tags = stack.get("Tags", []) if stack else []
        before = {tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith(RESERVED)}
        after = {**before, **OURS, **wanted}
        if len(after) > MOST:
            raise SettingMissing(
                f"The stack would have {len(after)} tags. AWS passes them on to the user pool and "
                f"the tables, which take {MOST} beside two of their own. Nothing was changed.",
                hint="Take tags out of STACK_TAGS, or off the stack: it keeps those that somebody "
                "else gave it.",
            )
        return cls(before=before, after=after)

    def to_api(self) -> list[TagTypeDef]:
        """Return the tags as CreateChangeSet takes them."""
        return [{"Key": key, "Value": value} for key, value in self.after.items()]


NO_TAGS = StackTags()

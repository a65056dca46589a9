"""What a change set says, as plain values: the change set itself and its changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ResourceToImportTypeDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a change set would do to one resource."""

    action: str  # Add, Modify, Remove, Import or Dynamic
    logical_id: str
    physical_id: str  # "" before the resource exists
    resource_type: str
    replacement: str  # True, False or Conditional; "" for an action that replaces nothing

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Read one ResourceChange of the API."""
        return cls(
            action=raw["Action"],
            logical_id=raw["LogicalResourceId"],
            physical_id=raw.get("PhysicalResourceId", ""),
            resource_type=raw["ResourceType"],
            replacement=raw.get("Replacement", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedResource:
    """A resource that exists already and that an import brings into the stack.

    identifier: the properties of the type's primaryIdentifier, such as {"TableName": "orders"}.
    """

    logical_id: str
    resource_type: str
    identifier: Mapping[str, str]

    def to_api(self) -> ResourceToImportTypeDef:
        """Return one ResourceToImport of the API."""
        return {
            "ResourceType": self.resource_type,
            "LogicalResourceId": self.logical_id,
            "ResourceIdentifier": self.identifier,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """A planned change of a stack.

    `changes` may be empty although there is something to execute, such as a new output.
    """

    change_set_id: str
    name: str
    stack_id: str
    stack_name: str
    creates_stack: bool
    status: str = ""  # for example CREATE_COMPLETE
    reason: str = ""  # "" when CloudFormation gives none
    changes: tuple[Change, ...] = ()

    @property
    def is_executable(self) -> bool:
        """Whether the change set can be executed. One that would change nothing cannot be."""
        return self.status == "CREATE_COMPLETE"

    def with_description(self, pages: Sequence[Mapping[str, Any]]) -> ChangeSet:
        """Return the change set with what the pages of DescribeChangeSet say about it."""
        raw = [change for page in pages for change in page.get("Changes", ())]
        return replace(
            self,
            status=pages[0]["Status"],
            reason=pages[0].get("StatusReason", ""),
            changes=tuple(Change.from_api(each["ResourceChange"]) for each in raw),
        )

"""What a change set says, as plain values: the change set itself and its changes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypedDict

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ResourceToImportTypeDef


class ChangeSetAddress(TypedDict):
    """The arguments of the API that name a change set."""

    ChangeSetName: str
    StackName: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why one attribute of a resource changes: one ResourceChangeDetail of the API.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html
    """

    attribute: str  # Properties, Tags, DeletionPolicy, ...
    name: str  # of the property; "" for another attribute
    recreation: str  # Never, Conditionally or Always
    evaluation: str  # Static, or Dynamic if only the execution tells the value
    source: str  # for example DirectModification; "" for the stack's own tags
    entity: str  # the parameter, the resource or the resource's attribute that causes it; or ""

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Read one ResourceChangeDetail."""
        target = raw.get("Target", {})
        return cls(
            attribute=target.get("Attribute", ""),
            name=target.get("Name", ""),
            recreation=target.get("RequiresRecreation", "Never"),
            evaluation=raw.get("Evaluation", "Static"),
            source=raw.get("ChangeSource", ""),
            entity=raw.get("CausingEntity", ""),
        )

    @property
    def resource(self) -> str:
        """The logical id of the resource that causes it; "" if none does."""
        is_reference = self.source in {"ResourceReference", "ResourceAttribute"}
        return self.entity.partition(".")[0] if is_reference else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a change set would do to one resource.

    before, after: the resource's attributes, its Properties among them; {} where there are none,
    or where CloudFormation does not tell. Scalars are strings.
    """

    action: str  # Add, Modify, Remove, Import or Dynamic
    logical_id: str
    physical_id: str  # "" before the resource exists
    resource_type: str
    replacement: str  # True, False or Conditional; "" for an action that replaces nothing
    causes: tuple[Cause, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    is_reevaluated: bool = False  # it only refers to something that changes

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Read one ResourceChange of the API, which calls a new resource a replacement, too."""
        return cls(
            action=raw["Action"],
            logical_id=raw["LogicalResourceId"],
            physical_id=raw.get("PhysicalResourceId", ""),
            resource_type=raw["ResourceType"],
            replacement=raw.get("Replacement", "") if raw["Action"] == "Modify" else "",
            causes=tuple(Cause.from_api(each) for each in raw.get("Details", ())),
            before=json.loads(raw.get("BeforeContext") or "{}"),
            after=json.loads(raw.get("AfterContext") or "{}"),
        )


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A text that changes: of a tag or a parameter. before: None if there is none yet."""

    before: str | None
    after: str


def value_changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, ValueChange]:
    """Return what changes of some named texts, by name. None of them goes."""
    changed = (name for name, value in after.items() if before.get(name) != value)
    return {name: ValueChange(before.get(name), after[name]) for name in changed}


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
    tag_changes: Mapping[str, ValueChange] = field(default_factory=dict)  # of the stack's own
    parameter_changes: Mapping[str, ValueChange] = field(default_factory=dict)
    output_changes: Mapping[str, str] = field(default_factory=dict)  # "+" or "-" by name

    @property
    def is_executable(self) -> bool:
        """Whether the change set can be executed. One that would change nothing cannot be."""
        return self.status == "CREATE_COMPLETE"

    def address(self) -> ChangeSetAddress:
        """Return the arguments that name the change set in a call.

        The id would do; but IAM looks for the stack, so that a policy can name it.
        """
        return {"ChangeSetName": self.change_set_id, "StackName": self.stack_name}

    def with_description(self, pages: Sequence[Mapping[str, Any]]) -> ChangeSet:
        """Return the change set with what the pages of DescribeChangeSet say about it."""
        raw = [change for page in pages for change in page.get("Changes", ())]
        return replace(
            self,
            status=pages[0]["Status"],
            reason=pages[0].get("StatusReason", ""),
            changes=tuple(Change.from_api(each["ResourceChange"]) for each in raw),
        )

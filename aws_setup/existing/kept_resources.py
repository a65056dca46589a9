"""The user pool and the tables that deleted stacks left behind, found by the template's own tags.

CloudFormation removes its own tags and those of the stack from a resource that it keeps, but not
the tags among the resource's properties.
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1049
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aws_setup.exceptions import AdoptionAmbiguous
from aws_setup.existing.owning_stack import TAG
from aws_setup.existing.tables.onboarding_template import PARAMETER as ONBOARDING_PARAMETER
from aws_setup.template.data_resources import DATA_RESOURCES

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_cloudformation import CloudFormationClient

STACK_TAG = "business-onboarding:stack"
PART_TAG = "business-onboarding:part"
NONE = "none"
TAKEN = (
    "{part} {id} is tagged as what a stack of this name has left, but the CloudFormation stack "
    "{stack} uses it by now: it stays as it is."
)
# The parameters by which a stack of ours uses what it has not made.
USING = {"ExistingUserPoolId", "ExistingBusinessTableName", ONBOARDING_PARAMETER}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResource:
    """A pool or table that holds data and was kept when its stack was deleted."""

    logical_id: str  # of the template: UserPool, BusinessTable or OnboardingTable
    physical_id: str  # the pool's id, or the table's name

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Read one ResourceTagMapping of the API."""
        tags = {tag["Key"]: tag["Value"] for tag in raw["Tags"]}
        return cls(logical_id=tags[PART_TAG], physical_id=raw["ResourceARN"].rpartition("/")[2])

    @property
    def resource_type(self) -> str:
        """The resource type in a template."""
        return DATA_RESOURCES[self.logical_id]


@dataclass(frozen=True, slots=True)
class Left:
    """What stacks of a name have left behind, in the order of DATA_RESOURCES.

    free: what no other stack has. taken: the names of the stacks that have the rest by now, though
    it still has our tags: they imported it, or were told to use it.
    """

    free: tuple[KeptResource, ...] = ()
    taken: Mapping[KeptResource, str] = field(default_factory=dict)

    def told(self) -> list[str]:
        """Return a sentence for each resource that another stack has by now."""
        return [
            TAKEN.format(part=each.logical_id, id=each.physical_id, stack=stack)
            for each, stack in self.taken.items()
        ]


def find_kept(client: BaseClient, stack_name: str) -> Left:
    """Return what stacks of this name left behind in the client's Region.

    Only for a stack that does not exist: for one that does, it would find resources that are in
    use.
    """
    pages = client.get_paginator("get_resources").paginate(
        TagFilters=[
            {"Key": STACK_TAG, "Values": [stack_name]},
            {"Key": PART_TAG, "Values": list(DATA_RESOURCES)},
        ],
        ResourceTypeFilters=["cognito-idp:userpool", "dynamodb:table"],
    )
    found = {
        KeptResource.from_api(raw): _owner(raw)
        for page in pages
        for raw in page["ResourceTagMappingList"]
    }
    order = list(DATA_RESOURCES)
    ordered = sorted(found, key=lambda kept: (order.index(kept.logical_id), kept.physical_id))
    taken = {each: found[each] for each in ordered if found[each] not in {"", stack_name}}
    return Left(tuple(each for each in ordered if each not in taken), taken)


def without_used(client: CloudFormationClient, left: Left, stack_name: str) -> Left:
    """Return it with that among what is taken which other stacks of ours were told to use.

    Such a stack has not imported it, so that only its parameters tell.
    """
    if not left.free:
        return left
    pages = client.get_paginator("describe_stacks").paginate()
    stacks = (each for page in pages for each in page["Stacks"] if each["StackName"] != stack_name)
    users = {
        parameter.get("ParameterValue", ""): stack["StackName"]
        for stack in stacks
        for parameter in stack.get("Parameters", ())
        if parameter.get("ParameterKey") in USING
    }
    used = {each: users[each.physical_id] for each in left.free if each.physical_id in users}
    free = tuple(each for each in left.free if each not in used)
    return Left(free, {**left.taken, **used})


def _owner(raw: Mapping[str, Any]) -> str:
    """Return the name of the stack that a resource belongs to; "" for none."""
    return next((tag["Value"] for tag in raw["Tags"] if tag["Key"] == TAG), "")


def choose(found: Sequence[KeptResource], wanted: Iterable[str]) -> tuple[KeptResource, ...]:
    """Return the resources to adopt, at most one for each logical id. Pure.

    wanted: ids and names, or "none". If it is empty, everything that was found is adopted.
    Raises AdoptionAmbiguous for a name that wasn't found, or for two with the same logical id.
    """
    names = set(wanted)
    chosen = [kept for kept in found if not names or kept.physical_id in names]
    if unknown := names - {kept.physical_id for kept in found} - {NONE}:
        raise AdoptionAmbiguous(
            f"No stack of this name has left {', '.join(sorted(unknown))}. Nothing was changed.",
            hint=_hint(found),
        )
    if len({kept.logical_id for kept in chosen}) < len(chosen):
        raise AdoptionAmbiguous(
            "Earlier stacks of this name have left more than one resource of a kind, and only you "
            "know which of them to adopt. Nothing was changed.",
            hint=_hint(found),
        )
    return tuple(chosen)


def _hint(found: Sequence[KeptResource]) -> str:
    listed = "; ".join(f"{kept.logical_id} {kept.physical_id}" for kept in found) or "nothing"
    return (
        f"Found: {listed}. Name each one to adopt with `--adopt ID`, or create new ones with "
        f"`--adopt {NONE}`. Those that are not named stay as they are."
    )

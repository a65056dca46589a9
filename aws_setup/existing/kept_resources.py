"""The user pool and the tables that a deleted stack has left, found by the template's own tags.

CloudFormation takes its own tags and those of the stack off a resource that it keeps; the tags
among a resource's properties stay.
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1049
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from aws_setup.exceptions import AdoptionAmbiguous

if TYPE_CHECKING:
    from botocore.client import BaseClient

STACK_TAG = "business-onboarding:stack"
PART_TAG = "business-onboarding:part"
TYPES = {
    "UserPool": "AWS::Cognito::UserPool",
    "BusinessTable": "AWS::DynamoDB::Table",
    "OnboardingTable": "AWS::DynamoDB::Table",
}
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResource:
    """A pool or table that holds data and belongs to no stack."""

    logical_id: str  # of the template: UserPool, BusinessTable or OnboardingTable
    physical_id: str  # the pool's id, or the table's name

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Take one ResourceTagMapping of the API."""
        tags = {tag["Key"]: tag["Value"] for tag in raw["Tags"]}
        return cls(logical_id=tags[PART_TAG], physical_id=raw["ResourceARN"].rpartition("/")[2])

    @property
    def resource_type(self) -> str:
        """Its type in a template."""
        return TYPES[self.logical_id]


def find_kept(client: BaseClient, stack_name: str) -> tuple[KeptResource, ...]:
    """Return what stacks of this name have left in the client's Region, in the order of TYPES.

    Only for a stack that does not exist: of one that does, it would find what is in use.
    """
    pages = client.get_paginator("get_resources").paginate(
        TagFilters=[
            {"Key": STACK_TAG, "Values": [stack_name]},
            {"Key": PART_TAG, "Values": list(TYPES)},
        ],
        ResourceTypeFilters=["cognito-idp:userpool", "dynamodb:table"],
    )
    found = [KeptResource.from_api(raw) for page in pages for raw in page["ResourceTagMappingList"]]
    order = list(TYPES)
    return tuple(sorted(found, key=lambda kept: (order.index(kept.logical_id), kept.physical_id)))


def choose(found: Sequence[KeptResource], wanted: Iterable[str]) -> tuple[KeptResource, ...]:
    """Return what is to be adopted: at most one of each part. Pure.

    wanted: ids and names, or "none"; where nothing is named, all that is found.
    Raises AdoptionAmbiguous for a name that isn't found, or for two of a part.
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
            "Earlier stacks of this name have left more than one of a kind, and which of them to "
            "adopt is not to be guessed. Nothing was changed.",
            hint=_hint(found),
        )
    return tuple(chosen)


def _hint(found: Sequence[KeptResource]) -> str:
    listed = "; ".join(f"{kept.logical_id} {kept.physical_id}" for kept in found) or "nothing"
    return (
        f"There is: {listed}. Name each one to adopt with `--adopt ID`, or start anew with "
        f"`--adopt {NONE}`; what is not named stays as it is."
    )

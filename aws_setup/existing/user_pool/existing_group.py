"""A group that a pool has already.

A stack around an existing pool uses such a group as it is, whoever made it: another stack, which
CloudFormation would not let us import it from, or somebody by hand. If it is deleted later, the
next deployment makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import GroupTypeTypeDef

THERE = "User pool {pool} has the group {group} already, with its members: it is used as it is."
# https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
WITH_ROLE = (
    "The group {group} has the IAM role {role}: an identity pool that takes the role from the "
    "token gives that to everybody who signs up."
)


def find_group(
    client: CognitoIdentityProviderClient, pool_id: str, name: str
) -> GroupTypeTypeDef | None:
    """Return the pool's group of this name; None if it has none.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetGroup.html
    """
    try:
        return client.get_group(UserPoolId=pool_id, GroupName=name)["Group"]
    except client.exceptions.ResourceNotFoundException:
        return None


def told(group: GroupTypeTypeDef | None) -> Iterator[str]:
    """Yield what is to be known about a group that is used as it is; nothing for None."""
    if group:
        name = group.get("GroupName", "")
        yield THERE.format(pool=group.get("UserPoolId", ""), group=name)
        if role := group.get("RoleArn"):
            yield WITH_ROLE.format(group=name, role=role)


def makes_group(client: CloudFormationClient, stack: str, pool_id: str, name: str) -> bool:
    """Return whether the group is a resource of the stack.

    Whether CloudFormation lists it by its name alone or after that of the pool is not documented.
    """
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
    listed = (each for page in pages for each in page["StackResourceSummaries"])
    return any(
        each["LogicalResourceId"] == "Group"
        and each.get("PhysicalResourceId") in {name, f"{pool_id}|{name}"}
        for each in listed
    )

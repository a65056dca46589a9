"""A group that a pool has already.

A stack around an existing pool uses such a group as it is, whoever made it: another stack, which
CloudFormation would not let us import it from, or somebody by hand. If it is deleted later, the
next deployment makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

THERE = "User pool {pool} has the group {group} already, with its members: it is used as it is."


def has_group(client: CognitoIdentityProviderClient, pool_id: str, name: str) -> bool:
    """Return whether the pool has a group of this name.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetGroup.html
    """
    try:
        client.get_group(UserPoolId=pool_id, GroupName=name)
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


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

"""Policies and roles that IAM does not delete, because others attached them to something.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.exceptions import RemovalFailed

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

POLICY, ROLE = "AWS::IAM::ManagedPolicy", "AWS::IAM::Role"


def refuse_attached(client: IAMClient, policy_arns: Iterable[str]) -> None:
    """Check whether the policies can be deleted. Changes nothing.

    policy_arns: "" stands for a policy that was never made. If the credentials do not allow the
    check, a policy that is attached makes the deletion fail later.
    Raises RemovalFailed, which says what they are attached to and how to detach them.
    """
    made = filter(None, policy_arns)
    attached = [(arn, kind, name) for arn in made for kind, name in _entities(client, arn)]
    if not attached:
        return
    commands = [
        f"`aws iam detach-{kind}-policy --{kind}-name {name} --policy-arn {arn}`"
        for arn, kind, name in attached
    ]
    raise RemovalFailed(
        "The stack cannot be deleted while one of its policies is attached: "
        + "; ".join(f"{arn} to the {kind} {name}" for arn, kind, name in attached)
        + ". Nothing was changed.",
        hint=f"Detach it, then run it again: {'; '.join(commands)}.",
    )


def refuse_burdened(client: IAMClient, role_names: Iterable[str], own: Collection[str]) -> None:
    """Check whether the roles can be deleted: not with what the stack did not give them.

    own: the names of the stack's own inline policies. Changes nothing; "" and missing rights as for
    `refuse_attached`. Raises RemovalFailed, which says what has to go from which role.
    """
    roles = list(filter(None, role_names))
    found = [
        (role, arn, "detach-role-policy --policy-arn") for role, arn in _managed(client, roles)
    ]
    found += [
        (role, name, "delete-role-policy --policy-name")
        for role, name in _inline(client, roles)
        if name not in own
    ]
    found += [
        (role, name, "remove-role-from-instance-profile --instance-profile-name")
        for role, name in _profiles(client, roles)
    ]
    if not found:
        return
    commands = (f"`aws iam {verb} {policy} --role-name {role}`" for role, policy, verb in found)
    raise RemovalFailed(
        "The stack cannot be deleted while one of its roles has a policy or an instance profile "
        "that is not the stack's: "
        f"{'; '.join(f'{policy} of the role {role}' for role, policy, _ in found)}. "
        "Nothing was changed.",
        hint="Somebody attached it, perhaps on behalf of the organisation. Take it off, then run "
        f"it again: {'; '.join(commands)}.",
    )


def _managed(client: IAMClient, roles: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each role and the ARN of each managed policy that is attached to it."""
    pages = client.get_paginator("list_attached_role_policies")
    for role in roles:
        with _where_permitted():
            for page in pages.paginate(RoleName=role):
                yield from ((role, each["PolicyArn"]) for each in page["AttachedPolicies"])


def _inline(client: IAMClient, roles: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each role and the name of each policy that is part of it."""
    pages = client.get_paginator("list_role_policies")
    for role in roles:
        with _where_permitted():
            for page in pages.paginate(RoleName=role):
                yield from ((role, name) for name in page["PolicyNames"])


def _profiles(client: IAMClient, roles: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each role and the name of each instance profile that it is in."""
    pages = client.get_paginator("list_instance_profiles_for_role")
    for role in roles:
        with _where_permitted():
            for page in pages.paginate(RoleName=role):
                names = (each["InstanceProfileName"] for each in page["InstanceProfiles"])
                yield from ((role, name) for name in names)


@contextmanager
def _where_permitted() -> Iterator[None]:
    """Pass over what these credentials may not see, and what does not exist."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"AccessDenied", "NoSuchEntity"}:
            raise


def _entities(client: IAMClient, arn: str) -> Iterator[tuple[str, str]]:
    """Yield the kind (user, group or role) and the name of whatever the policy is attached to."""
    with _where_permitted():
        for page in client.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn):
            yield from (("user", each["UserName"]) for each in page["PolicyUsers"])
            yield from (("group", each["GroupName"]) for each in page["PolicyGroups"])
            yield from (("role", each["RoleName"]) for each in page["PolicyRoles"])

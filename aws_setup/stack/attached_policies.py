"""Managed policies that are attached to something, which IAM therefore does not delete.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.exceptions import RemovalFailed

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

POLICY = "AWS::IAM::ManagedPolicy"


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


def _entities(client: IAMClient, arn: str) -> Iterator[tuple[str, str]]:
    """Yield the kind (user, group or role) and the name of whatever the policy is attached to."""
    try:
        for page in client.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn):
            yield from (("user", each["UserName"]) for each in page["PolicyUsers"])
            yield from (("group", each["GroupName"]) for each in page["PolicyGroups"])
            yield from (("role", each["RoleName"]) for each in page["PolicyRoles"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"AccessDenied", "NoSuchEntity"}:
            raise

"""Managed policies that somebody has attached, and that IAM therefore does not delete.

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
    """Look whether the policies can be deleted; change nothing.

    policy_arns: "" for one that was never made. Where the credentials may not look, the deletion
    shows. Raises RemovalFailed with whom they are attached to and the commands that detach them.
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
        "The stack cannot go while a policy of it is attached: "
        + "; ".join(f"{arn} to the {kind} {name}" for arn, kind, name in attached)
        + ". Nothing was changed.",
        hint=f"Detach it, then run it again: {'; '.join(commands)}.",
    )


def _entities(client: IAMClient, arn: str) -> Iterator[tuple[str, str]]:
    """Yield (user, group or role; its name) of all that the policy is attached to."""
    try:
        for page in client.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn):
            yield from (("user", each["UserName"]) for each in page["PolicyUsers"])
            yield from (("group", each["GroupName"]) for each in page["PolicyGroups"])
            yield from (("role", each["RoleName"]) for each in page["PolicyRoles"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"AccessDenied", "NoSuchEntity"}:
            raise

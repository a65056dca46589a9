"""How long IAM lets a policy be, over boto3."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws

TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
MANAGED, OF_ROLE = 6_144, 10_240


def document(*statements: dict[str, Any]) -> str:
    """Return a policy with much white space, which does not count."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=8)


def policy_of(characters: int) -> str:
    """Return a policy of this length."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::"}
    length = len(json.dumps(json.loads(document(statement)), separators=(",", ":")))
    statement["Resource"] += "b" * (characters - length)
    return document(statement)


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_managed_policy_has_a_longest_length(local_aws: LocalAws) -> None:
    iam = local_aws.client("iam", "us-east-1")
    refused = ("LimitExceeded", f"Cannot exceed quota for PolicySize: {MANAGED}")
    given = {"PolicyName": "long", "PolicyDocument": policy_of(MANAGED + 1)}
    assert refusal(iam.create_policy, **given) == refused
    made = iam.create_policy(**given | {"PolicyDocument": policy_of(MANAGED)})["Policy"]
    again = {"PolicyArn": made["Arn"], "PolicyDocument": policy_of(MANAGED + 1)}
    assert refusal(iam.create_policy_version, **again) == refused


def test_the_policies_of_a_role_have_a_longest_length_together(local_aws: LocalAws) -> None:
    iam = local_aws.client("iam", "us-east-1")
    iam.create_role(RoleName="role", AssumeRolePolicyDocument=document(TRUST))
    half = {"RoleName": "role", "PolicyDocument": policy_of(OF_ROLE // 2)}
    iam.put_role_policy(PolicyName="first", **half)
    iam.put_role_policy(PolicyName="first", **half)
    iam.put_role_policy(PolicyName="second", **half)
    third = {"RoleName": "role", "PolicyName": "third", "PolicyDocument": policy_of(200)}
    said = f"Maximum policy size of {OF_ROLE} bytes exceeded for role role"
    assert refusal(iam.put_role_policy, **third) == ("LimitExceeded", said)

"""People and roles in the embedded AWS that may do what their policies say, and no more."""

import json
from contextlib import ExitStack
from typing import Any, Self

from aws_setup.local.iam.sessions import sealed_session
from aws_setup.local.server import LocalAws

REGION = "eu-central-1"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def make_role(aws: LocalAws, name: str, service: str, *statements: dict[str, Any]) -> str:
    """Create a role that a service may assume, and return its ARN."""
    iam = aws.client("iam", REGION)
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    if statements:
        iam.put_role_policy(
            RoleName=name, PolicyName="rights", PolicyDocument=document(*statements)
        )
    return str(role["Role"]["Arn"])


class Hired:
    """An IAM user with one managed policy; a context that closes its clients."""

    def __init__(self, aws: LocalAws, policy: str, name: str = "operator") -> None:
        iam = aws.client("iam", REGION)
        self.arn = iam.create_user(UserName=name)["User"]["Arn"]
        made = iam.create_policy(PolicyName=name, PolicyDocument=policy)["Policy"]
        iam.attach_user_policy(UserName=name, PolicyArn=made["Arn"])
        self.key = iam.create_access_key(UserName=name)["AccessKey"]
        self._session = sealed_session(self.key["AccessKeyId"], self.key["SecretAccessKey"])
        self._endpoint, self._opened = aws.endpoint_url, ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._opened.close()

    def client(self, service: str, region: str = REGION, config: Any = None) -> Any:
        client = self._session.client(  # type: ignore[call-overload]
            service, region_name=region, endpoint_url=self._endpoint, config=config
        )
        self._opened.callback(client.close)
        return client

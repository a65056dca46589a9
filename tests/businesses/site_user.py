"""The IAM user as whom the site runs in tests, who has only the site's policy."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template

if TYPE_CHECKING:
    from aws_setup.local.iam.decisions import Decision
    from aws_setup.local.server import LocalAws

NAME = "site"
REGION = "eu-central-1"
ACCOUNT = "123456789012"
POLICY = parse_template(render_template(), "the body")["Resources"]["SitePolicy"]["Properties"]
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class SiteUser:
    """The user, at first without a policy.

    The keys are in a file in the directory, because ministack treats the keys in the environment
    of its own process as root's.
    """

    def __init__(self, aws: "LocalAws", directory: Path) -> None:
        self._aws, self._iam = aws, aws.client("iam", REGION)
        self.arn = self._iam.create_user(UserName=NAME)["User"]["Arn"]
        key = self._iam.create_access_key(UserName=NAME)["AccessKey"]
        profile = directory / "credentials"
        profile.write_text(
            f"[default]\naws_access_key_id = {key['AccessKeyId']}\n"
            f"aws_secret_access_key = {key['SecretAccessKey']}\n"
        )
        given = {n: value for n, value in aws.environment(REGION).items() if n not in KEYS}
        self.environment = {**given, "AWS_SHARED_CREDENTIALS_FILE": str(profile)}

    def attach(self, policy_arn: str) -> None:
        """Attach the managed policy of a stack to the user."""
        self._iam.attach_user_policy(UserName=NAME, PolicyArn=policy_arn)

    def put(self, name: str, document: Mapping[str, Any]) -> None:
        """Give the user this policy, in addition to those with other names."""
        self._iam.put_user_policy(
            UserName=NAME, PolicyName=name, PolicyDocument=json.dumps(document)
        )

    def enter(self, environment: pytest.MonkeyPatch) -> None:
        """Make this process the site's, and forget IAM's earlier decisions."""
        for name in KEYS:
            environment.delenv(name, raising=False)
        for name, value in self.environment.items():
            environment.setenv(name, value)
        self._aws.decisions.clear()

    @property
    def decisions(self) -> frozenset["Decision"]:
        """IAM's decisions about the site."""
        return self._aws.decisions.about(self.arn)

    def check(self) -> None:
        """Fail if the site made a call that its policy refuses, even if it managed without."""
        refused = [each for each in self.decisions if not each.is_allowed]
        assert not refused, f"the site's policy does not allow {refused}"


def become_operator(aws: "LocalAws", environment: pytest.MonkeyPatch) -> None:
    """Make this process an operator's, who may do everything."""
    environment.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    for name, value in aws.environment(REGION).items():
        environment.setenv(name, value)


def policy_for(outputs: Mapping[str, str], stack_name: str) -> dict[str, Any]:
    """Return the template's policy for a stack with these outputs, an existing pool and table."""
    arn = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
    values = {
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::AccountId": ACCOUNT,
        "AWS::StackName": stack_name,
        "ExistingUserPoolId": outputs.get("UserPoolId", "none"),
        "ExistingBusinessTableName": outputs.get("BusinessTableName", "none"),
        "OnboardingTable.Arn": arn.format(
            "dynamodb", f"table/{outputs.get('OnboardingTableName', 'none')}"
        ),
        "TriggerFunction.Arn": arn.format(
            "lambda", f"function:{outputs.get('TriggerFunctionName', 'none')}"
        ),
        "Api.Arn": arn.format("appsync", "apis/none"),
    }
    document: dict[str, Any] = _resolved(POLICY["PolicyDocument"], values)
    return document


def _resolved(node: Any, values: Mapping[str, str]) -> Any:
    """Resolve the functions as CloudFormation does when every condition is false."""
    result = node
    match node:
        case {"Fn::If": [_, _, otherwise]}:
            result = _resolved(otherwise, values)
        case {"Ref": "AWS::NoValue"}:
            result = None
        case {"Fn::GetAtt": path}:
            result = values[".".join(path)]
        case {"Fn::Sub": [text, named]}:
            result = _resolved({"Fn::Sub": text}, {**values, **_resolved(named, values)})
        case {"Fn::Sub": text}:
            result = re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], text)
        case dict():
            result = {key: _resolved(value, values) for key, value in node.items()}
        case list():
            found = (_resolved(each, values) for each in node)
            result = [each for each in found if each is not None]
    return result

"""An operator with the printed policy can deploy and remove the stack, and no other."""

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from django.conf import settings
from django.core.management import call_command

from aws_setup.deployment.operator_policy import LONGEST_POLICY, UNSCOPED
from aws_setup.exceptions import AccessRefused
from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template
from tests.aws_setup.operator import Operator

REGION = "eu-central-1"
STACK = settings.BACKEND_STACK_NAME
ROLE = "arn:aws:iam::123456789012:role/deployer"


def printed(*options: str) -> Any:
    out = io.StringIO()
    call_command("deploy_backend", "--print-operator-policy", *options, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def aws(aws_environment: LocalAws) -> LocalAws:
    return aws_environment


class Hired:
    """An IAM user who has only the printed policy."""

    def __init__(self, aws: LocalAws, opened: ExitStack) -> None:
        iam = aws.client("iam", REGION)
        self.arn = iam.create_user(UserName="operator")["User"]["Arn"]
        policy = iam.create_policy(PolicyName="operator", PolicyDocument=json.dumps(printed()))
        iam.attach_user_policy(UserName="operator", PolicyArn=policy["Policy"]["Arn"])
        self._key = iam.create_access_key(UserName="operator")["AccessKey"]
        self._endpoint, self._opened = iam.meta.endpoint_url, opened

    def client(self, service: str) -> Any:
        client = boto3.client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=self._endpoint,
            aws_access_key_id=self._key["AccessKeyId"],
            aws_secret_access_key=self._key["SecretAccessKey"],
        )
        self._opened.callback(client.close)
        return client

    def operator(self, stack: str = STACK) -> Operator:
        return Operator(self.client, render_template(), stack=stack)


@pytest.fixture
def hired(aws: LocalAws) -> Iterator[Hired]:
    with ExitStack() as opened:
        hired = Hired(aws, opened)
        aws.decisions.clear()
        yield hired


def test_with_it_the_stack_is_deployed_updated_and_removed_with_its_data(
    aws: LocalAws, hired: Hired
) -> None:
    hired.operator().deploy()
    again = hired.operator()
    again.parameters = {"AlarmEmail": "operations@example.com"}
    again.deploy()
    hired.operator().destroy(delete_data=True)
    decisions = aws.decisions.about(hired.arn)
    assert len({each.action for each in decisions}) > 15
    assert {each for each in decisions if not each.is_allowed} == set()


def test_with_it_no_other_stack_is_touched(aws: LocalAws, hired: Hired) -> None:
    with pytest.raises(AccessRefused, match="cloudformation:"):
        hired.operator("another-stack").deploy()


def test_it_fits_into_a_managed_policy(settings: Any) -> None:
    settings.KMS_KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/1"
    assert len(json.dumps(printed(), separators=(",", ":"))) < LONGEST_POLICY


def test_whatever_can_be_scoped_is_scoped_by_the_stacks_name() -> None:
    for statement in printed()["Statement"]:
        if statement["Resource"] == "*":
            assert set(statement["Action"]) <= UNSCOPED
        assert not any("*" in action for action in statement["Action"])
    text = json.dumps(printed())
    for scoped in (
        f"table/{STACK}-*",
        f"function:{STACK}-*",
        f"role/{STACK}-*",
        f"stack/{STACK}/*",
    ):
        assert scoped in text
    assert "dynamodb:Scan" not in text
    for role in ([], ["--role-arn", ROLE]):
        policy = printed("--business-table", "theirs", "--onboarding-table", "copy", *role)
        [scan] = [each for each in policy["Statement"] if "dynamodb:Scan" in each["Action"]]
        assert scan["Action"] == ["dynamodb:Scan"]
        assert scan["Resource"].endswith(":table/theirs")
    assert "iam:PutUserPolicy" not in text


def test_it_has_what_the_handlers_of_the_types_need() -> None:
    actions = {action for each in printed()["Statement"] for action in each["Action"]}
    assert actions >= {
        "appsync:StartSchemaCreation",
        "cognito-idp:CreateUserPool",
        "dynamodb:UpdateContinuousBackups",
        "iam:CreateRole",
        "iam:PassRole",
        "lambda:AddPermission",
        "logs:PutRetentionPolicy",
        "sns:CreateTopic",
        "ssm:PutParameter",
    }


def test_with_a_role_cloudformation_needs_nothing_of_the_operator_but_to_be_given_it() -> None:
    policy = printed("--role-arn", ROLE)
    [passing] = [each for each in policy["Statement"] if "iam:PassRole" in each["Action"]]
    assert passing["Resource"] == ROLE
    assert passing["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["cloudformation.amazonaws.com"]}
    }
    actions = {action for each in policy["Statement"] for action in each["Action"]}
    assert "iam:CreateRole" not in actions
    assert "dynamodb:CreateTable" not in actions
    assert "cloudformation:ExecuteChangeSet" in actions


def test_a_web_acl_is_named_with_what_it_takes(settings: Any) -> None:
    assert "WebACL" not in json.dumps(printed())
    settings.WEB_ACL_ARN = f"arn:aws:wafv2:{REGION}:123456789012:regional/webacl/sign-ups/1"
    [statement] = [each for each in printed()["Statement"] if "WebACL" in str(each["Action"])]
    assert statement["Resource"] == [settings.WEB_ACL_ARN, f"arn:aws:appsync:{REGION}:*:*apis/*"]
    assert {"appsync:SetWebACL", "wafv2:AssociateWebACL"} <= set(statement["Action"])


def test_with_an_identity_in_ses_cognito_may_be_given_its_role(settings: Any) -> None:
    assert "email.cognito-idp" not in json.dumps(printed())
    settings.EMAIL_IDENTITY_ARN = f"arn:aws:ses:{REGION}:123456789012:identity/example.com"
    settings.EMAIL_FROM = "sign-up@example.com"
    [statement] = [each for each in printed()["Statement"] if "email." in str(each["Resource"])]
    assert statement["Action"] == ["iam:CreateServiceLinkedRole"]


def test_an_existing_table_and_a_key_are_named(settings: Any) -> None:
    settings.KMS_KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/1"
    text = json.dumps(printed("--business-table", "Business-abc"))
    assert "table/Business-abc" in text
    assert settings.KMS_KEY_ARN in text

"""An operator with the printed policy can deploy and remove the stack, and no other."""

import io
import json
from typing import Any

import pytest
from django.conf import settings

from aws_setup.calls.clients import translated_errors
from aws_setup.deployment.operator_actions import UNSCOPED
from aws_setup.deployment.policy_length import LONGEST_INLINE, LONGEST_POLICY
from aws_setup.exceptions import AccessRefused, DeployFailed
from aws_setup.local.server import LocalAws
from aws_setup.stack.change_sets import ChangeSets
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup import hired_operator
from tests.aws_setup.deployment.journeys import VISIBLE
from tests.aws_setup.hired_operator import OperatorClients, hire
from tests.aws_setup.operator import Operator

REGION = "eu-central-1"
STACK = settings.BACKEND_STACK_NAME
ROLE = "arn:aws:iam::123456789012:role/deployer"


def printed(*options: str) -> Any:
    return json.loads(hired_operator.printed(*options))


@pytest.fixture
def aws(aws_environment: LocalAws) -> LocalAws:
    return aws_environment


def test_with_it_no_other_stack_is_touched(aws: LocalAws) -> None:
    hire(hired_operator.printed())
    with pytest.raises(AccessRefused, match="cloudformation:"), translated_errors():
        ChangeSets(OperatorClients(aws)("cloudformation"), "another-stack").plan("{}", {})


@pytest.mark.usefixtures("aws")
def test_it_fits_into_a_managed_policy(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.KMS_KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/1"
    assert len(json.dumps(printed(), separators=(",", ":"))) < LONGEST_POLICY
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("aws")
def test_one_that_is_too_long_says_what_to_do_with_it(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = printed("--business-table", "b" * 255, "--onboarding-table", "o" * 255)
    length = len(json.dumps(policy, separators=(",", ":")))
    assert LONGEST_POLICY < length < LONGEST_INLINE
    said = capsys.readouterr().err
    assert said.startswith(f"The policy has {length:,} characters")
    assert "Divide its statements between two managed policies" in said


def test_a_named_bucket_takes_the_place_of_the_accounts_own() -> None:
    policy = printed("--template-bucket", "templates")
    found = {
        str(each["Resource"]): each["Action"]
        for each in policy["Statement"]
        if each["Action"][0].startswith("s3:")
    }
    assert found == {
        "arn:aws:s3:::business-onboarding-templates-*": ["s3:ListBucket"],
        "arn:aws:s3:::templates/business-onboarding/*": ["s3:GetObject", "s3:PutObject"],
    }


def test_only_traces_take_the_service_linked_role_of_appsync(settings: Any) -> None:
    assert "AWSServiceRoleForAppSync" not in json.dumps(printed())
    settings.XRAY_ENABLED = True
    [statement] = [
        each for each in printed()["Statement"] if "ServiceRole" in str(each["Resource"])
    ]
    assert statement["Action"] == ["iam:CreateServiceLinkedRole", "iam:GetRole"]


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
        [table] = scan["Resource"]
        assert table.endswith(":table/theirs")
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


def test_what_the_settings_no_longer_name_can_be_taken_away_and_changed(
    aws: LocalAws, settings: Any
) -> None:
    keys = [aws.client("kms", REGION).create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    acls = [web_acl(aws, name) for name in ("one", "two")]
    for key, acl in zip([*keys, ""], [*acls, ""], strict=True):
        settings.KMS_KEY_ARN, settings.WEB_ACL_ARN = key, acl
        hired_operator.run("deploy_backend", "--yes", stdout=io.StringIO())
    assert not [each for each in aws.decisions.about(hired_operator.ARN) if not each.is_allowed]
    text = json.dumps(printed())
    assert "webacl" not in text
    assert "kms:" not in text


def test_an_update_that_takes_it_all_away_can_be_rolled_back(aws: LocalAws) -> None:
    name = f"/business-onboarding/{STACK}/taken"
    aws.client("ssm", REGION).put_parameter(Name=name, Value="x", Type="String")
    identity = f"arn:aws:ses:{REGION}:123456789012:identity/example.com"
    somebody = Operator(OperatorClients(aws), render_template(), stack=STACK)
    somebody.parameters = {
        "EmailFrom": "sign-up@example.com",
        "EmailIdentityArn": identity,
        "KmsKeyArn": aws.client("kms", REGION).create_key()["KeyMetadata"]["Arn"],
        "WebAclArn": web_acl(aws, "acl"),
    }
    somebody.deploy()
    template = parse_template(render_template(), "the template")
    template["Resources"]["Taken"] = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": name, "Type": "String", "Value": "x"},
        "DependsOn": ["OnboardingTable", "UserPool"],
    }
    somebody.body, somebody.parameters = dump_template(template), {}
    with pytest.raises(DeployFailed, match="UPDATE_ROLLBACK_COMPLETE"):
        somebody.deploy()
    assert not [each for each in aws.decisions.about(hired_operator.ARN) if not each.is_allowed]


def test_where_the_stack_cannot_be_read_it_is_said(
    aws: LocalAws, capsys: pytest.CaptureFixture[str]
) -> None:
    with_stack = printed()
    aws.faults.fail("DescribeStacks", "AccessDenied", status=403)
    assert printed() == with_stack
    said = capsys.readouterr().err
    assert said.startswith(f"Stack {STACK} could not be read, so the policy has no rights on")
    assert "AWS refused DescribeStacks" in said
    printed("--role-arn", ROLE)
    assert capsys.readouterr().err == ""


def web_acl(aws: LocalAws, name: str) -> str:
    made = aws.client("wafv2", REGION).create_web_acl(
        Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=VISIBLE
    )
    return str(made["Summary"]["ARN"])

"""A web ACL guards an API of its own Region only, as on AWS."""

from typing import Any

import pytest
from botocore.exceptions import WaiterError

from aws_setup.local.server import LocalAws
from aws_setup.stack.failures import hint_for
from tests.aws_setup.local.appsync.support import REGION, client
from tests.aws_setup.local.cloudformation.test_stack_resources import STACK, Stack
from tests.deployment import deploy_beside

MALFORMED = "Error reason: The ARN isn't valid. A valid ARN begins with arn:"
MISSING = "AWS WAF couldn\u2019t perform the operation because your resource doesn\u2019t exist."
VISIBLE = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "acl"}


@pytest.fixture
def stack(local_aws: LocalAws) -> Stack:
    return Stack(local_aws)


def make_acl(aws: LocalAws, name: str) -> str:
    waf = client(aws, "wafv2")
    made = waf.create_web_acl(
        Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=VISIBLE
    )
    return str(made["Summary"]["ARN"])


def guarded_by(acl: str) -> dict[str, Any]:
    api = {"Name": "api", "AuthenticationType": "AWS_IAM"}
    guard = {"ResourceArn": {"Fn::GetAtt": ["Api", "Arn"]}, "WebACLArn": acl}
    return {
        "Api": {"Type": "AWS::AppSync::GraphQLApi", "Properties": api},
        "Guard": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": guard},
    }


def guarded(aws: LocalAws, acl: str) -> list[str]:
    found = client(aws, "wafv2").list_resources_for_web_acl(WebACLArn=acl)["ResourceArns"]
    return [arn.rpartition(":")[2] for arn in found]


def test_it_guards_the_api_until_the_stack_no_longer_asks_for_it(
    local_aws: LocalAws, stack: Stack
) -> None:
    first, second = make_acl(local_aws, "first"), make_acl(local_aws, "second")
    stack.deploy("create", guarded_by(first))
    [api] = guarded(local_aws, first)
    assert api.startswith("apis/")
    stack.deploy("update", guarded_by(second))
    assert (guarded(local_aws, first), guarded(local_aws, second)) == ([], [api])
    stack.deploy("update", {"Api": guarded_by(second)["Api"]})
    assert guarded(local_aws, second) == []


def test_the_setting_has_the_backends_own_api_guarded_for_as_long_as_it_is_set(
    local_aws: LocalAws, settings: Any
) -> None:
    settings.WEB_ACL_ARN = acl = make_acl(local_aws, "sign-ups")
    deploy_beside(local_aws, REGION)
    [stack] = client(local_aws, "cloudformation").describe_stacks()["Stacks"]
    [url] = [each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == "GraphqlUrl"]
    api_id = url.partition("://")[2].partition(".")[0]
    assert guarded(local_aws, acl) == [f"apis/{api_id}"]
    settings.WEB_ACL_ARN = ""
    deploy_beside(local_aws, REGION)
    assert guarded(local_aws, acl) == []


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        ("arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/1", MALFORMED),
        ("arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/1", MALFORMED),
        (f"arn:aws:wafv2:{REGION}:210987654321:regional/webacl/a/1", MALFORMED),
        (f"arn:aws:wafv2:{REGION}:123456789012:regional/webacl/a/1", MISSING),
    ],
)
def test_one_of_another_region_scope_or_account_is_refused(
    stack: Stack, arn: str, said: str
) -> None:
    with pytest.raises(WaiterError):
        stack.deploy("create", guarded_by(arn))
    [reason] = [
        each["ResourceStatusReason"]
        for each in stack.client.describe_stack_events(StackName=STACK)["StackEvents"]
        if each["ResourceStatus"] == "CREATE_FAILED" and each["LogicalResourceId"] == "Guard"
    ]
    assert said in reason
    assert "Service: Wafv2, Status Code: 400" in reason
    assert hint_for(reason, stack=STACK).startswith("WEB_ACL_ARN must name")

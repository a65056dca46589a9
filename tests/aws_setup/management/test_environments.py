"""Independent environments: another stack name, another Region, another partition."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from aws_setup.calls.clients import aws_session
from aws_setup.deployment.operator_policy import CLOUDFORMATION, LAMBDA
from aws_setup.exceptions import TemplateRefused
from aws_setup.existing.service_linked_role import SERVICE
from aws_setup.existing.user_pool.function_policy import PRINCIPAL
from aws_setup.local.server import LocalAws
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.lint import check_template
from aws_setup.template.packaging import REPOSITORY, render_template
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

ENVIRONMENTS = (
    ("staging", "eu-central-1"),
    ("production", "eu-central-1"),
    ("production", "us-west-2"),
)
RESOURCES = parse_template(render_template(), "the body")["Resources"]
GLOBAL = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")  # one name space for all Regions


@pytest.fixture(scope="module")
def resources(local_aws_server: LocalAws) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """What each environment consists of, all of them deployed into one account."""
    local_aws_server.reset()
    found = {}
    for name, region in ENVIRONMENTS:
        client = OperatorClients(local_aws_server, region)
        Operator(client, render_template(), stack=name, region=region).deploy()
        cloudformation = local_aws_server.client("cloudformation", region)
        described = cloudformation.describe_stack_resources(StackName=name)
        found[name, region] = described["StackResources"]
    return found


def test_two_environments_in_one_region_share_no_physical_name(
    resources: dict[tuple[str, str], list[dict[str, Any]]],
) -> None:
    staging, production, _ = (names_of(resources[each]) for each in ENVIRONMENTS)
    # A group's name lives in its pool.
    assert staging & production == {("AWS::Cognito::UserPoolGroup", "businesses")}


def test_one_stack_name_in_two_regions_shares_no_global_name(
    resources: dict[tuple[str, str], list[dict[str, Any]]],
) -> None:
    _, here, there = (names_of(resources[each]) for each in ENVIRONMENTS)
    assert any(kind in GLOBAL for kind, _ in here)
    assert not {name for name in here & there if name[0] in GLOBAL}


def names_of(resources: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(each["ResourceType"], each["PhysicalResourceId"]) for each in resources}


PARTITIONS = (
    ("eu-central-1", "amazonaws.com"),
    ("us-gov-west-1", "amazonaws.com"),
    ("cn-north-1", "amazonaws.com.cn"),
)


@pytest.mark.parametrize(("region", "suffix"), PARTITIONS)
def test_clients_go_to_the_partitions_own_hosts(region: str, suffix: str) -> None:
    client = aws_session(region).client("cloudformation")
    assert client.meta.endpoint_url == f"https://cloudformation.{region}.{suffix}"
    client.close()


@pytest.mark.parametrize(("region", "suffix"), PARTITIONS)
def test_the_api_calls_the_partitions_own_cognito(region: str, suffix: str) -> None:
    endpoint = RESOURCES["CognitoDataSource"]["Properties"]["HttpConfig"]["Endpoint"]
    client = aws_session("eu-central-1").client("cognito-idp", region_name=region)
    assert substituted(endpoint, region, suffix) == client.meta.endpoint_url
    client.close()


@pytest.mark.parametrize(("region", "suffix"), PARTITIONS)
def test_a_key_is_used_through_the_partitions_own_dynamodb(region: str, suffix: str) -> None:
    [statement] = RESOURCES["KeyPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    via = statement["Condition"]["StringEquals"]["kms:ViaService"]
    client = aws_session("eu-central-1").client("dynamodb", region_name=region)
    assert f"https://{substituted(via, region, suffix)}" == client.meta.endpoint_url
    client.close()


def substituted(node: dict[str, str], region: str, suffix: str) -> str:
    """Return the text of an Fn::Sub in a Region."""
    text = node["Fn::Sub"].replace("${AWS::Region}", region)
    return text.replace("${AWS::URLSuffix}", suffix)


def test_govcloud_lacks_appsync_and_is_told_so_before_the_first_call() -> None:
    lacking = "AWS::AppSync::GraphQLApi' does not exist in 'us-gov-west-1'"
    with pytest.raises(TemplateRefused, match=lacking) as caught:
        check_template(render_template(), region="us-gov-west-1")
    assert caught.value.hint.startswith("us-gov-west-1 lacks these")


def test_no_code_spells_a_host_of_aws() -> None:
    # A service's principal is no host: it is the same in every partition.
    principals = "|".join(map(re.escape, (PRINCIPAL, SERVICE, CLOUDFORMATION, LAMBDA)))
    named = [text for text in literals() if "amazonaws" in text]
    assert named
    assert [text for text in named if "amazonaws" in re.sub(principals, "", text)] == []


def literals() -> Iterator[str]:
    """Yield the texts in the code that runs against AWS, without its documentation."""
    for path in sorted((REPOSITORY / "aws_setup").rglob("*.py")):
        if path.is_relative_to(REPOSITORY / "aws_setup" / "local"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in documentation:
                yield str(node.value)

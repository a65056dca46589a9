"""CloudFormation passes a stack's tags on to every resource whose type takes tags."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from aws_setup.local.server import LocalAws
from aws_setup.stack.stack_tags import OURS
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION, STACK
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

ACCOUNT = "123456789012"
Client = Callable[[str], Any]


def named(pairs: list[dict[str, str]]) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in pairs}


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def of_pool(client: Client, pool: str) -> Any:
    found = arn("cognito-idp", f"userpool/{pool}")
    return client("cognito-idp").list_tags_for_resource(ResourceArn=found)["Tags"]


def of_function(client: Client, name: str) -> Any:
    return client("lambda").list_tags(Resource=arn("lambda", f"function:{name}"))["Tags"]


def of_log_group(client: Client, name: str) -> Any:
    return client("logs").list_tags_for_resource(resourceArn=arn("logs", f"log-group:{name}"))[
        "tags"
    ]


def of_role(client: Client, name: str) -> Any:
    return named(client("iam").list_role_tags(RoleName=name)["Tags"])


def of_parameter(client: Client, name: str) -> Any:
    arguments = {"ResourceType": "Parameter", "ResourceId": name}
    return named(client("ssm").list_tags_for_resource(**arguments)["TagList"])


def of_table(client: Client, name: str) -> Any:
    found = arn("dynamodb", f"table/{name}")
    return named(client("dynamodb").list_tags_of_resource(ResourceArn=found)["Tags"])


def of_api(client: Client, found: str) -> Any:
    given = found if found.startswith("arn:") else arn("appsync", f"apis/{found}")
    return client("appsync").list_tags_for_resource(resourceArn=given)["tags"]


def of_alarm(client: Client, name: str) -> Any:
    found = arn("cloudwatch", f"alarm:{name}")
    return named(client("cloudwatch").list_tags_for_resource(ResourceARN=found)["Tags"])


def of_topic(client: Client, found: str) -> Any:
    return named(client("sns").list_tags_for_resource(ResourceArn=found)["Tags"])


TAGS_OF = {
    "AWS::AppSync::GraphQLApi": of_api,
    "AWS::CloudWatch::Alarm": of_alarm,
    "AWS::Cognito::UserPool": of_pool,
    "AWS::DynamoDB::Table": of_table,
    "AWS::IAM::Role": of_role,
    "AWS::Lambda::Function": of_function,
    "AWS::Logs::LogGroup": of_log_group,
    "AWS::SNS::Topic": of_topic,
    "AWS::SSM::Parameter": of_parameter,
}
BODY = parse_template(render_template(), "the body")


def takes_tags(resource_type: str) -> bool:
    """Whether the type does, as the registry's own schema says.

    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
    """
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, resource_type).schema
    return bool(schema.get("tagging", {}).get("taggable", schema.get("taggable", False)))


def test_every_type_that_takes_tags_is_looked_at() -> None:
    types = {resource["Type"] for resource in BODY["Resources"].values()}
    assert {each for each in types if takes_tags(each)} == TAGS_OF.keys()


@pytest.fixture(scope="module")
def client(local_aws_server: LocalAws) -> Client:
    """The clients of an account in which everything of the template is deployed."""
    local_aws_server.reset()
    parameters = {"AlarmEmail": "a@b.example", "SweepAlarmHours": "24"}
    operator = OperatorClients(local_aws_server)
    Operator(operator, render_template(), parameters=parameters).deploy()
    return partial(local_aws_server.client, region=REGION)


@pytest.mark.parametrize("resource_type", TAGS_OF)
def test_every_resource_has_the_stacks_tags(client: Client, resource_type: str) -> None:
    described = client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
    found = {
        each["LogicalResourceId"]: TAGS_OF[resource_type](client, each["PhysicalResourceId"])
        for each in described
        if each["ResourceType"] == resource_type
    }
    wanted = {name for name, it in BODY["Resources"].items() if it["Type"] == resource_type}
    assert found.keys() == wanted
    for tags in found.values():
        assert OURS.items() <= tags.items()

"""What an operator does in the life of a stack; each journey begins in an empty account."""

from collections.abc import Callable
from typing import Any

import pytest

from aws_setup.exceptions import DeployFailed
from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.server import ACCOUNT_ID, LocalAws
from aws_setup.stack.stack_options import StackOptions
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator, Terminal

STACK = "onboarding-test"
TABLE, COPY = "Business-abc", "onboardings-restored"
BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/boundary"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:other"
VISIBLE = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "acl"}


def operator_of(aws: LocalAws, **options: Any) -> Operator:
    clients, existing = OperatorClients(aws), ExistingOptions(**options)
    return Operator(clients, render_template(), stack=STACK, options=existing)


def every_setting(aws: LocalAws) -> None:
    """Switch all settings on and off, and change what a release can change of each type."""
    acl = aws.client("wafv2", REGION).create_web_acl(
        Name="acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=VISIBLE
    )
    everything = {
        "AlarmEmail": "operations@example.com",
        "EmailFrom": "sign-up@example.com",
        "EmailIdentityArn": f"arn:aws:ses:{REGION}:{ACCOUNT_ID}:identity/example.com",
        "KmsKeyArn": aws.client("kms", REGION).create_key()["KeyMetadata"]["Arn"],
        "SweepAlarmHours": "24",
        "WebAclArn": acl["Summary"]["ARN"],
        "XrayEnabled": "true",
    }
    somebody = operator_of(aws)
    somebody.stack_options = StackOptions(termination_protection=True)
    somebody.parameters = everything
    somebody.deploy()
    somebody.body = dump_template(released())
    somebody.parameters = {**everything, "AlarmEmail": "others@example.com", "KmsKeyArn": ""}
    somebody.stack_options = StackOptions(termination_protection=False)
    somebody.deploy()
    somebody.body = render_template(permissions_boundary=BOUNDARY)
    somebody.parameters = {**everything, "AlarmEmail": ""}
    somebody.deploy()
    somebody.body = render_template()
    somebody.deploy()
    somebody.destroy(delete_data=True)


def released() -> dict[str, Any]:
    """Return our template with a change in each type of resource that can be updated."""
    template = parse_template(render_template(), "the template")
    for resource in template["Resources"].values():
        if change := CHANGES.get(resource["Type"]):
            change(resource["Properties"])
    return template


def _in_document(name: str) -> Callable[[dict[str, Any]], None]:
    def change(properties: dict[str, Any]) -> None:
        properties[name]["Statement"][0]["Sid"] = "Changed"

    return change


def _to(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda properties: properties.update(changed)


CHANGES = {
    "AWS::AppSync::DataSource": _to(Description="changed"),
    "AWS::AppSync::FunctionConfiguration": _to(Description="changed"),
    "AWS::AppSync::GraphQLApi": _to(QueryDepthLimit=9),
    "AWS::AppSync::Resolver": _to(MaxBatchSize=1),
    "AWS::CloudWatch::Alarm": _to(Threshold=2),
    "AWS::Cognito::UserPoolClient": _to(AccessTokenValidity=1),
    "AWS::Cognito::UserPoolGroup": _to(Description="changed"),
    "AWS::IAM::ManagedPolicy": _in_document("PolicyDocument"),
    "AWS::IAM::Policy": _in_document("PolicyDocument"),
    "AWS::IAM::Role": _in_document("AssumeRolePolicyDocument"),
    "AWS::Lambda::Function": _to(MemorySize=256, Code={"ZipFile": "changed = True"}),
    "AWS::Logs::LogGroup": _to(RetentionInDays=7),
    "AWS::Logs::MetricFilter": _to(FilterPattern="changed"),
    "AWS::SSM::Parameter": _to(Description="changed"),
}


def failures(aws: LocalAws) -> None:
    """Discard a plan; roll a creation and an update back; hand a large template over."""
    operator_of(aws).deploy(dry_run=True)
    ssm = aws.client("ssm", REGION)
    names = [f"/business-onboarding/{STACK}/{end}" for end in ("graphql-url", "taken")]
    for name in names:
        ssm.put_parameter(Name=name, Value="x", Type="String")
    with pytest.raises(DeployFailed):
        operator_of(aws).deploy()
    ssm.delete_parameter(Name=names[0])
    with_topic = {"AlarmEmail": "operations@example.com"}
    anew = operator_of(aws, adopt=["none"])
    anew.parameters = with_topic
    anew.deploy(stdin=Terminal("y\ny\n"), yes=False)

    template = parse_template(render_template(), "the template")
    taken = {"Name": names[1], "Type": "String", "Value": "x"}
    template["Resources"]["Taken"] = {
        "Type": "AWS::SSM::Parameter",
        "Properties": taken,
        "DependsOn": ["ApiLogRole", "TriggerRole", "GraphqlUrlParameter"],
    }
    tagged = operator_of(aws)
    tagged.body = dump_template(template)
    tagged.parameters = with_topic
    tagged.stack_options = StackOptions(tags={"team": "shops"})
    with pytest.raises(DeployFailed):
        tagged.deploy()

    large = operator_of(aws)
    large.body = dump_template({**template, "Metadata": {"Grown": "x" * 9_000}})
    ssm.delete_parameter(Name=names[1])
    large.deploy()
    large.deploy(dry_run=True)


def around_existing(aws: LocalAws) -> None:
    """Use a pool that calls another function, and tables, of which one is replaced by a copy."""
    cognito, dynamodb = aws.client("cognito-idp", REGION), aws.client("dynamodb", REGION)
    pool = cognito.create_user_pool(
        PoolName="old",
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        LambdaConfig={"PostConfirmation": FUNCTION},
    )["UserPool"]["Id"]
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        EmailMfaConfiguration={"Message": "Your code: {####}", "Subject": "A code"},
    )
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    existing = {"user_pool_id": pool, "business_table": TABLE, "add_indexes": True}
    operator_of(aws, **existing, replace_trigger=True).deploy()
    [made] = [each for each in dynamodb.list_tables()["TableNames"] if each != TABLE]
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=made, TargetTableName=COPY, UseLatestRestorableTime=True
    )
    swap = operator_of(
        aws, **existing, onboarding_table=COPY, allow_replacement=["OnboardingTable"]
    )
    swap.deploy()
    swap.destroy(delete_data=True)


def removed_and_adopted(aws: LocalAws) -> None:
    """Remove a stack, take over what it leaves, and remove it with that."""
    operator_of(aws).deploy()
    operator_of(aws).destroy()
    operator_of(aws).deploy()
    operator_of(aws).destroy(delete_data=True)


def tag_rolled_back(aws: LocalAws) -> None:
    """Let an update that gives a role a tag fail after that."""
    nobody = {"Version": "2012-10-17", "Statement": []}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": nobody}}
    rest = {"Parameters": {"GroupName": {"Type": "String"}}, "Outputs": {"Name": {"Value": "x"}}}
    somebody = operator_of(aws)
    somebody.body = dump_template({**rest, "Resources": {"Role": role}})
    somebody.deploy()
    somebody.stack_options = StackOptions(tags={"team": "shops"})
    somebody.deploy()
    name = f"/business-onboarding/{STACK}/taken"
    aws.client("ssm", REGION).put_parameter(Name=name, Value="x", Type="String")
    taken = {"Name": name, "Type": "String", "Value": "x"}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": taken, "DependsOn": "Role"}
    somebody.body = dump_template({**rest, "Resources": {"Role": role, "Taken": parameter}})
    somebody.stack_options = StackOptions(tags={"team": "retail", "more": "x"})
    with pytest.raises(DeployFailed):
        somebody.deploy()


JOURNEYS = (every_setting, failures, around_existing, removed_and_adopted, tag_rolled_back)

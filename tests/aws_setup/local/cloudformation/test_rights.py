"""CloudFormation acts with its caller's rights."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.server import ACCOUNT_ID, LocalAws
from aws_setup.stack.failures import hint_for
from tests.aws_setup.hired import EVERYTHING, REGION, Hired, document, make_role
from tests.aws_setup.local.cloudformation.test_web_acls import guarded_by, make_acl

STACK = "rights"
CLOUDFORMATION = "cloudformation.amazonaws.com"
ROLE: dict[str, Any] = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}
TOPIC: dict[str, Any] = {"Type": "AWS::SNS::Topic"}
FUNCTION: dict[str, Any] = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Code": {"ZipFile": "x"},
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    },
}


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Caller:
    """Somebody who changes a stack with their own rights."""

    def __init__(self, aws: LocalAws, opened: ExitStack, *statements: dict[str, Any]) -> None:
        user = opened.enter_context(Hired(aws, document(EVERYTHING, *statements), "caller"))
        self.arn = user.arn
        self.client = user.client("cloudformation")

    def change(self, kind: str = "CREATE", role_arn: str = "", **resources: Any) -> None:
        options = {"RoleARN": role_arn} if role_arn else {}
        self.client.create_change_set(
            StackName=STACK,
            ChangeSetName=kind,
            ChangeSetType=kind,
            Capabilities=["CAPABILITY_IAM"],
            TemplateBody=json.dumps({"Resources": resources}),
            **options,
        )
        waiting = {"StackName": STACK, "WaiterConfig": {"Delay": 0.02, "MaxAttempts": 500}}
        self.client.get_waiter("change_set_create_complete").wait(ChangeSetName=kind, **waiting)
        self.client.execute_change_set(StackName=STACK, ChangeSetName=kind)
        self.settled()

    def settled(self) -> str:
        """Wait until nothing is in progress and return the stack's status."""
        while True:
            stacks = self.client.list_stacks()["StackSummaries"]
            [stack] = [each for each in stacks if each["StackName"] == STACK]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return str(stack["StackStatus"])

    def reasons(self, logical_id: str, status: str) -> list[str]:
        [stack, *_] = self.client.list_stacks()["StackSummaries"]
        events = self.client.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
        return [
            each["ResourceStatusReason"]
            for each in events
            if (each["LogicalResourceId"], each["ResourceStatus"]) == (logical_id, status)
        ]


def test_a_denied_creation_fails_in_iams_words_and_is_rolled_back(
    local_aws: LocalAws, opened: ExitStack
) -> None:
    caller = Caller(local_aws, opened, deny("iam:CreateRole"))
    caller.change(Role=ROLE, Topic=TOPIC)
    assert caller.settled() == "ROLLBACK_COMPLETE"
    [reason] = caller.reasons("Role", "CREATE_FAILED")
    assert (
        f'Resource handler returned message: "User: {caller.arn} is not authorized to perform: '
        f"iam:CreateRole on resource: arn:aws:iam::{ACCOUNT_ID}:role/{STACK}-Role-"
    ) in reason
    assert "with an explicit deny in an identity-based policy (Service: Iam, Status" in reason
    assert reason.endswith("HandlerErrorCode: AccessDenied)")
    assert local_aws.client("iam", REGION).list_roles()["Roles"] == []


def test_the_administrator_may_everything(local_aws: LocalAws, opened: ExitStack) -> None:
    caller = Caller(local_aws, opened, deny("iam:*"))
    caller.client = local_aws.client("cloudformation", REGION)
    caller.change(Role=ROLE)
    assert caller.settled() == "CREATE_COMPLETE"


def test_a_denied_update_leaves_the_resource_as_it_was(
    local_aws: LocalAws, opened: ExitStack
) -> None:
    caller = Caller(local_aws, opened, deny("sns:SetTopicAttributes"))
    caller.change(Topic=TOPIC)
    caller.change("UPDATE", Topic={**TOPIC, "Properties": {"DisplayName": "x"}})
    assert caller.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert "sns:SetTopicAttributes" in caller.reasons("Topic", "UPDATE_FAILED")[0]
    sns = local_aws.client("sns", REGION)
    topic = sns.list_topics()["Topics"][0]["TopicArn"]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] != "x"


def test_a_denied_deletion_keeps_the_resource(local_aws: LocalAws, opened: ExitStack) -> None:
    caller = Caller(local_aws, opened, deny("sns:DeleteTopic"))
    caller.change(Topic=TOPIC)
    caller.client.delete_stack(StackName=STACK)
    assert caller.settled() == "DELETE_FAILED"
    assert "sns:DeleteTopic" in caller.reasons("Topic", "DELETE_FAILED")[0]
    assert len(local_aws.client("sns", REGION).list_topics()["Topics"]) == 1


def test_a_rollback_needs_rights_too(local_aws: LocalAws, opened: ExitStack) -> None:
    caller = Caller(local_aws, opened, deny("sns:DeleteTopic", "iam:CreateRole"))
    caller.change(Topic=TOPIC, Role={**ROLE, "DependsOn": "Topic"})
    assert caller.settled() == "ROLLBACK_FAILED"
    assert "sns:DeleteTopic" in caller.reasons("Topic", "DELETE_FAILED")[0]


def test_a_role_is_passed_only_to_whom_the_policy_names(
    local_aws: LocalAws, opened: ExitStack
) -> None:
    elsewhere = {"StringNotEquals": {"iam:PassedToService": "appsync.amazonaws.com"}}
    caller = Caller(local_aws, opened, deny("iam:PassRole", Condition=elsewhere))
    caller.change(Role=ROLE, Function=FUNCTION)
    assert caller.settled() == "ROLLBACK_COMPLETE"
    assert (
        f"iam:PassRole on resource: arn:aws:iam::{ACCOUNT_ID}:role/{STACK}-Role-"
        in (caller.reasons("Function", "CREATE_FAILED")[0])
    )


@pytest.mark.parametrize("denied", ["", "wafv2:AssociateWebACL", "appsync:SetWebACL"])
def test_a_web_acl_guards_an_api_if_the_caller_may_use_both(
    local_aws: LocalAws, opened: ExitStack, denied: str
) -> None:
    acl = make_acl(local_aws, "acl")
    caller = Caller(local_aws, opened, *([deny(denied)] if denied else []))
    caller.change(**guarded_by(acl))
    assert caller.settled() == ("ROLLBACK_COMPLETE" if denied else "CREATE_COMPLETE")
    if denied:
        [reason] = caller.reasons("Guard", "CREATE_FAILED")
        owner = acl if denied.startswith("wafv2") else f"arn:aws:appsync:{REGION}:"
        assert f"{denied} on resource: {owner}" in reason


def test_whoever_has_cognito_send_by_ses_may_make_its_role(
    local_aws: LocalAws, opened: ExitStack
) -> None:
    def pool(**sender: str) -> dict[str, Any]:
        properties = {"EmailConfiguration": sender} if sender else {}
        return {"Type": "AWS::Cognito::UserPool", "Properties": properties}

    identity = f"arn:aws:ses:{REGION}:{ACCOUNT_ID}:identity/example.com"
    sending = pool(EmailSendingAccount="DEVELOPER", SourceArn=identity)
    caller = Caller(local_aws, opened, deny("iam:CreateServiceLinkedRole"))
    caller.change(Pool=pool())
    caller.change("UPDATE", Pool=sending)
    assert caller.settled() == "UPDATE_ROLLBACK_COMPLETE"
    [reason] = caller.reasons("Pool", "UPDATE_FAILED")
    assert "iam:CreateServiceLinkedRole on resource: " in reason
    assert "email.cognito-idp.amazonaws.com" in hint_for(reason, stack=STACK)


def test_a_session_of_a_role_is_limited_by_its_boundary(
    local_aws: LocalAws, opened: ExitStack
) -> None:
    caller = Caller(local_aws, opened)
    iam = local_aws.client("iam", REGION)
    boundary = iam.create_policy(
        PolicyName="boundary",
        PolicyDocument=document({"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}),
    )["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="caller", PermissionsBoundary=boundary)
    caller.change(Topic=TOPIC)
    assert (
        "because no permissions boundary allows the sns:CreateTopic action"
        in (caller.reasons("Topic", "CREATE_FAILED")[0])
    )


def test_a_service_role_acts_in_place_of_its_caller_from_then_on(
    local_aws: LocalAws, opened: ExitStack
) -> None:
    caller = Caller(local_aws, opened, deny("sns:*"))
    role = make_role(local_aws, "deployer", CLOUDFORMATION, {**EVERYTHING, "Action": "sns:*"})
    caller.change(role_arn=role, Topic=TOPIC)
    assert caller.settled() == "CREATE_COMPLETE"
    caller.change("UPDATE", Topic=TOPIC, Role=ROLE)
    assert (
        f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/deployer/AWSCloudFormation is not authorized to "
        "perform: iam:CreateRole"
    ) in caller.reasons("Role", "UPDATE_FAILED")[0]
    caller.client.delete_stack(StackName=STACK)
    assert caller.settled() == "DELETE_COMPLETE"


@pytest.mark.parametrize("operation", ["create_change_set", "delete_stack"])
def test_a_role_that_may_not_be_passed_is_not_given(
    local_aws: LocalAws, opened: ExitStack, operation: str
) -> None:
    caller = Caller(local_aws, opened, deny("iam:PassRole"))
    role = make_role(local_aws, "deployer", CLOUDFORMATION, EVERYTHING)
    caller.change(Topic=TOPIC)
    options = {"StackName": STACK, "RoleARN": role}
    if operation == "create_change_set":
        options |= {"ChangeSetName": "next", "TemplateBody": json.dumps({"Resources": {}})}
    with pytest.raises(
        ClientError, match=rf"to perform: iam:PassRole on resource: {role}"
    ) as caught:
        getattr(caller.client, operation)(**options)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert caller.settled() == "CREATE_COMPLETE"


def test_an_import_reads_with_the_callers_rights(local_aws: LocalAws, opened: ExitStack) -> None:
    caller = Caller(local_aws, opened, deny("dynamodb:DescribeTimeToLive"))
    dynamodb = local_aws.client("dynamodb", REGION)
    table = {
        "TableName": "old",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    dynamodb.create_table(**table)
    resources = {
        "Table": {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain", "Properties": table}
    }
    caller.client.create_change_set(
        StackName=STACK,
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps({"Resources": resources}),
        ResourcesToImport=[
            {
                "ResourceType": "AWS::DynamoDB::Table",
                "LogicalResourceId": "Table",
                "ResourceIdentifier": {"TableName": "old"},
            }
        ],
    )
    waiting = {"StackName": STACK, "WaiterConfig": {"Delay": 0.02, "MaxAttempts": 500}}
    caller.client.get_waiter("change_set_create_complete").wait(ChangeSetName="import", **waiting)
    caller.client.execute_change_set(StackName=STACK, ChangeSetName="import")
    caller.settled()
    assert (
        f"dynamodb:DescribeTimeToLive on resource: arn:aws:dynamodb:{REGION}"
        in (caller.reasons("Table", "IMPORT_FAILED")[0])
    )

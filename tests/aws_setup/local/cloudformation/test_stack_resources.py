"""What the embedded CloudFormation does with references, policies and tables."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.support import REGION, client
from tests.aws_setup.local.functions import LAMBDA_TRUST

STACK = "resources"
FAST = {"Delay": 0.02, "MaxAttempts": 500}
KEY = f"arn:aws:kms:{REGION}:123456789012:key/0b4c"


class Stack:
    def __init__(self, aws: LocalAws) -> None:
        self.client = client(aws, "cloudformation")

    def deploy(self, verb: str, resources: dict[str, Any], **sections: Any) -> None:
        body = json.dumps({"Resources": resources, **sections})
        call = getattr(self.client, f"{verb}_stack")
        call(StackName=STACK, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
        waiter = self.client.get_waiter(f"stack_{verb}_complete")
        waiter.wait(StackName=STACK, WaiterConfig=FAST)

    def delete(self) -> None:
        self.client.delete_stack(StackName=STACK)
        waiter = self.client.get_waiter("stack_delete_complete")
        waiter.wait(StackName=STACK, WaiterConfig=FAST)

    def made(self, name: str) -> str:
        found = self.client.describe_stack_resource(StackName=STACK, LogicalResourceId=name)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])


@pytest.fixture
def stack(local_aws: LocalAws) -> Stack:
    return Stack(local_aws)


@pytest.mark.parametrize("value", [{"Ref": "Gone"}, {"Fn::If": ["Never", {"Ref": "Gone"}, "name"]}])
def test_a_template_that_refers_to_what_it_does_not_hold_is_refused(
    stack: Stack, value: dict[str, Any]
) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": value}}
    conditions = {"Never": {"Fn::Equals": [{"Ref": "AWS::Region"}, "nowhere"]}}
    with pytest.raises(ClientError, match=r"resource dependencies \[Gone\] in the Resources block"):
        stack.deploy("create", {"Topic": topic}, Conditions=conditions)


def test_a_policy_that_somebody_has_attached_is_not_deleted(
    local_aws: LocalAws, stack: Stack
) -> None:
    policy = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    }
    stack.deploy("create", {"Policy": policy})
    arn, iam = stack.made("Policy"), client(local_aws, "iam")
    iam.create_role(RoleName="site", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="site", PolicyArn=arn)
    with pytest.raises(WaiterError):
        stack.delete()
    [failed] = [
        each["ResourceStatusReason"]
        for each in stack.client.describe_stack_events(StackName=STACK)["StackEvents"]
        if each["ResourceStatus"] == "DELETE_FAILED" and each["LogicalResourceId"] == "Policy"
    ]
    assert "Cannot delete a policy attached to entities. (Service: Iam, Status" in failed
    iam.detach_role_policy(RoleName="site", PolicyArn=arn)
    stack.delete()


def test_a_role_stays_when_its_tags_change_and_gives_way_when_its_path_does(
    local_aws: LocalAws, stack: Stack
) -> None:
    iam = client(local_aws, "iam")

    def role(**properties: Any) -> dict[str, Any]:
        document = {"AssumeRolePolicyDocument": LAMBDA_TRUST}
        return {"Role": {"Type": "AWS::IAM::Role", "Properties": {**document, **properties}}}

    stack.deploy("create", role())
    name = stack.made("Role")
    unique_id = iam.get_role(RoleName=name)["Role"]["RoleId"]
    for value in ("a", "b"):
        stack.deploy("update", role(Tags=[{"Key": "team", "Value": value}]))
        found = iam.get_role(RoleName=name)["Role"]
        assert (stack.made("Role"), found["RoleId"]) == (name, unique_id)
        assert {"Key": "team", "Value": value} in found["Tags"]

    stack.deploy("update", role(Path="/shops/"))
    replacing = stack.made("Role")
    stack.deploy("update", role(Path="/shops/", Description="of the shops"))
    assert stack.made("Role") == replacing != name
    assert [each["RoleName"] for each in iam.list_roles()["Roles"]] == [replacing]


def test_a_table_gets_encryption_backups_and_time_to_live_and_loses_them(
    local_aws: LocalAws, stack: Stack
) -> None:
    key = client(local_aws, "kms").create_key()["KeyMetadata"]["Arn"]
    plain = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    settings = {
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
    }
    dynamodb = client(local_aws, "dynamodb")

    def found() -> tuple[str, str, str]:
        name = stack.made("Table")
        table = dynamodb.describe_table(TableName=name)["Table"]
        backups = dynamodb.describe_continuous_backups(TableName=name)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        time_to_live = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        return (
            table.get("SSEDescription", {}).get("Status", ""),
            recovery["PointInTimeRecoveryStatus"],
            time_to_live["TimeToLiveStatus"],
        )

    def table(properties: dict[str, Any]) -> dict[str, Any]:
        return {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}

    stack.deploy("create", table({**plain, **settings}))
    assert found() == ("ENABLED", "ENABLED", "ENABLED")
    stack.deploy("update", table(plain))
    assert found() == ("DISABLED", "DISABLED", "DISABLED")
    stack.deploy("update", table({**plain, **settings}))
    assert found() == ("ENABLED", "ENABLED", "ENABLED")


def indexed_table(**resource: Any) -> dict[str, Any]:
    names = ("id", "kind")
    keys = [{"AttributeName": name, "KeyType": "HASH"} for name in names]
    index = {"IndexName": "byKind", "KeySchema": keys[1:], "Projection": {"ProjectionType": "ALL"}}
    properties = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": keys[:1],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "GlobalSecondaryIndexes": [index],
    }
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties, **resource}


def test_two_tables_with_indexes_that_do_not_wait_for_each_other_fail(stack: Stack) -> None:
    with pytest.raises(WaiterError):
        stack.deploy("create", {"One": indexed_table(), "Two": indexed_table()})
    reasons = [
        each["ResourceStatusReason"]
        for each in stack.client.describe_stack_events(StackName=STACK)["StackEvents"]
        if each["ResourceStatus"] == "CREATE_FAILED" and each["LogicalResourceId"] == "Two"
    ]
    assert "Only one table with secondary indexes can be in the CREATING state" in reasons[0]


def test_two_tables_with_indexes_are_made_one_after_the_other(stack: Stack) -> None:
    stack.deploy("create", {"One": indexed_table(), "Two": indexed_table(DependsOn="One")})
    assert stack.made("Two")


def test_a_resource_that_waits_for_what_the_template_does_not_hold_is_refused(
    stack: Stack,
) -> None:
    with pytest.raises(ClientError, match=r"resource dependencies \[Gone\] in the Resources block"):
        stack.deploy("create", {"One": indexed_table(DependsOn="Gone")})


@pytest.mark.parametrize(("keys", "made"), [("", []), (KEY, ["Some"]), (f"{KEY},{KEY}", ["Some"])])
def test_a_condition_may_join_a_list(stack: Stack, keys: str, made: list[str]) -> None:
    pool = {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "x"}}
    stack.deploy(
        "create",
        {"Always": pool, "Some": {**pool, "Condition": "UsesKeys"}},
        Parameters={"Keys": {"Type": "CommaDelimitedList", "Default": keys}},
        Conditions={
            "UsesKeys": {
                "Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Keys"}]}, ""]}],
            }
        },
    )
    found = stack.client.describe_stack_resources(StackName=STACK)["StackResources"]
    assert [each["LogicalResourceId"] for each in found] == ["Always", *made]


@pytest.mark.verified_by("two_indexes_in_one_update")
def test_one_index_comes_or_goes_in_an_update(local_aws: LocalAws, stack: Stack) -> None:
    def table(*names: str) -> dict[str, Any]:
        indexes = [
            {
                "IndexName": f"by-{name}",
                "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for name in names
        ]
        properties = {
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in ("id", *names)
            ],
        }
        more = {"GlobalSecondaryIndexes": indexes} if indexes else {}
        return {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {**properties, **more}}}

    stack.deploy("create", table())
    with pytest.raises(WaiterError):
        stack.deploy("update", table("one", "two"))
    events = stack.client.describe_stack_events(StackName=STACK)["StackEvents"]
    said = "Cannot perform more than one GSI creation or deletion in a single update"
    assert any(said in each.get("ResourceStatusReason", "") for each in events)
    stack.deploy("update", table("one"))
    stack.deploy("update", table("one", "two"))
    described = client(local_aws, "dynamodb").describe_table(TableName=stack.made("Table"))
    assert len(described["Table"]["GlobalSecondaryIndexes"]) == 2


def test_a_protected_pool_keeps_its_stack_from_going(local_aws: LocalAws, stack: Stack) -> None:
    pool = {"Type": "AWS::Cognito::UserPool", "Properties": {"DeletionProtection": "ACTIVE"}}
    stack.deploy("create", {"Pool": pool})
    with pytest.raises(WaiterError):
        stack.delete()
    events = stack.client.describe_stack_events(StackName=STACK)["StackEvents"]
    said = "The user pool cannot be deleted because deletion protection is activated."
    assert any(said in each.get("ResourceStatusReason", "") for each in events)
    client(local_aws, "cognito-idp").update_user_pool(
        UserPoolId=stack.made("Pool"), DeletionProtection="INACTIVE"
    )
    stack.delete()


def test_an_update_resets_what_the_template_leaves_out_of_a_pool(
    local_aws: LocalAws, stack: Stack
) -> None:
    def pool(**properties: Any) -> dict[str, Any]:
        return {"Pool": {"Type": "AWS::Cognito::UserPool", "Properties": properties}}

    stack.deploy("create", pool(AutoVerifiedAttributes=["email"]))
    cognito = client(local_aws, "cognito-idp")
    pool_id = stack.made("Pool")
    by_hand: Any = {
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
        "EmailVerificationSubject": "Welcome",
    }
    cognito.update_user_pool(UserPoolId=pool_id, AutoVerifiedAttributes=["email"], **by_hand)
    stack.deploy("update", pool(AutoVerifiedAttributes=["email"], MfaConfiguration="OFF"))
    described = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert described["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert described.get("EmailVerificationSubject", "") == ""
    assert described["AutoVerifiedAttributes"] == ["email"]


EMAIL = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
SHOP = {"Name": "shop", "AttributeDataType": "String", "Mutable": True}


def pool_with(schema: list[dict[str, Any]], **properties: Any) -> dict[str, Any]:
    given = {"Schema": schema, **properties}
    return {"Pool": {"Type": "AWS::Cognito::UserPool", "Properties": given}}


@pytest.mark.verified_by("updates_of_a_pool_whose_schema_lists_email")
def test_a_pools_schema_grows_by_custom_attributes(stack: Stack) -> None:
    stack.deploy("create", pool_with([EMAIL, SHOP]))
    stack.deploy("update", pool_with([EMAIL, SHOP], MfaConfiguration="OFF"))
    stack.deploy("update", pool_with([EMAIL, SHOP, {**SHOP, "Name": "branch"}]))
    stack.deploy("update", pool_with([SHOP, {**SHOP, "Name": "branch"}]))  # the pool keeps it


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ([{**EMAIL, "Mutable": False}, SHOP], "Invalid AttributeDataType input"),
        ([EMAIL, SHOP, {**EMAIL, "Name": "name"}], "Invalid AttributeDataType input"),
        ([EMAIL], "Existing schema attributes cannot be modified or deleted."),
        ([EMAIL, {**SHOP, "Mutable": False}], "Existing schema attributes cannot be modified"),
    ],
)
def test_other_changes_of_a_pools_schema_fail(
    stack: Stack, schema: list[dict[str, Any]], why: str
) -> None:
    stack.deploy("create", pool_with([EMAIL, SHOP]))
    with pytest.raises(WaiterError):
        stack.deploy("update", pool_with(schema))
    assert why in reasons(stack)


ROLE = {
    "RoleName": "trigger",
    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
}
POLICY = {
    "ManagedPolicyName": "site",
    "PolicyDocument": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}],
    },
}
BY_ID = {
    "TableName": "records",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


def reasons(stack: Stack) -> str:
    """Return why resources of the stack failed."""
    events = stack.client.describe_stack_events(StackName=STACK)["StackEvents"]
    return " ".join(each.get("ResourceStatusReason", "") for each in events)


@pytest.mark.parametrize(
    ("kind", "properties", "name"),
    [
        ("AWS::DynamoDB::Table", BY_ID, "records"),
        ("AWS::IAM::Role", ROLE, "trigger"),
        ("AWS::IAM::ManagedPolicy", POLICY, "site"),
        ("AWS::Logs::LogGroup", {"LogGroupName": "/aws/lambda/x"}, "/aws/lambda/x"),
    ],
)
def test_a_name_that_is_taken_exists_already(
    local_aws: LocalAws, stack: Stack, kind: str, properties: dict[str, Any], name: str
) -> None:
    resource = {"Type": kind, "Properties": properties}
    body = json.dumps({"Resources": {"First": resource}})
    stack.client.create_stack(
        StackName="earlier", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    waiter = stack.client.get_waiter("stack_create_complete")
    waiter.wait(StackName="earlier", WaiterConfig=FAST)
    with pytest.raises(WaiterError):
        stack.deploy("create", {"Second": resource})
    assert f"Resource of type '{kind}' with identifier '{name}' already exists." in reasons(stack)


@pytest.mark.parametrize(
    ("kind", "properties", "said"),
    [
        (
            "AWS::DynamoDB::Table",
            {
                **BY_ID,
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY},
            },
            f"Key '{KEY}' does not exist (Service: AWSKMS;",
        ),
        (
            "AWS::Logs::LogGroup",
            {"LogGroupName": "/aws/lambda/x", "KmsKeyId": KEY},
            "The specified KMS key does not exist",
        ),
    ],
)
def test_a_key_that_is_not_there_is_refused(
    stack: Stack, kind: str, properties: dict[str, Any], said: str
) -> None:
    with pytest.raises(WaiterError):
        stack.deploy("create", {"Keyed": {"Type": kind, "Properties": properties}})
    assert said in reasons(stack)

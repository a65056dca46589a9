"""What CloudFormation calls for a resource: what its type's handlers are said to need.

The types' schemas, which cfn-lint bundles, list every call that a handler may make. The calls that
are made only for a property are left out while the resource does not have it, or keeps it.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

Properties = Mapping[str, Any]

# By type: calls, with `*` for any, and the properties one of which they are made for. A call for
# which there is no property is never made: not for what the embedded AWS knows of a type.
FOR_PROPERTIES: dict[str, dict[str, tuple[str, ...]]] = {
    "AWS::AppSync::DataSource": {"iam:PassRole": ("ServiceRoleArn",)},
    "AWS::AppSync::FunctionConfiguration": {"s3:*": ("CodeS3Location",)},
    "AWS::AppSync::GraphQLApi": {
        "iam:PassRole": ("LogConfig",),
        "appsync:Put*Variables": ("EnvironmentVariables",),
    },
    "AWS::AppSync::GraphQLSchema": {"s3:*": ("DefinitionS3Location",)},
    "AWS::AppSync::Resolver": {"s3:*": ("CodeS3Location",)},
    "AWS::Cognito::UserPool": {
        "cognito-idp:AddCustomAttributes": ("Schema",),
        "cognito-idp:SetUserPoolMfaConfig": ("EnabledMfas", "MfaConfiguration"),
        "iam:CreateServiceLinkedRole": ("EmailConfiguration.EmailSendingAccount",),
        "iam:PassRole": ("SmsConfiguration",),
        "kms:*": (),
    },
    "AWS::Cognito::UserPoolClient": {"iam:*": ("AnalyticsConfiguration",)},
    "AWS::Cognito::UserPoolGroup": {"iam:*": ("RoleArn",)},
    "AWS::DynamoDB::Table": {
        "dynamodb:*Replica": (),
        "dynamodb:*Item": (),
        "dynamodb:*Import*": ("ImportSourceSpecification",),
        "dynamodb:Query": (),
        "dynamodb:Scan": (),
        "dynamodb:EnableKinesis*": ("KinesisStreamSpecification",),
        "dynamodb:DisableKinesis*": ("KinesisStreamSpecification",),
        "dynamodb:UpdateKinesis*": ("KinesisStreamSpecification",),
        "dynamodb:CreateTable": ("KeySchema",),
        "dynamodb:PutResourcePolicy": ("ResourcePolicy",),
        "dynamodb:DeleteResourcePolicy": ("ResourcePolicy",),
        "dynamodb:UpdateContinuousBackups": ("PointInTimeRecoverySpecification",),
        "dynamodb:UpdateContributorInsights": ("ContributorInsightsSpecification",),
        "dynamodb:UpdateTimeToLive": ("TimeToLiveSpecification",),
        "dynamodb:UpdateTable": (
            "BillingMode",
            "DeletionProtectionEnabled",
            "GlobalSecondaryIndexes",
            "SSESpecification",
            "StreamSpecification",
        ),
        "iam:CreateServiceLinkedRole": (),
        "kinesis:*": ("KinesisStreamSpecification",),
        "kms:ListAliases": (),
        "kms:*": ("SSESpecification",),
        "logs:*": ("ImportSourceSpecification",),
        "s3:*": ("ImportSourceSpecification",),
    },
    "AWS::IAM::ManagedPolicy": {
        "iam:*GroupPolicy": ("Groups",),
        "iam:*RolePolicy": ("Roles",),
        "iam:*UserPolicy": ("Users",),
        "iam:CreatePolicyVersion": ("PolicyDocument",),
    },
    "AWS::IAM::Policy": {
        "iam:*GroupPolicy": ("Groups",),
        "iam:DeleteRolePolicy": ("Roles",),
        "iam:*UserPolicy": ("Users",),
    },
    "AWS::IAM::Role": {
        "iam:AttachRolePolicy": ("ManagedPolicyArns",),
        "iam:DetachRolePolicy": ("ManagedPolicyArns",),
        "iam:PutRolePolicy": ("Policies",),
        "iam:GetRolePolicy": ("Policies",),
        "iam:DeleteRolePolicy": ("Policies",),
        "iam:PutRolePermissionsBoundary": ("PermissionsBoundary",),
        "iam:DeleteRolePermissionsBoundary": ("PermissionsBoundary",),
        "iam:UpdateAssumeRolePolicy": ("AssumeRolePolicyDocument",),
        "iam:UpdateRole*": ("Description", "MaxSessionDuration"),
    },
    "AWS::Lambda::Function": {
        "ec2:*": ("VpcConfig",),
        "elasticfilesystem:*": ("FileSystemConfigs",),
        "s3files:*": ("FileSystemConfigs",),
        "s3:*": ("Code.S3Bucket",),
        "kms:*": ("KmsKeyArn",),
        "iam:PassRole": ("Role",),
        "lambda:GetLayerVersion": ("Layers",),
        "lambda:PassCapacityProvider": ("CapacityProviderConfig",),
        "lambda:*FunctionConcurrency": ("ReservedConcurrentExecutions",),
        "lambda:GetCodeSigningConfig": ("CodeSigningConfigArn",),
        "lambda:PutFunctionCodeSigningConfig": ("CodeSigningConfigArn",),
        "lambda:DeleteFunctionCodeSigningConfig": ("CodeSigningConfigArn",),
        "lambda:PutFunctionRecursionConfig": ("RecursiveLoop",),
        "lambda:PutFunctionScalingConfig": ("FunctionScalingConfig",),
        "lambda:PutRuntimeManagementConfig": ("RuntimeManagementConfig",),
        "lambda:AssociateRuntimeAlias": ("RuntimeManagementConfig",),
        "lambda:PublishVersion": ("SnapStart",),
        "lambda:UpdateFunctionCode": ("Code", "Architectures"),
    },
    "AWS::Logs::LogGroup": {
        "firehose:*": (),
        "s3:*": (),
        "logs:CreateLogDelivery": (),
        "logs:*KmsKey": ("KmsKeyId",),
        "logs:PutBearerTokenAuthentication": ("BearerTokenAuthenticationEnabled",),
        "logs:PutLogGroupDeletionProtection": ("DeletionProtectionEnabled",),
        "logs:PutDataProtectionPolicy": ("DataProtectionPolicy",),
        "logs:DeleteDataProtectionPolicy": ("DataProtectionPolicy",),
        "logs:PutIndexPolicy": ("FieldIndexPolicies",),
        "logs:DeleteIndexPolicy": ("FieldIndexPolicies",),
        "logs:PutResourcePolicy": ("ResourcePolicyDocument",),
        "logs:DeleteResourcePolicy": ("ResourcePolicyDocument",),
        "logs:*RetentionPolicy": ("RetentionInDays",),
    },
    "AWS::SNS::Topic": {
        "iam:*": ("DeliveryStatusLogging",),
        "sns:PutDataProtectionPolicy": ("DataProtectionPolicy",),
        "sns:*ubscribe": ("Subscription",),
        "sns:SetTopicAttributes": ("DisplayName", "KmsMasterKeyId"),
    },
    "AWS::WAFv2::WebACLAssociation": {  # what it guards is an API of AppSync
        "amplify:*": (),
        "apigateway:*": (),
        "apprunner:*": (),
        "bedrock-agentcore:*": (),
        "cognito-idp:*": (),
        "ec2:*": (),
        "elasticloadbalancing:*": (),
    },
}
TABLE = "AWS::DynamoDB::Table"
# What DynamoDB demands of whoever has a table encrypted with a key, beside what the schema lists.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
WITH_A_KEY = {
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}
POOL, SENDER = "AWS::Cognito::UserPool", "EmailConfiguration.EmailSendingAccount"
ADDS_TAGS = re.compile(r"[\w-]+:(Tag|AddTags)\w*")
REMOVES_TAGS = re.compile(r"[\w-]+:(Untag|RemoveTags)\w*")
READING = re.compile(r"[\w-]+:(Get|List|Describe)\w*")


def calls(kind: str, handler: str, old: Properties, new: Properties) -> Iterator[str]:
    """Yield the actions of one handler and of the read after it, what changes something first.

    handler: create, update, delete or read. old, new: the properties before and after it.
    """
    schema = _schema(kind)
    handlers = schema.get("handlers", {})
    names = [handler] if handler in {"delete", "read"} else [handler, "read"]
    found = {each for name in names for each in handlers.get(name, {}).get("permissions", ())}
    found |= _beyond_the_schema(kind, old, new)
    tagging = schema.get("tagging", {})
    tags = tagging.get("tagProperty", "/properties/Tags").rpartition("/")[2]
    # CloudFormation gives most types tags of its own.
    has_own = handler == "create" and tagging.get("cloudFormationSystemTags", False)
    own_service = tagging.get("permissions", [":"])[0].partition(":")[0]
    for action in sorted(found, key=lambda each: (bool(READING.fullmatch(each)), each)):
        if action.partition(":")[0] != own_service and not _is_made(kind, action, old, new):
            is_made = False
        elif ADDS_TAGS.fullmatch(action):
            is_made = has_own or (handler != "delete" and old.get(tags) != new.get(tags))
        elif REMOVES_TAGS.fullmatch(action):
            is_made = bool(_keys(old.get(tags)) - _keys(new.get(tags))) and handler == "update"
        else:
            is_made = _is_made(kind, action, old, new)
        if is_made:
            yield action


def _beyond_the_schema(kind: str, old: Properties, new: Properties) -> set[str]:
    """Return the actions that a schema does not list, at all or for an update.

    Cognito makes its role when a pool begins to send by way of Amazon SES. The schema says so of
    new pools only; that it is so for others, too, is inferred.
    """
    if kind == TABLE:
        return WITH_A_KEY
    is_sender = kind == POOL and value_of(new, SENDER) == "DEVELOPER"
    begins = is_sender and value_of(old, SENDER) != "DEVELOPER"
    return {"iam:CreateServiceLinkedRole"} if begins else set()


def _is_made(kind: str, action: str, old: Properties, new: Properties) -> bool:
    """Return whether a resource has, loses or changes what a call is made for."""
    for pattern, names in FOR_PROPERTIES.get(kind, {}).items():
        if fnmatch.fnmatchcase(action, pattern):
            return any(value_of(old, name) != value_of(new, name) for name in names)
    return True


def value_of(properties: Properties, path: str) -> Any:
    """Return what a path such as `Code.S3Bucket` leads to, or None."""
    value: Any = properties
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _keys(tags: Any) -> set[str]:
    if isinstance(tags, Mapping):
        return set(tags)
    return {each["Key"] for each in tags or []}


@cache
def _schema(kind: str) -> Mapping[str, Any]:
    # Loading cfn-lint takes a second, which only those spend who are not the administrator.
    from cfnlint.schema import ResourceNotFoundError
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    try:
        found: Mapping[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(
            "us-east-1", kind
        ).schema
    except ResourceNotFoundError:
        return {}
    return found

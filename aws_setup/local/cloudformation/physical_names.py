"""Names that are taken, and keys that are not there: CloudFormation fails, and ministack does not.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
https://github.com/aws-solutions/generative-ai-application-builder-on-aws/issues/29
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ministack.services import cloudwatch_logs, dynamodb, iam, kms, lambda_svc
from ministack.services.cloudformation import provisioners

from aws_setup.local.cloudformation.failures import ResourceFailed

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]  # physical id, attributes
Create = Callable[[str, Properties, str], Provisioned]


def _policy_names() -> set[str]:
    return {each["PolicyName"] for each in iam._policies.values()}  # noqa: SLF001


# By type: the property with the name, and the names that are taken.
NAMED: Mapping[str, tuple[str, Callable[[], Iterable[str]]]] = {
    "AWS::DynamoDB::Table": ("TableName", lambda: dynamodb._tables),  # noqa: SLF001
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", _policy_names),
    "AWS::IAM::Role": ("RoleName", lambda: iam._roles),  # noqa: SLF001
    "AWS::Lambda::Function": ("FunctionName", lambda: lambda_svc._functions),  # noqa: SLF001
    "AWS::Logs::LogGroup": ("LogGroupName", lambda: cloudwatch_logs._log_groups),  # noqa: SLF001
}
TABLE, LOG_GROUP = "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"

_handlers: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS  # noqa: SLF001


class NameTaken(ValueError):
    """A resource of this name exists, whoever made it; worded as in the stack's events."""

    def __init__(self, resource_type: str, name: str) -> None:
        super().__init__(
            f"Resource handler returned message: \"Resource of type '{resource_type}' with "
            f"identifier '{name}' already exists.\" (RequestToken: {uuid.uuid4()}, "
            "HandlerErrorCode: AlreadyExists)"
        )


def register() -> None:
    """Check before whatever creates a resource; to be called after the other handlers."""
    for resource_type in NAMED:
        create = _handlers[resource_type]["create"]
        if getattr(create, "func", None) is not _create:
            _handlers[resource_type] |= {"create": partial(_create, create, resource_type)}


def _create(
    create: Create, resource_type: str, logical_id: str, properties: Properties, stack: str
) -> Provisioned:
    member, taken = NAMED[resource_type]
    name = properties.get(member)
    if name and name in taken():
        raise NameTaken(resource_type, name)
    check_key(resource_type, properties)
    return create(logical_id, properties, stack)


def check_key(resource_type: str, properties: Properties) -> None:
    """Fail for a key that is not there, in the words of the service that looks for it."""
    if resource_type == TABLE:
        key = (properties.get("SSESpecification") or {}).get("KMSMasterKeyId")
        if key and not _is_there(key):
            said = (
                "KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Key "
                f"'{key}' does not exist (Service: AWSKMS; Status Code: 400; Error Code: "
                f"NotFoundException; Request ID: {uuid.uuid4()}; Proxy: null)"
            )
            raise ResourceFailed(400, said, "DynamoDb")
    if resource_type == LOG_GROUP:
        key = properties.get("KmsKeyId")
        if key and not _is_there(key):
            said = "The specified KMS key does not exist or is not allowed to be used."
            raise ResourceFailed(400, said, "CloudWatchLogs")


def _is_there(key: str) -> bool:
    return kms._resolve_key(key) is not None  # noqa: SLF001

"""CloudFormation acts with the rights of its caller, or of the role that it was given.

ministack calls its services as nobody. Here every call of a resource's handlers is decided before
the first of them, so that a resource whose caller may not read it is not made in the first place.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, provisioners, stacks

from aws_setup.local.cloudformation.failures import ResourceFailed
from aws_setup.local.cloudformation.rights import handler_calls
from aws_setup.local.cloudformation.rights.call_targets import Resource, target
from aws_setup.local.iam.principals import Principal

SESSION = "AWSCloudFormation"
# Which of a table's calls of KMS is for the key that is taken away, is inferred from its name.
REVOKING = "kms:RevokeGrant"
SERVICES = {  # how CloudFormation's messages name a service, and the status of its denials
    "appsync": ("AppSync", 403),
    "cloudwatch": ("CloudWatch", 403),
    "cognito-idp": ("CognitoIdentityProvider", 400),
    "dynamodb": ("DynamoDb", 400),
    "iam": ("Iam", 403),
    "kms": ("Kms", 400),
    "lambda": ("Lambda", 403),
    "logs": ("CloudWatchLogs", 400),
    "sns": ("Sns", 403),
    "ssm": ("Ssm", 400),
    "wafv2": ("Wafv2", 400),
}

_provision_stock: Callable[..., Any] = provisioners._provision_resource  # noqa: SLF001
_update_stock: Callable[..., Any] = provisioners._update_resource  # noqa: SLF001
_delete_stock: Callable[..., Any] = provisioners._delete_resource  # noqa: SLF001
_import_stock: Callable[..., Any] = provisioners._import_resource  # noqa: SLF001


def register() -> None:
    """Ask before ministack does anything with a resource; a second call changes nothing."""
    stacks._provision_resource = _provision  # noqa: SLF001
    stacks._update_resource = _update  # noqa: SLF001
    stacks._delete_resource = _delete  # noqa: SLF001
    for module in (stacks, changesets):
        module._import_resource = _import  # noqa: SLF001


def _provision(kind: str, logical_id: str, properties: Mapping[str, Any], stack: str) -> Any:
    resource = Resource(kind=kind, stack=stack, logical_id=logical_id, properties=properties)
    _check(resource, "create", {}, properties)
    return _provision_stock(kind, logical_id, properties, stack)


def _update(  # noqa: PLR0913, PLR0917 - as ministack calls it
    kind: str,
    physical_id: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    stack: str,
    logical_id: str,
    attributes: Mapping[str, Any] | None = None,
) -> Any:
    resource = Resource(
        kind=kind, stack=stack, logical_id=logical_id, properties=new, physical_id=physical_id
    )
    if provisioners._replacing_change(kind, old, new):  # noqa: SLF001
        _check(resource, "create", {}, new)
    elif old != new:
        _check(resource, "update", old, new)
    return _update_stock(kind, physical_id, old, new, stack, logical_id, attributes)


def _delete(
    kind: str, physical_id: str, properties: Mapping[str, Any], stack: str, logical_id: str
) -> Any:
    resource = Resource(
        kind=kind,
        stack=stack,
        logical_id=logical_id,
        properties=properties,
        physical_id=physical_id,
    )
    _check(resource, "delete", properties, {})
    return _delete_stock(kind, physical_id, properties, stack, logical_id)


def _import(kind: str, identifier: Mapping[str, Any]) -> Any:
    """Ask for what reads a resource; what tags it comes with the update that follows."""
    resource = Resource(
        kind=kind,
        stack="",
        logical_id="",
        properties=identifier,
        physical_id=str([*identifier.values()][-1]),
    )
    _check(resource, "read", {}, identifier)
    return _import_stock(kind, identifier)


def _check(
    resource: Resource, handler: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    """Raise ResourceFailed for the first call that is denied."""
    principal = _principal(resource.stack)
    if principal.policies is None:
        return
    for action in handler_calls.calls(resource.kind, handler, old, new):
        held = replace(resource, properties=old) if action == REVOKING else resource
        arn, keys = target(action, held)
        if arn == "*" and action.startswith("kms:"):
            continue  # AWS's own key asks for nothing
        if denial := principal.denial(action, arn, keys):
            service, status = SERVICES[action.partition(":")[0]]
            raise ResourceFailed(status, denial, service, "AccessDenied")


def _principal(stack: str) -> Principal:
    record = cloudformation._stacks.get(stack) or {}  # noqa: SLF001
    if role_arn := record.get("_role_arn"):
        return Principal.of_role(role_arn, SESSION)
    return Principal.of_request()

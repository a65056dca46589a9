"""What AppSync demands of an account before an API can send traces to X-Ray."""

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import provisioners

from aws_setup.local.cloudformation.failures import ResourceFailed
from aws_setup.local.iam import service_linked_roles

API = "AWS::AppSync::GraphQLApi"

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]  # physical id, attributes

_handlers: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
_create_stock = _handlers[API]["create"]
_update_stock = _handlers[API]["update"]


def register() -> None:
    """Put our handlers in place of ministack's; a second call changes nothing."""
    _handlers[API] |= {"create": _create, "update": _update}


def _create(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    _check_role(properties)
    created: Provisioned = _create_stock(logical_id, properties, stack)
    return created


def _update(
    physical_id: str,
    old: Properties,
    properties: Properties,
    stack: str,
    logical_id: str | None = None,
) -> Provisioned:
    _check_role(properties)
    updated: Provisioned = _update_stock(physical_id, old, properties, stack, logical_id)
    return updated


def _check_role(properties: Properties) -> None:
    """Fail for an account's first API with traces, whose role AppSync makes but cannot use yet.

    https://github.com/aws/aws-cdk/issues/16598
    """
    if str(properties.get("XrayEnabled")).lower() != "true" or service_linked_roles.exists():
        return
    role = service_linked_roles.create()
    raise ResourceFailed(403, f"Failed to assume service-linked role {role}, please retry.")

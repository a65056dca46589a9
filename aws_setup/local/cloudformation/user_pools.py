"""What CloudFormation does to a user pool and ministack does not.

A pool that is protected stays. An update sends what the template holds, and Cognito sets most of
what is not sent to its default.
https://github.com/serverless/serverless/issues/7774
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import cognito as pools
from ministack.services.cloudformation import provisioners

from aws_setup.local.cloudformation.failures import ResourceFailed
from aws_setup.local.cognito import handlers, user_pool_updates

POOL = "AWS::Cognito::UserPool"

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]  # physical id, attributes

_handlers: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
_update_stock = _handlers[POOL]["update"]
_delete_stock = _handlers[POOL]["delete"]


def register() -> None:
    """Put our handlers in place of ministack's; a second call changes nothing."""
    _handlers[POOL] |= {"update": _update, "delete": _delete}


def _update(
    physical_id: str,
    old: Properties,
    properties: Properties,
    stack: str,
    logical_id: str | None = None,
) -> Provisioned:
    updated: Provisioned = _update_stock(physical_id, old, properties, stack, logical_id)
    user_pool_updates.reset_unsent(pools._user_pools[physical_id], properties)  # noqa: SLF001
    return updated


def _delete(physical_id: str, properties: Properties) -> None:
    if handlers.is_protected(physical_id):
        raise ResourceFailed(400, handlers.PROTECTED, "CognitoIdentityProvider")
    _delete_stock(physical_id, properties)

"""What CloudFormation does to a user pool and ministack does not.

A pool that is protected stays. An update sends what the template holds, and Cognito sets most of
what is not sent to its default. A schema only grows, by custom attributes. CloudFormation sends a
standard attribute that is new or differs as a custom one, which Cognito refuses; that it does so
too where the attribute has a type, as ours have, is not documented. One that is left out stays.
https://github.com/serverless/serverless/issues/7774
https://github.com/aws-amplify/amplify-cli/issues/9525
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

NOT_CUSTOM = "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
NOT_NEW = "Existing schema attributes cannot be modified or deleted."


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
    _check_schema(old, properties)
    updated: Provisioned = _update_stock(physical_id, old, properties, stack, logical_id)
    user_pool_updates.reset_unsent(pools._user_pools[physical_id], properties)  # noqa: SLF001
    return updated


def _check_schema(old: Properties, new: Properties) -> None:
    """Fail where a standard attribute comes or differs, or a custom one differs or goes."""
    has, wants = ({each["Name"]: each for each in side.get("Schema") or ()} for side in (old, new))
    standard = pools._STANDARD_ATTRIBUTES_BY_NAME  # noqa: SLF001
    differing = {name for name, each in wants.items() if has.get(name) != each}
    if differing & standard.keys():
        raise ResourceFailed(400, NOT_CUSTOM, "CognitoIdentityProvider")
    if (has.keys() - wants.keys() - standard.keys()) or (differing & has.keys()):
        raise ResourceFailed(400, NOT_NEW, "CognitoIdentityProvider")


def _delete(physical_id: str, properties: Properties) -> None:
    if handlers.is_protected(physical_id):
        raise ResourceFailed(400, handlers.PROTECTED, "CognitoIdentityProvider")
    _delete_stock(physical_id, properties)

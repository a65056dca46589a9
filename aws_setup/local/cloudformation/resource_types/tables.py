"""The table settings that ministack's CloudFormation ignores: encryption, backups, time to live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

from aws_setup.local.cloudformation import at_once, physical_names
from aws_setup.local.cloudformation.failures import ResourceFailed

TABLE = "AWS::DynamoDB::Table"
OTHER_INDEX = (
    "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights "
    "Specification. You can create a new GSI with a different name."
)

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]  # physical id, attributes

_handlers: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
_create_stock = _handlers[TABLE]["create"]
_update_stock = _handlers[TABLE]["update"]


def register() -> None:
    """Put our handlers in place of ministack's; a second call changes nothing."""
    _handlers[TABLE] |= {"create": _create, "update": _update}


def _create(logical_id: str, properties: Properties, stack: str) -> Provisioned:
    at_once.check(stack, logical_id)
    name, attributes = _create_stock(logical_id, properties, stack)
    _set(name, {}, properties)
    return name, attributes


def _update(
    physical_id: str,
    old: Properties,
    properties: Properties,
    stack: str,
    logical_id: str | None = None,
) -> Provisioned:
    _check_indexes(old, properties)
    if properties.get("SSESpecification") != old.get("SSESpecification"):
        physical_names.check_key(TABLE, properties)
    if _is_same(old, properties):
        # ministack would take a table that was imported for the one that the stack would have made.
        named = {"TableName": physical_id}
        result = _update_stock(physical_id, {**old, **named}, {**properties, **named}, stack)
    else:
        result = _update_stock(physical_id, old, properties, stack, logical_id)
    name, attributes = result
    _set(name, old if name == physical_id else {}, properties)
    return name, attributes


def _is_same(old: Properties, new: Properties) -> bool:
    """Whether a table that has no name of its own in the template stays the same table."""
    replacing = ("TableName", "KeySchema", "LocalSecondaryIndexes")
    return "TableName" not in new and all(old.get(each) == new.get(each) for each in replacing)


def _check_indexes(old: Properties, new: Properties) -> None:
    """Fail where more than one index comes or goes, or one becomes another.

    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/881
    https://github.com/aws-amplify/amplify-cli/issues/11384
    """
    has, wants = (
        {each["IndexName"]: each for each in side.get("GlobalSecondaryIndexes") or ()}
        for side in (old, new)
    )
    if len(has.keys() ^ wants.keys()) > 1:
        said = "Cannot perform more than one GSI creation or deletion in a single update"
        raise ResourceFailed(400, said, "DynamoDb")
    for name in has.keys() & wants.keys():
        if any(
            has[name].get(part) != wants[name].get(part) for part in ("KeySchema", "Projection")
        ):
            raise ResourceFailed(400, OTHER_INDEX, "DynamoDb")


def _set(name: str, old: Properties, new: Properties) -> None:
    """Apply the settings that differ and leave the rest alone, as CloudFormation does."""
    member = "SSESpecification"
    if old.get(member) != new.get(member):
        given = new.get(member) or {}
        api = {**given, "Enabled": given.get("SSEEnabled", False)}  # as DynamoDB calls it
        dynamodb._update_table({"TableName": name, member: api})  # noqa: SLF001
    member = "PointInTimeRecoverySpecification"
    if old.get(member) != new.get(member):
        given = new.get(member) or {"PointInTimeRecoveryEnabled": False}
        dynamodb._update_continuous_backups({"TableName": name, member: given})  # noqa: SLF001
    member = "TimeToLiveSpecification"
    if old.get(member) != new.get(member):
        given = new.get(member) or {**old[member], "Enabled": False}
        status, _, body = dynamodb._update_ttl({"TableName": name, member: given})  # noqa: SLF001
        if status != 200:  # noqa: PLR2004
            raise ResourceFailed(400, json.loads(body)["message"], "DynamoDb")

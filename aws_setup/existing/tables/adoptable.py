"""Whether an update can make of a kept table what the template wants. Pure.

Neither DynamoDB nor CloudFormation changes the keys or the projection of an index, nor the type of
a key; nor does DynamoDB change one thing while it changes another. Such an update fails, after the
import and before the rest of the stack.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dynamodb-gsi.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aws_setup.exceptions import TableUnusable
from aws_setup.existing.tables.existing_table import key_names
from aws_setup.existing.tables.states import NOTHING_CHANGED, STATES, status_of

HINT = (
    "Delete what is named, one after the other, since DynamoDB deletes one index of a table at a "
    "time: {commands}. Once all are gone, run it again: the stack then makes its own indexes anew, "
    "from the records, which stay. {otherwise}"
)
OTHERWISE = (
    "Or have the table stay as it is: name with --adopt what to adopt instead, or `--adopt none`."
)
DELETE = (
    "`aws dynamodb update-table --table-name {table} --global-secondary-index-updates '{index}'`"
)

ACTIVE = "ACTIVE"
ONCE_ACTIVE = "Run it again once the table and its indexes are ACTIVE."
TURN_OFF = (
    "Turn it off, and run it again an hour later: `aws dynamodb update-time-to-live --table-name "
    "{table} --time-to-live-specification Enabled=false,AttributeName={attribute}`."
)


def check_adoptable(
    table: Mapping[str, Any], properties: Mapping[str, Any], time_to_live: Mapping[str, Any]
) -> None:
    """Raise TableUnusable if an update cannot make of the table what the template wants.

    table, time_to_live: as DescribeTable and DescribeTimeToLive return them. properties: those of
    the template's table.
    """
    _check_at_rest(table)
    _check_expiry(table["TableName"], properties, time_to_live)
    name, clashes = table["TableName"], dict(_clashes(table, properties))
    if not clashes:
        return
    commands = ", ".join(
        DELETE.format(table=name, index=json.dumps([{"Delete": {"IndexName": each}}]))
        for each in clashes
    )
    told = " ".join(f"The index {each} of table {name} {clashes[each]}." for each in clashes)
    raise TableUnusable(
        f"{told} {NOTHING_CHANGED}", hint=HINT.format(commands=commands, otherwise=OTHERWISE)
    )


def _check_at_rest(table: Mapping[str, Any]) -> None:
    """Refuse a table that DynamoDB is changing, or cannot read: it takes no update meanwhile."""
    name, status = table["TableName"], status_of(table)
    if status != ACTIVE:
        what = STATES.get(status, ONCE_ACTIVE)
        raise TableUnusable(
            f"Table {name} is {status}: it takes no update. {NOTHING_CHANGED}",
            hint=f"{what} {OTHERWISE}",
        )
    for index in table.get("GlobalSecondaryIndexes", ()):
        if index.get("IndexStatus", ACTIVE) != ACTIVE:
            raise TableUnusable(
                f"The index {index['IndexName']} of table {name} is {index['IndexStatus']}: the "
                f"table takes no other update meanwhile. {NOTHING_CHANGED}",
                hint=f"{ONCE_ACTIVE} {OTHERWISE}",
            )


def _check_expiry(
    name: str, properties: Mapping[str, Any], time_to_live: Mapping[str, Any]
) -> None:
    """Refuse a time to live by another attribute: DynamoDB has it turned off first, for an hour.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
    https://github.com/go-to-k/cdkd/pull/932
    """
    wanted = properties.get("TimeToLiveSpecification", {}).get("AttributeName")
    status, has = time_to_live.get("TimeToLiveStatus"), time_to_live.get("AttributeName")
    if not wanted:
        return
    if status == "DISABLING":
        raise TableUnusable(
            f"The time to live of table {name} is being turned off, and cannot be turned on until "
            f"that is done. {NOTHING_CHANGED}",
            hint=f"Run it again in an hour. {OTHERWISE}",
        )
    if status in {"ENABLED", "ENABLING"} and has != wanted:
        raise TableUnusable(
            f"The time to live of table {name} is that of the attribute {has}, not of {wanted}. "
            f"DynamoDB has it turned off before it takes another one. {NOTHING_CHANGED}",
            hint=f"{TURN_OFF.format(table=name, attribute=has)} {OTHERWISE}",
        )


def _clashes(table: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name of each index that is in the way, and why."""
    types = _types(table)
    others = {name for name, kind in _types(properties).items() if types.get(name, kind) != kind}
    wanted = {each["IndexName"]: each for each in properties["GlobalSecondaryIndexes"]}
    for index in table.get("GlobalSecondaryIndexes", ()):
        name = index["IndexName"]
        if keys := sorted(key_names([index]) & others):
            yield name, f"has keys of another type than the stack's: {', '.join(keys)}"
        elif name not in wanted:
            continue
        elif [dict(key) for key in index["KeySchema"]] != wanted[name]["KeySchema"]:
            yield name, "has other keys than the stack's"
        elif dict(index["Projection"]) != wanted[name]["Projection"]:
            yield name, "holds other attributes than the stack's"


def _types(keyed: Mapping[str, Any]) -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in keyed["AttributeDefinitions"]}

"""Whether an update can make of a kept table what the template wants. Pure.

Neither DynamoDB nor CloudFormation changes the keys or the projection of an index, nor the type of
a key: such an update fails, after the import and before the rest of the stack.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dynamodb-gsi.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aws_setup.exceptions import TableUnusable
from aws_setup.existing.tables.existing_table import key_names
from aws_setup.existing.tables.states import NOTHING_CHANGED

HINT = (
    "Delete what is named, and run it again: the stack then makes its own indexes anew, from the "
    "records, which stay. {commands}. Or have the table stay as it is: name with --adopt what to "
    "adopt instead, or `--adopt none`."
)
DELETE = (
    "`aws dynamodb update-table --table-name {table} --global-secondary-index-updates '{index}'`"
)


def check_adoptable(table: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
    """Raise TableUnusable if indexes that somebody made by hand stand in the template's way.

    table: as DescribeTable returns it. properties: those of the template's table.
    """
    name, clashes = table["TableName"], dict(_clashes(table, properties))
    if not clashes:
        return
    commands = ", ".join(
        DELETE.format(table=name, index=json.dumps([{"Delete": {"IndexName": each}}]))
        for each in clashes
    )
    told = " ".join(f"The index {each} of table {name} {clashes[each]}." for each in clashes)
    raise TableUnusable(f"{told} {NOTHING_CHANGED}", hint=HINT.format(commands=commands))


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

"""The secondary indexes of a table that is there already: which it has, and which it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef


def as_it_is(properties: Mapping[str, Any], table: TableDescriptionTypeDef) -> dict[str, Any]:
    """Return a template's properties of a table, less the indexes that the table has not. Pure.

    table: as DescribeTable has it.
    """
    has = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
    indexes = [each for each in properties["GlobalSecondaryIndexes"] if each["IndexName"] in has]
    keys = key_names([properties, *indexes])
    given = [each for each in properties["AttributeDefinitions"] if each["AttributeName"] in keys]
    rest = {name: value for name, value in properties.items() if name != "GlobalSecondaryIndexes"}
    found = {"GlobalSecondaryIndexes": indexes} if indexes else {}
    return {**rest, "AttributeDefinitions": given, **found}


def key_names(keyed: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the attributes in the key schemas of a table and of indexes."""
    return {key["AttributeName"] for each in keyed for key in each["KeySchema"]}

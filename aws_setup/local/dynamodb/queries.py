"""What DynamoDB refuses in expressions and ministack does not.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import dynamodb

from aws_setup.local.http import Request, Response

_NAME = re.compile(r"#\w+|(?<![:#\w])[A-Za-z_]\w*")
_BETWEEN = re.compile(r"BETWEEN\s+(:\w+)\s+AND\s+(:\w+)", re.IGNORECASE)
_WITH_CONDITIONS = {"Query", "Scan", "PutItem", "UpdateItem", "DeleteItem"}
# NOT, AND or OR with nothing after it.
_OPEN_END = re.compile(r"\b(NOT|AND|OR)\s*(\)|$)", re.IGNORECASE)


def refusal(request: Request, account_id: str) -> Response | None:
    """Return DynamoDB's refusal of a request's expressions, or None."""
    if request.operation not in _WITH_CONDITIONS:
        return None
    data = request.json()
    for expression in ("ConditionExpression", "FilterExpression"):
        if _OPEN_END.search(data.get(expression) or ""):
            message = f"Invalid {expression}: Syntax error"
            return Response.of_error("ValidationException", message)
    if request.operation != "Query":
        return None
    for expression in ("KeyConditionExpression", "FilterExpression"):
        if _has_reversed_range(data, data.get(expression, "")):
            message = (
                f"Invalid {expression}: The BETWEEN operator requires upper bound to be greater "
                "than or equal to lower bound"
            )
            return Response.of_error("ValidationException", message)
    for key in _keys(data, account_id):
        if key in _names(data, data.get("FilterExpression", "")):
            message = (
                "Filter Expression can only contain non-primary key attributes: Primary key "
                f"attribute: {key}"
            )
            return Response.of_error("ValidationException", message)
    return None


def _has_reversed_range(data: Mapping[str, Any], expression: str) -> bool:
    values = data.get("ExpressionAttributeValues", {})
    ranges = [[values.get(name, {}) for name in found] for found in _BETWEEN.findall(expression)]
    for low, high in ranges:
        if "S" in low and "S" in high and low["S"].encode() > high["S"].encode():
            return True
        if "N" in low and "N" in high and float(low["N"]) > float(high["N"]):
            return True
    return False


def _names(data: Mapping[str, Any], expression: str) -> set[str]:
    given = data.get("ExpressionAttributeNames", {})
    return {given.get(name, name) for name in _NAME.findall(expression)}


def _keys(data: Mapping[str, Any], account_id: str) -> Iterator[str]:
    """Yield the key attributes of the table or index that is queried."""
    for (account, _region, name), table in dynamodb._tables.all_items():  # noqa: SLF001
        if (account, name) != (account_id, data.get("TableName")):
            continue
        indexes = (
            *table.get("GlobalSecondaryIndexes", ()),
            *table.get("LocalSecondaryIndexes", ()),
        )
        wanted = data.get("IndexName")
        keyed = [each for each in indexes if each["IndexName"] == wanted] if wanted else [table]
        for each in keyed:
            yield from (key["AttributeName"] for key in each["KeySchema"])

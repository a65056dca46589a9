"""How long the keys of an index may be, which DynamoDB checks on every write and ministack doesn't.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
https://github.com/architect/dynalite/issues/35
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import dynamodb

MOST_BYTES = {"HASH": 2048, "RANGE": 1024}
INDEXES = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")

_type_reason_stock = dynamodb._index_key_type_reason  # noqa: SLF001


def register() -> None:
    """Check the length wherever ministack checks the type; a second call changes nothing."""
    dynamodb._index_key_type_reason = _reason  # noqa: SLF001


def _reason(table: Mapping[str, Any], item: Mapping[str, Any]) -> str | None:
    """Say what is wrong with the index keys in an item, or return None."""
    wrong_type: str | None = _type_reason_stock(table, item)
    return wrong_type or next(_too_long(table, item), None)


def _too_long(table: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[str]:
    for index in (each for kind in INDEXES for each in table.get(kind) or ()):
        for key in index["KeySchema"]:
            name, most = key["AttributeName"], MOST_BYTES[key["KeyType"]]
            size = _size(item.get(name, {}))
            if size > most:
                yield (
                    "One or more parameter values were invalid: Size limit exceeded for Index Key "
                    f"{name} Actual Size: {size} bytes Max Size: {most} bytes IndexName: "
                    f"{index['IndexName']}"
                )


def _size(value: Mapping[str, Any]) -> int:
    if "B" in value:
        return len(base64.b64decode(value["B"]))
    return len(str(value.get("S", "")).encode("utf-8", "surrogatepass"))

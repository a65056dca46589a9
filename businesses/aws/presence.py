"""Which users have a Business record, as far as a decision needs to know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from businesses.aws.batch_reads import read_items
from businesses.records.business import parse_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """That a user has a Business. created_at: None where the record doesn't tell."""

    group_name: str
    created_at: datetime | None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read a projected item; whatever else is wrong with the record, it is there."""
        return cls(
            group_name=item.get("groupName", {}).get("S", ""),
            created_at=parse_time(item.get("createdAt", {}).get("S", "")),
        )


class BusinessPresence:
    """The Business table, asked who is in it."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self.table_name = table_name

    def read(self, subs: Iterable[str]) -> dict[str, Presence]:
        """Return the users who have a Business, by sub: a strongly consistent read of the table.

        Raises TableMissing; lets botocore's other errors pass.
        """
        items = read_items(
            self._client,
            self.table_name,
            ({"id": {"S": sub}} for sub in dict.fromkeys(subs)),
            ConsistentRead=True,
            ProjectionExpression="id, groupName, createdAt",
        )
        return {item["id"]["S"]: Presence.from_item(item) for item in items}

"""Which users have a Business record, as far as a decision needs to know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from businesses.exceptions import TableMissing
from businesses.records import parse_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH_SIZE = 100  # the most keys that one BatchGetItem takes


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

        Keys that DynamoDB leaves unprocessed are asked for again; an answer processes one key at
        least, or is an error. Raises TableMissing; lets botocore's other errors pass.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
        """
        pending: list[Any] = [{"id": {"S": sub}} for sub in dict.fromkeys(subs)]
        found = dict[str, Presence]()
        while pending:
            batch, pending = pending[:BATCH_SIZE], pending[BATCH_SIZE:]
            answer = self._ask(batch)
            for item in answer["Responses"].get(self.table_name, ()):
                found[item["id"]["S"]] = Presence.from_item(item)
            unprocessed = answer["UnprocessedKeys"].get(self.table_name)
            pending += unprocessed["Keys"] if unprocessed else ()
        return found

    def _ask(self, keys: list[Any]) -> Any:
        request: Any = {
            "Keys": keys,
            "ConsistentRead": True,
            "ProjectionExpression": "id, groupName, createdAt",
        }
        try:
            return self._client.batch_get_item(RequestItems={self.table_name: request})
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise TableMissing(self.table_name) from error
            raise

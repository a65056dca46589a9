"""Reads of the Business table. Every list is a Query on an index; nothing here can scan."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from businesses.aws.tables.batch_reads import missing_table, read_items
from businesses.exceptions import IndexMissing
from businesses.queries.business_sources import BY_CREATED_AT, ById, Range, Source
from businesses.queries.keys import can_be_key
from businesses.queries.paging import Chunk, Position, Positioned
from businesses.queries.word_search import Words
from businesses.records.business import (
    DELETED,
    TYPENAME,
    Business,
    BusinessSummary,
    is_deleted,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class BusinessTable:
    """The Business table, read by key or by index. What DataStore deleted is left out of it all.

    Every method raises TableMissing when there is no such table, and lets botocore's other
    errors pass.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self.name = name

    def get(self, record_id: str) -> Business | None:
        """Return one record, or None if there is none (or if the id cannot be a key).

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
        """
        if not can_be_key(record_id):
            return None
        with missing_table(self.name):
            answer = self._client.get_item(TableName=self.name, Key={"id": {"S": record_id}})
        item = answer.get("Item")
        return Business.from_item(item) if item and not is_deleted(item) else None

    def get_many(self, record_ids: Iterable[str]) -> dict[str, Business]:
        """Return the records that exist, by id, in the order asked for."""
        wanted = list(filter(can_be_key, dict.fromkeys(record_ids)))
        items = read_items(self._client, self.name, ({"id": {"S": key}} for key in wanted))
        businesses = (Business.from_item(item) for item in items if not is_deleted(item))
        found = {business.id: business for business in businesses}
        return {key: found[key] for key in wanted if key in found}

    def summaries(self, ids: Iterable[str]) -> dict[str, BusinessSummary]:
        """Return summaries of the records that exist, by id, with a strongly consistent read."""
        items = read_items(
            self._client,
            self.name,
            ({"id": {"S": key}} for key in filter(can_be_key, dict.fromkeys(ids))),
            ConsistentRead=True,
            ProjectionExpression="id, groupName, createdAt, #deleted",
            ExpressionAttributeNames={"#deleted": DELETED},
        )
        return {
            item["id"]["S"]: BusinessSummary.from_item(item)
            for item in items
            if not is_deleted(item)
        }

    def read(
        self, source: Source, after: Position | None, limit: int, *, forwards: bool
    ) -> Chunk[Business]:
        """Read at most `limit` records of a source after a position, in one Query or GetItem.

        A filter may leave fewer records, or none. Raises IndexMissing.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        if isinstance(source, ById):
            return self._read_one(source) if after is None else Chunk()
        start = source.start(after, forwards=forwards)
        if start is None:
            return Chunk()
        return self._query(source, {**source.query(forwards=forwards), **start, "Limit": limit})

    def _query(self, source: Range, arguments: Any) -> Chunk[Business]:
        with missing_table(self.name), self._missing_index(source.index.name):
            answer = self._client.query(TableName=self.name, **arguments)
        last = answer.get("LastEvaluatedKey")
        return Chunk(
            tuple(
                Positioned(source.position_of(item), Business.from_item(item))
                for item in answer["Items"]
                if not is_deleted(item)
            ),
            rest=source.position_of(last) if last else None,
            looked_at=answer["ScannedCount"],
        )

    def _read_one(self, source: ById) -> Chunk[Business]:
        record = self.get(source.id)
        if record is None or not source.holds(record):
            return Chunk()
        return Chunk((Positioned(Position(source.number, "", record.id), record),), looked_at=1)

    def holding(self, words: Words, at_once: int) -> Iterator[Chunk[Business]]:
        """Yield the businesses that hold these words, newest first, one chunk for each Query.

        at_once: how many records each Query looks at, at most. The caller decides how far to read:
        the last chunk has no rest. Raises IndexMissing.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        whole = Range(number=0, index=BY_CREATED_AT, partition=TYPENAME)
        start: Any = {}
        while start is not None:
            arguments: Any = {**words.query(), **start, "Limit": at_once}
            chunk = self._query(whole, arguments)
            yield chunk
            start = whole.start(chunk.rest, forwards=True) if chunk.rest else None

    def approximate_count(self) -> int:
        """Return how many records DynamoDB last counted, which was at most about six hours ago.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
        """
        with missing_table(self.name):
            answer = self._client.describe_table(TableName=self.name)
        return answer["Table"].get("ItemCount", 0)

    @contextmanager
    def _missing_index(self, index: str) -> Iterator[None]:
        """Turn DynamoDB's error about a missing or unfinished index into IndexMissing."""
        try:
            yield
        except ClientError as error:
            answer = error.response["Error"]
            if answer["Code"] == "ValidationException" and index in answer["Message"]:
                raise IndexMissing(self.name, index) from error
            raise

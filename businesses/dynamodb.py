"""Reads of the Business table. Every list is a Query on an index; nothing here can scan."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from businesses.exceptions import IndexMissing, TableMissing
from businesses.paging import Chunk, Position, Row
from businesses.records import Business
from businesses.search import PARTITION_BYTES, ById, Source

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH_SIZE = 100  # the most keys that one BatchGetItem takes


class BusinessTable:
    """The Business table, read by key or by index.

    Every method raises TableMissing when there is no such table, and lets botocore's other
    errors pass.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self.name = name

    def get(self, record_id: str) -> Business | None:
        """Return one record, or None when there is none (or when no key can look like that).

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
        """
        if not 0 < len(record_id.encode()) <= PARTITION_BYTES:
            return None
        with self._missing_table():
            answer = self._client.get_item(TableName=self.name, Key={"id": {"S": record_id}})
        return Business.from_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, record_ids: Iterable[str]) -> dict[str, Business]:
        """Return the records that exist, by id, in the order asked for.

        Keys that DynamoDB leaves unprocessed are asked for again. That ends: an answer processes
        one key at least, or is an error.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
        """
        wanted = list(dict.fromkeys(record_ids))
        pending, found = list(wanted), dict[str, Business]()
        while pending:
            batch, pending = pending[:BATCH_SIZE], pending[BATCH_SIZE:]
            with self._missing_table():
                answer = self._client.batch_get_item(
                    RequestItems={self.name: {"Keys": [{"id": {"S": key}} for key in batch]}}
                )
            for item in answer["Responses"].get(self.name, ()):
                business = Business.from_item(item)
                found[business.id] = business
            unprocessed = answer["UnprocessedKeys"].get(self.name)
            pending += [_key_text(key) for key in unprocessed["Keys"]] if unprocessed else ()
        return {key: found[key] for key in wanted if key in found}

    def read(
        self, source: Source, after: Position | None, limit: int, *, forwards: bool
    ) -> Chunk[Business]:
        """Read at most `limit` records of a source, after a position: one Query, or one GetItem.

        A filter may leave fewer of them, or none. Raises IndexMissing.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        if isinstance(source, ById):
            return self._read_one(source) if after is None else Chunk()
        start = source.start(after, forwards=forwards)
        if start is None:
            return Chunk()
        arguments: Any = {**source.query(forwards=forwards), **start, "Limit": limit}
        with self._missing_table(), self._missing_index(source.index.name):
            answer = self._client.query(TableName=self.name, **arguments)
        last = answer.get("LastEvaluatedKey")
        return Chunk(
            tuple(
                Row(source.position_of(item), Business.from_item(item)) for item in answer["Items"]
            ),
            rest=source.position_of(last) if last else None,
            looked_at=answer["ScannedCount"],
        )

    def _read_one(self, source: ById) -> Chunk[Business]:
        record = self.get(source.id)
        if record is None or not source.holds(record):
            return Chunk()
        return Chunk((Row(Position(source.number, "", record.id), record),), looked_at=1)

    def approximate_count(self) -> int:
        """Return how many records DynamoDB counted last, at most some six hours ago.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
        """
        with self._missing_table():
            answer = self._client.describe_table(TableName=self.name)
        return answer["Table"].get("ItemCount", 0)

    @contextmanager
    def _missing_table(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise TableMissing(self.name) from error
            raise

    @contextmanager
    def _missing_index(self, index: str) -> Iterator[None]:
        """Translate DynamoDB's answer where a table lacks an index or is still filling it."""
        try:
            yield
        except ClientError as error:
            answer = error.response["Error"]
            if answer["Code"] == "ValidationException" and index in answer["Message"]:
                raise IndexMissing(self.name, index) from error
            raise


def _key_text(key: Mapping[str, Any]) -> str:
    text: str = key["id"]["S"]
    return text

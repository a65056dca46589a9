"""Reads of the Business table. Every list is a Query on an index; nothing here can scan."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from botocore.exceptions import ClientError

from businesses.exceptions import TableMissing
from businesses.records import TYPENAME, Business

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_CREATED_AT = "byCreatedAt"
KEY_BYTES = 2048  # the longest value of a partition key
BATCH_SIZE = 100  # the most keys that one BatchGetItem takes

Direction = Literal["older", "newer"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where one record stands in `byCreatedAt`: the index's sort key and the table's key."""

    created_at: str
    id: str

    @classmethod
    def of(cls, business: Business) -> Self:
        """Return the position of a record that was read from the index."""
        return cls(business.created_at, business.id)

    def to_key(self) -> dict[str, Any]:
        """Return the ExclusiveStartKey of this position: keys of the index and of the table.

        The table's key is what makes a page exact among records of the same millisecond.
        """
        return {
            "__typename": {"S": TYPENAME},
            "createdAt": {"S": self.created_at},
            "id": {"S": self.id},
        }


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which page to read: the records next to a position, on one side of it.

    position: not itself on the page; None is the end that the direction starts from, so
    Cursor("older") is the newest page and Cursor("newer") the oldest.
    """

    direction: Direction = "older"
    position: Position | None = None


NEWEST, OLDEST = Cursor("older"), Cursor("newer")


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, newest first, and the cursors of the pages beside them (None: no page).

    An empty page has neither: whatever was there when its cursor was made is gone.
    """

    items: tuple[Business, ...]
    newer: Cursor | None = None
    older: Cursor | None = None


class BusinessTable:
    """The Business table, read by key or newest first.

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
        if not 0 < len(record_id.encode()) <= KEY_BYTES:
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

    def page(self, cursor: Cursor, limit: int) -> Page:
        """Read at most `limit` records beside the cursor, in one Query at any depth.

        One record more is asked for, which tells whether there is a page beyond. On the side that
        the cursor came from there was a record when it was made, so a page is offered there.
        Records written meanwhile appear on the page they sort into; none is skipped or repeated.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        start = {"ExclusiveStartKey": cursor.position.to_key()} if cursor.position else {}
        with self._missing_table():
            answer = self._client.query(
                TableName=self.name,
                IndexName=BY_CREATED_AT,
                KeyConditionExpression="#type = :type",
                ExpressionAttributeNames={"#type": "__typename"},
                ExpressionAttributeValues={":type": {"S": TYPENAME}},
                ScanIndexForward=cursor.direction == "newer",
                Limit=limit + 1,
                **start,  # type: ignore[arg-type]
            )
        read = [Business.from_item(item) for item in answer["Items"]]
        # A Query also stops at 1 MB, with fewer records than asked for.
        beyond = len(read) > limit or (len(read) < limit + 1 and "LastEvaluatedKey" in answer)
        return _as_page(read[:limit], cursor, beyond=beyond)

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


def _as_page(read: list[Business], cursor: Cursor, *, beyond: bool) -> Page:
    """Put records that were read away from the cursor into a page, newest first."""
    if not read:
        return Page(())
    behind = cursor.position is not None
    if cursor.direction == "newer":
        read.reverse()
        has_newer, has_older = beyond, behind
    else:
        has_newer, has_older = behind, beyond
    return Page(
        tuple(read),
        newer=Cursor("newer", Position.of(read[0])) if has_newer else None,
        older=Cursor("older", Position.of(read[-1])) if has_older else None,
    )


def _key_text(key: Mapping[str, Any]) -> str:
    text: str = key["id"]["S"]
    return text

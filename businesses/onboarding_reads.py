"""Reads of the Onboarding table: by key as it is now, by status newest first; never a Scan."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from botocore.exceptions import ClientError

from businesses.exceptions import TableMissing
from businesses.onboarding_records import Onboarding

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef

BY_STATUS = "byStatus"
KEY_BYTES = 2048  # the longest value of a partition key
BATCH_SIZE = 100  # the most keys that one BatchGetItem takes

Direction = Literal["older", "newer"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where one record stands in `byStatus`: the index's sort key and the table's key."""

    updated_at: str
    sub: str

    @classmethod
    def of(cls, record: Onboarding) -> Self:
        """Return the position of a record that was read from the index."""
        return cls(record.updated_at, record.sub)


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

    items: tuple[Onboarding, ...]
    newer: Cursor | None = None
    older: Cursor | None = None


class OnboardingReads:
    """The Onboarding table, read by key or by status.

    Every method raises TableMissing when there is no such table, and lets botocore's other
    errors pass.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self.name = name

    def get(self, sub: str) -> Onboarding | None:
        """Return one record as it is now, or None when there is none (or no key looks like that).

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
        """
        if not 0 < len(sub.encode()) <= KEY_BYTES:
            return None
        with self.missing_table():
            answer = self._client.get_item(
                TableName=self.name, Key={"sub": {"S": sub}}, ConsistentRead=True
            )
        return Onboarding.from_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, subs: Iterable[str]) -> dict[str, Onboarding]:
        """Return the records that exist, as they are now, by sub, in the order asked for.

        Keys that DynamoDB leaves unprocessed are asked for again. That ends: an answer processes
        one key at least, or is an error.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
        """
        wanted = [sub for sub in dict.fromkeys(subs) if 0 < len(sub.encode()) <= KEY_BYTES]
        pending: list[Any] = [{"sub": {"S": sub}} for sub in wanted]
        found = dict[str, Onboarding]()
        while pending:
            batch, pending = pending[:BATCH_SIZE], pending[BATCH_SIZE:]
            with self.missing_table():
                answer = self._client.batch_get_item(
                    RequestItems={self.name: {"Keys": batch, "ConsistentRead": True}}
                )
            for item in answer["Responses"].get(self.name, ()):
                record = Onboarding.from_item(item)
                found[record.sub] = record
            unprocessed = answer["UnprocessedKeys"].get(self.name)
            pending += unprocessed["Keys"] if unprocessed else ()
        return {sub: found[sub] for sub in wanted if sub in found}

    def page(self, status: str, cursor: Cursor, limit: int) -> Page:
        """Read at most `limit` records of a status beside the cursor, in one Query at any depth.

        One record more is asked for, which tells whether there is a page beyond. On the side that
        the cursor came from there was a record when it was made, so a page is offered there.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        start = _start_key(status, cursor.position) if cursor.position else None
        answer = self._query(
            status, start, ScanIndexForward=cursor.direction == "newer", Limit=limit + 1
        )
        read = [Onboarding.from_item(item) for item in answer["Items"]]
        # A Query also stops at 1 MB, with fewer records than asked for.
        beyond = len(read) > limit or (len(read) < limit + 1 and "LastEvaluatedKey" in answer)
        return _as_page(read[:limit], cursor, beyond=beyond)

    def all_of_status(
        self, status: str, *, source: str = "", reason_type: str = ""
    ) -> Iterator[Onboarding]:
        """Yield the records of a status, newest first, a page of them in memory at a time.

        source, reason_type: only these, unless "". Newest first, as a record that is written again
        meanwhile moves to the front and so does not come a second time.
        """
        for answer in self._answers(status, source, reason_type):
            yield from map(Onboarding.from_item, answer["Items"])

    def count_of_status(self, status: str, *, source: str = "", reason_type: str = "") -> int:
        """Count what `all_of_status` yields. DynamoDB reads it all, but sends none of it."""
        answers = self._answers(status, source, reason_type, only_count=True)
        return sum(answer["Count"] for answer in answers)

    def _answers(
        self, status: str, source: str, reason_type: str, *, only_count: bool = False
    ) -> "Iterator[QueryOutputTypeDef]":
        arguments: dict[str, Any] = {"Select": "COUNT"} if only_count else {}
        start: Mapping[str, Any] | None = None
        wanted = {"#source": source, "#reason.#type": reason_type}
        filters = {path: value for path, value in wanted.items() if value}
        if filters:
            arguments["FilterExpression"] = " AND ".join(
                f"{path} = :{number}" for number, path in enumerate(filters)
            )
        while True:
            answer = self._query(status, start, filters, ScanIndexForward=False, **arguments)
            yield answer
            start = answer.get("LastEvaluatedKey")
            if not start:
                return

    def _query(
        self,
        status: str,
        start: Mapping[str, Any] | None,
        filters: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> "QueryOutputTypeDef":
        """Read records of a status from `byStatus`. filters: the values of `:0`, `:1`, by path."""
        names, values = {"#status": "status"}, {":status": {"S": status}}
        for number, (path, value) in enumerate((filters or {}).items()):
            names |= {part: part[1:] for part in path.split(".")}
            values[f":{number}"] = {"S": value}
        if start:
            arguments["ExclusiveStartKey"] = start
        with self.missing_table():
            return self._client.query(
                TableName=self.name,
                IndexName=BY_STATUS,
                KeyConditionExpression="#status = :status",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                **arguments,
            )

    @contextmanager
    def missing_table(self) -> Iterator[None]:
        """Translate DynamoDB's answer where there is no such table."""
        try:
            yield
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise TableMissing(self.name) from error
            raise


def _start_key(status: str, position: Position) -> dict[str, Any]:
    """Return the ExclusiveStartKey of a position: keys of the index and of the table."""
    return {
        "status": {"S": status},
        "updatedAt": {"S": position.updated_at},
        "sub": {"S": position.sub},
    }


def _as_page(read: list[Onboarding], cursor: Cursor, *, beyond: bool) -> Page:
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

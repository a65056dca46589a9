"""Consistent reads of the Onboarding table by key, and by status, newest first; never a Scan."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from businesses.aws.tables.batch_reads import missing_table, read_items
from businesses.queries.keys import can_be_key
from businesses.queries.onboarding_plan import BySub, Choice, Source
from businesses.queries.paging import Chunk, Position, Positioned
from businesses.records.onboarding import DISMISSED, Onboarding

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef

KNOWN_BY = ("sub", "username", "email", "name", "status")


class OnboardingReads:
    """The Onboarding table, read by key or by status.

    Every method raises TableMissing when there is no such table, and lets botocore's other
    errors pass.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self.name = name

    def get(self, sub: str) -> Onboarding | None:
        """Return one record as it is now, or None if there is none (or the sub cannot be a key).

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
        """
        if not can_be_key(sub):
            return None
        with missing_table(self.name):
            answer = self._client.get_item(
                TableName=self.name, Key={"sub": {"S": sub}}, ConsistentRead=True
            )
        return Onboarding.from_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, subs: Iterable[str]) -> dict[str, Onboarding]:
        """Return the records that exist, as they are now, by sub, in the order asked for."""
        wanted = list(filter(can_be_key, dict.fromkeys(subs)))
        keys = ({"sub": {"S": sub}} for sub in wanted)
        items = read_items(self._client, self.name, keys, ConsistentRead=True)
        found = {item["sub"]["S"]: Onboarding.from_item(item) for item in items}
        return {sub: found[sub] for sub in wanted if sub in found}

    def read(
        self, source: Source, after: Position | None, limit: int, *, forwards: bool
    ) -> Chunk[Onboarding]:
        """Read at most `limit` records of a source after a position, in one Query or GetItem.

        forwards: towards older records. A filter may leave fewer records, or none.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        if isinstance(source, BySub):
            record = self.get(source.sub) if after is None else None
            position = Position(source.number, "", source.sub)
            return Chunk((Positioned(position, record),), looked_at=1) if record else Chunk()
        start = source.start(after, forwards=forwards)
        if start is None:
            return Chunk()
        answer = self._query(source, ScanIndexForward=not forwards, Limit=limit, **start)
        last = answer.get("LastEvaluatedKey")
        return Chunk(
            tuple(
                Positioned(source.position_of(item), Onboarding.from_item(item))
                for item in answer["Items"]
            ),
            rest=source.position_of(last) if last else None,
            looked_at=answer["ScannedCount"],
        )

    def newest(self, status: str, limit: int) -> tuple[list[Onboarding], bool]:
        """Return the newest records with this status, and whether these are all there are.

        They hold what a person is known by and nothing else. DynamoDB reads at most 1 MB for them.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        query = Choice(status=status).query()
        names = {f"#{name}": name for name in KNOWN_BY}
        query["ExpressionAttributeNames"] = {**query["ExpressionAttributeNames"], **names}
        with missing_table(self.name):
            answer = self._client.query(
                TableName=self.name,
                Limit=limit,
                ScanIndexForward=False,
                ProjectionExpression=", ".join(names),
                **query,
            )
        return [*map(Onboarding.from_item, answer["Items"])], "LastEvaluatedKey" not in answer

    def all_of(self, choice: Choice) -> Iterator[Onboarding]:
        """Yield the records of a choice, newest first, with only one page in memory at a time.

        The order ensures that a record that is written again in the meantime moves to the front, so
        it is not yielded a second time.
        """
        for answer in self._answers(choice):
            yield from map(Onboarding.from_item, answer["Items"])

    def count_of(self, choice: Choice) -> int:
        """Count the records that `all_of` yields. DynamoDB reads all of them, but sends none."""
        return sum(self.counts_of(choice))

    def counts_of(self, choice: Choice) -> Iterator[int]:
        """Yield that count in parts, one for each call."""
        return (answer["Count"] for answer in self._answers(choice, Select="COUNT"))

    def count_in_one_call(self, choice: Choice) -> tuple[int, bool]:
        """Count the records of a choice in at most 1 MB; also say whether these are all of them."""
        answer = self._query(choice, Select="COUNT")
        return answer["Count"], "LastEvaluatedKey" not in answer

    def dismissed_before(self, expiry: datetime) -> Iterator[str]:
        """Yield the subs of dismissed records that expire before a time, or never. expiry: aware.

        DynamoDB reads every dismissed record, but sends only these.
        """
        query = Choice(status=DISMISSED).query()
        arguments = {
            **query,
            "ExpressionAttributeNames": {
                **query["ExpressionAttributeNames"],
                "#expiry": "expiresAt",
                "#sub": "sub",
            },
            "ExpressionAttributeValues": {
                **query["ExpressionAttributeValues"],
                ":expiry": {"N": str(int(expiry.timestamp()))},
            },
            "FilterExpression": "NOT #expiry >= :expiry",
            "ProjectionExpression": "#sub",
        }
        pages = self._client.get_paginator("query").paginate(TableName=self.name, **arguments)
        with missing_table(self.name):
            for page in pages:
                yield from (item["sub"]["S"] for item in page["Items"])

    def _answers(self, choice: Choice, **arguments: Any) -> "Iterator[QueryOutputTypeDef]":
        start: Any = {}
        while start is not None:
            answer = self._query(choice, ScanIndexForward=False, **arguments, **start)
            yield answer
            last = answer.get("LastEvaluatedKey")
            start = {"ExclusiveStartKey": last} if last else None

    def _query(self, choice: Choice, **arguments: Any) -> "QueryOutputTypeDef":
        with missing_table(self.name):
            return self._client.query(TableName=self.name, **choice.query(), **arguments)

"""Reads every record of the Business table and rewrites single ones. Only a command may scan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from businesses.aws.tables.batch_reads import missing_table
from businesses.records.business import DELETED, is_deleted
from businesses.records.identity import COUNT
from businesses.records.record_change import RecordChange

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE_SIZE = 250


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """What one Scan read. last: the id to go on after; "" at the end of the table."""

    items: tuple[Mapping[str, Any], ...]
    last: str


class RecordRewrites:
    """The Business table, for making all its records right.

    read: the attributes that are read of each record, besides its id. Every method raises
    TableMissing when there is no such table, and lets botocore's other errors pass, except where it
    says otherwise.
    """

    def __init__(self, client: "DynamoDBClient", name: str, read: Sequence[str]) -> None:
        self._client = client
        self.name = name
        self._read = ("id", DELETED, *read)

    def page(self, after: str) -> ScannedPage:
        """Read the next items, as the low-level client returns them; after: an id, or "".

        What counts an owner's businesses is none of them, nor is what DataStore deleted.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
        """
        names = {f"#{number}": name for number, name in enumerate(self._read)}
        start: Any = {"ExclusiveStartKey": {"id": {"S": after}}} if after else {}
        with missing_table(self.name):
            answer = self._client.scan(
                TableName=self.name,
                ProjectionExpression=", ".join(names),
                ExpressionAttributeNames=names,
                Limit=PAGE_SIZE,
                **start,
            )
        last = answer.get("LastEvaluatedKey")
        items = [
            item
            for item in answer["Items"]
            if not (item["id"]["S"].startswith(COUNT) or is_deleted(item))
        ]
        return ScannedPage(tuple(items), last["id"]["S"] if last else "")

    def write(self, change: RecordChange) -> bool:
        """Write a record's new texts; False if what they were told by has changed since.

        So it is if the record was deleted meanwhile, also by DataStore. Raises ValueError with
        DynamoDB's words if it does not take the texts, for example because the item would become
        too large.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
        """
        texts, as_read = change.texts, ("id", DELETED, *change.told_by)
        sets = [f"#{name} = :new_{name}" for name, text in texts.items() if text]
        removes = [f"#{name}" for name, text in texts.items() if not text]
        new = {f":new_{name}": {"S": text} for name, text in texts.items() if text}
        old = {f":{name}": change.item[name] for name in as_read if name in change.item}
        try:
            with missing_table(self.name):
                self._client.update_item(
                    TableName=self.name,
                    Key={"id": change.item["id"]},
                    UpdateExpression=" ".join(
                        f"{verb} {', '.join(parts)}"
                        for verb, parts in (("SET", sets), ("REMOVE", removes))
                        if parts
                    ),
                    ConditionExpression=" AND ".join(
                        f"#{name} = :{name}"
                        if name in change.item
                        else f"attribute_not_exists(#{name})"
                        for name in as_read
                    ),
                    ExpressionAttributeNames={f"#{name}": name for name in (*texts, *as_read)},
                    ExpressionAttributeValues={**new, **old},
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationException":
                raise ValueError(error.response["Error"]["Message"]) from error
            raise
        return True

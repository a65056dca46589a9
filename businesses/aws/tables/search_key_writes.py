"""Reads every item of the Business table and writes search keys. Only a command may scan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from businesses.aws.tables.batch_reads import missing_table
from businesses.records.identity import COUNT
from businesses.records.key_changes import TEXTS, KeyChange

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE_SIZE = 250
READ = ("id", "__typename", *TEXTS, *TEXTS.values())


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """What one Scan read. last: the id to go on after; "" at the end of the table."""

    items: tuple[Mapping[str, Any], ...]
    last: str


class SearchKeyWrites:
    """The Business table, for refreshing search keys.

    Every method raises TableMissing when there is no such table, and lets botocore's other errors
    pass, except where it says otherwise.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self.name = name

    def page(self, after: str) -> ScannedPage:
        """Read the next items, as the low-level client returns them; after: an id, or "".

        What counts an owner's businesses is none of them.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
        """
        names = {f"#{number}": name for number, name in enumerate(READ)}
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
        items = [item for item in answer["Items"] if not item["id"]["S"].startswith(COUNT)]
        return ScannedPage(tuple(items), last["id"]["S"] if last else "")

    def write(self, change: KeyChange) -> bool:
        """Write a record's new keys; False if its name or its address has changed since.

        Whoever changed them wrote their keys too. Raises ValueError with DynamoDB's words if it
        does not take the keys, for example because the item would become too large.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
        """
        sets = [f"#{key} = :{key}" for key, value in change.keys.items() if value]
        removes = [f"#{key}" for key, value in change.keys.items() if not value]
        texts = {text: change.item[text] for text, key in TEXTS.items() if key in change.keys}
        keys = {f":{key}": {"S": value} for key, value in change.keys.items() if value}
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
                    ConditionExpression=" AND ".join(f"#{text} = :{text}" for text in texts),
                    ExpressionAttributeNames={f"#{name}": name for name in (*change.keys, *texts)},
                    ExpressionAttributeValues={
                        **keys,
                        **{f":{text}": value for text, value in texts.items()},
                    },
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationException":
                raise ValueError(error.response["Error"]["Message"]) from error
            raise
        return True

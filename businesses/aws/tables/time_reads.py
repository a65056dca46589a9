"""Reads of the times of many records from an index, newest first; never a Scan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from businesses.aws.tables.batch_reads import missing_table
from businesses.queries.business_sources import BY_CREATED_AT, Index
from businesses.queries.onboarding_plan import BY_STATUS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CREATED, STATUS = BY_CREATED_AT, Index(BY_STATUS, "status", "updatedAt")


@dataclass(frozen=True, slots=True)
class ReadItems:
    """What one Query returned, as the low-level client does. is_last: whether nothing follows."""

    items: Sequence[Mapping[str, Any]]
    is_last: bool


def read_newest(  # noqa: PLR0913 - by keyword
    client: "DynamoDBClient",
    table: str,
    index: Index,
    partition: str,
    names: Sequence[str],
    *,
    between: tuple[str, str] | None = None,
) -> Iterator[ReadItems]:
    """Yield the items of one partition of an index, one Query (at most 1 MB) at a time.

    names: the attributes to return; DynamoDB reads whole items all the same. between: the first and
    the last sort key; None for all. Raises TableMissing; lets botocore's other errors pass.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
    """
    condition, values = "#partition = :partition", {":partition": {"S": partition}}
    attributes = {f"#{number}": name for number, name in enumerate(names)}
    keys = {"#partition": index.partition}
    if between:
        condition += " AND #sort BETWEEN :since AND :until"
        keys["#sort"] = index.sort
        values |= {":since": {"S": between[0]}, ":until": {"S": between[1]}}
    start: Any = {}
    while start is not None:
        with missing_table(table):
            answer = client.query(
                TableName=table,
                IndexName=index.name,
                KeyConditionExpression=condition,
                ProjectionExpression=", ".join(attributes),
                ExpressionAttributeNames={**keys, **attributes},
                ExpressionAttributeValues=values,
                ScanIndexForward=False,
                **start,
            )
        last = answer.get("LastEvaluatedKey")
        yield ReadItems(answer["Items"], is_last=last is None)
        start = {"ExclusiveStartKey": last} if last else None

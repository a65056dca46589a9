"""Reads of many items by their keys, from either table."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from businesses.exceptions import TableMissing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH_SIZE = 100  # the most keys that one BatchGetItem takes


def read_items(
    client: "DynamoDBClient", table_name: str, keys: Iterable[Mapping[str, Any]], **more: Any
) -> Iterator[dict[str, Any]]:
    """Yield the items that exist, as the low-level client returns them, in no particular order.

    keys: without duplicates. more: further parameters of the request. Keys that DynamoDB leaves
    unprocessed are requested again; this ends, because every answer processes at least one key or
    is an error. Raises TableMissing; lets botocore's other errors pass.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    """
    waiting, unprocessed = iter(keys), list[Any]()
    while batch := [*unprocessed, *islice(waiting, BATCH_SIZE - len(unprocessed))]:
        request: Any = {"Keys": batch, **more}
        with missing_table(table_name):
            answer = client.batch_get_item(RequestItems={table_name: request})
        yield from answer["Responses"].get(table_name, ())
        left = answer["UnprocessedKeys"].get(table_name)
        unprocessed = left["Keys"] if left else []


@contextmanager
def missing_table(name: str) -> Iterator[None]:
    """Turn DynamoDB's error about a missing table into TableMissing."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise TableMissing(name) from error
        raise

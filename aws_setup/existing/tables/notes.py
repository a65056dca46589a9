"""What is to be known about an existing Business table, as DynamoDB tells it in several calls.

What may not be read is said, and keeps nobody from deploying: the table itself is known already.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.existing.owning_stack import OF_TABLE, owner
from aws_setup.existing.tables.fitness import (
    capacity_notices,
    denials,
    expiry_notices,
    key_arn,
    long_name_notices,
    replication_notices,
    stream_notices,
)
from aws_setup.existing.tables.records import RecordSample

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

OF_KEY = (
    "Table {name} is encrypted with the KMS key {key}. The stack's roles are allowed to use it; "
    "its own policy must leave that to IAM policies."
)


def table_notes(
    client: DynamoDBClient,
    table: TableDescriptionTypeDef,
    tags: Mapping[str, str] | None,
    stack: str,
) -> Iterator[str]:
    """Yield a sentence about each thing that concerns the records, or others who use the table.

    table: as DescribeTable returns it. tags: those of the table; None if they may not be read.
    stack: the name of the stack that is to use it.
    """
    name = table["TableName"]
    yield from stream_notices(table)
    yield from _expiry_notes(client, name)
    yield from capacity_notices(table)
    yield from long_name_notices(table)
    yield from replication_notices(table, client.meta.region_name)
    yield from policy_notes(client, table)
    if key := key_arn(table):
        yield OF_KEY.format(name=name, key=key)
    if tags is None:
        yield f"Whether table {name} belongs to another stack could not be read."
    else:
        yield from owner(OF_TABLE, name, tags, stack)


def policy_notes(client: DynamoDBClient, table: TableDescriptionTypeDef) -> Iterable[str]:
    """Return what the table's own policy denies.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
    """

    def read() -> Iterable[str]:
        try:
            policy = client.get_resource_policy(ResourceArn=table["TableArn"])["Policy"]
        except client.exceptions.PolicyNotFoundException:
            return []
        return denials(json.loads(policy), table)

    return _unless_refused(read, f"Whether table {table['TableName']} has a policy of its own")


def _expiry_notes(client: DynamoDBClient, name: str) -> Iterable[str]:
    def read() -> Iterable[str]:
        described = client.describe_time_to_live(TableName=name)
        return expiry_notices(name, described["TimeToLiveDescription"])

    return _unless_refused(read, f"Whether table {name} deletes records by itself")


def record_notes(client: DynamoDBClient, table: TableDescriptionTypeDef) -> Iterable[str]:
    """Return what does not work with the table's records, as far as a few of them tell.

    table: as DescribeTable returns it.
    """
    name = table["TableName"]
    return _unless_refused(
        lambda: RecordSample.read(client, name).told(table),
        f"How the records of table {name} name their owners, and whether DataStore uses it,",
    )


def _unless_refused(read: Callable[[], Iterable[str]], what: str) -> Iterable[str]:
    try:
        return read()
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return [f"{what} could not be read: AWS does not allow {error.operation_name}."]

"""What a read from an index sees of an item: what the index projects, also in its filter."""

from typing import Any

import pytest

from aws_setup.local.server import LocalAws

REGION, TABLE = "us-west-2", "items"
FILTER, NAMES, VALUES = "#gone <> :gone", {"#gone": "_deleted"}, {":gone": {"BOOL": True}}
INCLUDED = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"]}


def table(aws: LocalAws, projection: dict[str, Any]) -> Any:
    """Create a table with an index of this projection and one item, which is marked."""
    client = aws.client("dynamodb", REGION)
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "S"} for each in ("id", "owner")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byOwner",
                "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "Projection": projection,
            }
        ],
    )
    item = {"id": {"S": "1"}, "owner": {"S": "ada"}, "_deleted": {"BOOL": True}}
    client.put_item(TableName=TABLE, Item=item)
    return client


@pytest.mark.parametrize(
    ("projection", "is_seen"),
    [
        ({"ProjectionType": "ALL"}, True),
        ({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["_deleted"]}, True),
        (INCLUDED, False),
        ({"ProjectionType": "KEYS_ONLY"}, False),
    ],
)
def test_a_filter_sees_what_the_index_projects(
    local_aws: LocalAws, projection: dict[str, Any], is_seen: bool
) -> None:
    client = table(local_aws, projection)
    queried = client.query(
        TableName=TABLE,
        IndexName="byOwner",
        KeyConditionExpression="#owner = :owner",
        FilterExpression=FILTER,
        ExpressionAttributeNames={**NAMES, "#owner": "owner"},
        ExpressionAttributeValues={**VALUES, ":owner": {"S": "ada"}},
    )
    given = {
        "FilterExpression": FILTER,
        "ExpressionAttributeNames": NAMES,
        "ExpressionAttributeValues": VALUES,
    }
    scanned = client.scan(TableName=TABLE, IndexName="byOwner", **given)
    assert queried["Count"] == scanned["Count"] == (0 if is_seen else 1)
    assert client.scan(TableName=TABLE, **given)["Count"] == 0


def test_a_page_of_an_index_is_followed_by_the_next(local_aws: LocalAws) -> None:
    client = table(local_aws, INCLUDED)
    other = {"id": {"S": "2"}, "owner": {"S": "ada"}, "name": {"S": "Ada"}}
    client.put_item(TableName=TABLE, Item=other)
    pages = client.get_paginator("scan").paginate(
        TableName=TABLE, IndexName="byOwner", PaginationConfig={"PageSize": 1}
    )
    assert [each["id"]["S"] for page in pages for each in page["Items"]] == ["1", "2"]

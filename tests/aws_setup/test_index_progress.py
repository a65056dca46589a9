"""Adding indexes to a table that takes its time, against a DynamoDB that answers from a script."""

from collections.abc import Iterator
from typing import Any

import pytest

from aws_setup.exceptions import TableUnusable
from aws_setup.existing_table import ExistingTable
from tests.aws_setup.cloudformation_stub import FakeTime, Script, client_of

INDEX = {
    "IndexName": "byOwner",
    "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
PROPERTIES: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner")
    ],
    "GlobalSecondaryIndexes": [INDEX],
}


def table(status: str = "ACTIVE", **index: Any) -> dict[str, Any]:
    """Return an answer of DescribeTable, with the index in a state, or without it."""
    described = {
        "TableName": "old",
        "TableStatus": status,
        "KeySchema": PROPERTIES["KeySchema"],
        "AttributeDefinitions": PROPERTIES["AttributeDefinitions"][:1],
    }
    found = {"GlobalSecondaryIndexes": [{**INDEX, **index}]} if index else {}
    return {"Table": {**described, **found}}


@pytest.fixture
def dynamodb(script: Script) -> Iterator[Any]:
    with client_of(script, "dynamodb") as client:
        yield client


def test_each_state_of_an_index_is_told_once_and_another_change_is_waited_for(
    script: Script, dynamodb: Any, fake_time: FakeTime
) -> None:
    filling = table("UPDATING", IndexStatus="CREATING", Backfilling=True)
    script.on(
        "DescribeTable",
        table(),
        table("UPDATING"),  # somebody else's change
        table(),
        table(),
        table("UPDATING", IndexStatus="CREATING", Backfilling=False),
        filling,
        filling,
        table(IndexStatus="ACTIVE"),
    )
    script.on("UpdateTable", table())
    existing = ExistingTable(dynamodb, "old", PROPERTIES, pace=fake_time.pace())
    said = list(existing.add_indexes())
    assert said == ["byOwner: creating", "byOwner: filling", "byOwner: active"]
    actions = [call["Action"] for call in script.calls]
    assert actions.index("UpdateTable") == 4  # after the other change had ended
    assert actions.count("UpdateTable") == 1


def test_an_index_that_takes_too_long_is_left_to_dynamodb(
    script: Script, dynamodb: Any, fake_time: FakeTime
) -> None:
    script.on("DescribeTable", table(), table(), table(), table("UPDATING", IndexStatus="CREATING"))
    script.on("UpdateTable", table())
    existing = ExistingTable(dynamodb, "old", PROPERTIES, pace=fake_time.pace(limit_seconds=600))
    with pytest.raises(TableUnusable, match="DynamoDB goes on by itself") as caught:
        list(existing.add_indexes())
    assert "--add-indexes` again later" in caught.value.hint

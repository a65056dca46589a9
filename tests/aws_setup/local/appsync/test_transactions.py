"""TransactWriteItems of the embedded AppSync's DynamoDB data source."""

from typing import Any

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.support import policy
from tests.aws_setup.local.appsync.test_dynamodb import TABLE, TABLE_ARN, Table

VALUES = "util.dynamodb.toMapValues"


def write(operation: str, key: str, rest: str = "") -> str:
    keys = f"key: {VALUES}({{ id: '{key}', at: 1 }})"
    return f"{{ table: 'businesses', operation: '{operation}', {keys}, {rest} }}"


CHANGE = write(
    "UpdateItem",
    "a",
    "update: { expression: 'ADD #n :one', expressionNames: { '#n': 'n' },"
    f" expressionValues: {VALUES}({{ ':one': 1 }}) }}",
)
PUT = write(
    "PutItem",
    "b",
    f"attributeValues: {VALUES}({{ name: 'Bob' }}),"
    " condition: { expression: 'attribute_not_exists(id)' }",
)
REMOVE = write("DeleteItem", "a")
CHECK = write("ConditionCheck", "c", "condition: { expression: 'attribute_exists(id)' }")


@pytest.fixture
def table(local_aws: LocalAws) -> Table:
    return Table(local_aws)


def transaction(table: Table, *items: str) -> Any:
    return table.found(
        f"({{ operation: 'TransactWriteItems', transactItems: [{', '.join(items)}] }})"
    )


def items(table: Table) -> list[Any]:
    found = table.client.scan(TableName=TABLE)["Items"]
    return sorted((item["id"]["S"], item.get("n", {}).get("N")) for item in found)


def test_all_writes_are_made_and_their_keys_answered(table: Table) -> None:
    assert transaction(table, CHANGE, PUT)["result"] == {
        "keys": [{"id": "a", "at": 1}, {"id": "b", "at": 1}],
        "cancellationReasons": None,
    }
    assert items(table) == [("a", "1"), ("b", None)]
    transaction(table, REMOVE)
    assert items(table) == [("b", None)]


def test_the_helper_writes_a_transaction_that_is_made(table: Table) -> None:
    put = "{ putItem: { table: 'businesses', key: { id: 'c', at: 1 }, item: { n: 2 } } }"
    update = """{ updateItem: { table: 'businesses', key: { id: 'b', at: 1 },
      update: { n: 3, name: ddb.operations.remove() }, condition: { name: { eq: 'Bob' } } } }"""
    table.put(id="b", at=1, name="Bob")
    found = table.found(f"ddb.transactWrite({{ items: [{put}, {update}] }})")
    assert found["result"]["keys"] == [{"id": "c", "at": 1}, {"id": "b", "at": 1}]
    assert items(table) == [("b", "3"), ("c", "2")]


def test_none_is_made_if_one_cannot_be_and_the_reasons_are_in_the_order_of_the_writes(
    table: Table,
) -> None:
    table.put(id="b", at=1)
    found = transaction(table, CHANGE, PUT, CHECK)
    assert found["error"]["type"] == "DynamoDB:TransactionCanceledException"
    failed = "[None, ConditionalCheckFailed, ConditionalCheckFailed]"
    assert failed in found["error"]["message"]
    reasons = found["result"]["cancellationReasons"]
    assert [each["type"] for each in reasons] == ["None", *["ConditionalCheckFailed"] * 2]
    assert found["result"]["keys"] is None
    assert items(table) == [("b", None)]


def test_it_takes_the_permission_of_each_write(local_aws: LocalAws) -> None:
    table = Table(local_aws, policy("dynamodb:UpdateItem", [TABLE_ARN]))
    assert not transaction(table, CHANGE)["error"]
    assert "dynamodb:PutItem" in transaction(table, CHANGE, PUT)["error"]["message"]


def test_an_element_that_is_unknown_is_refused(table: Table) -> None:
    odd = "{ operation: 'TransactWriteItems', transactItems: [{ table: 'businesses', what: 1 }] }"
    assert table.ask(f"({odd})").error["errorType"] == "MappingTemplate"

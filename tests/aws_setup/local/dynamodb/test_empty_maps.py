"""DynamoDB refuses an empty map of an expression's names or values."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws
from tests.aws_setup.cloudformation_stub import REGION

KEY = {"id": {"S": "a"}}
EMPTY = ("ExpressionAttributeNames", "ExpressionAttributeValues")


@pytest.fixture
def dynamodb(local_aws: LocalAws) -> Any:
    client = local_aws.client("dynamodb", REGION)
    client.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return client


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_map_is_refused_in_a_call_and_in_a_transaction(dynamodb: Any, name: str) -> None:
    put = {"TableName": "table", "Item": KEY, "ConditionExpression": "attribute_not_exists(id)"}
    with pytest.raises(ClientError, match=f"{name} must not be empty"):
        dynamodb.put_item(**put, **{name: {}})
    with pytest.raises(ClientError, match=f"{name} must not be empty"):
        dynamodb.transact_write_items(TransactItems=[{"Put": {**put, name: {}}}])
    dynamodb.transact_write_items(TransactItems=[{"Put": put}])

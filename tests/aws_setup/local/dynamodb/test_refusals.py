"""What the embedded DynamoDB refuses, as DynamoDB does, over boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.cognito.test_attributes import refusal

REGION = "us-west-2"
TABLE, INDEX = "items", "owner-title-index"


def index(name: str, *keys: str) -> dict[str, Any]:
    schema = zip(keys, ("HASH", "RANGE"), strict=False)
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in schema],
        "Projection": {"ProjectionType": "ALL"},
    }


def strings(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


@pytest.fixture
def dynamodb(local_aws: LocalAws) -> Any:
    client = local_aws.client("dynamodb", REGION)
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=strings("id", "owner", "title"),
        GlobalSecondaryIndexes=[index(INDEX, "owner", "title")],
    )
    return client


def item(owner: str = "ada", title: str = "one") -> dict[str, dict[str, str]]:
    return {"id": {"S": "1"}, "owner": {"S": owner}, "title": {"S": title}}


@pytest.mark.parametrize(
    ("given", "name", "size", "most"),
    [
        ({"owner": "x" * 2049}, "owner", 2049, 2048),
        ({"title": "x" * 1025}, "title", 1025, 1024),
        ({"title": "é" * 513}, "title", 1026, 1024),
    ],
)
def test_the_keys_of_an_index_are_as_short_as_those_of_a_table(
    dynamodb: Any, given: dict[str, str], name: str, size: int, most: int
) -> None:
    said = (
        f"One or more parameter values were invalid: Size limit exceeded for Index Key {name} "
        f"Actual Size: {size} bytes Max Size: {most} bytes IndexName: {INDEX}"
    )
    wrong = item(**given)
    refused = ("ValidationException", said)
    assert refusal(dynamodb.put_item, TableName=TABLE, Item=wrong) == refused
    batch = {TABLE: [{"PutRequest": {"Item": wrong}}]}
    assert refusal(dynamodb.batch_write_item, RequestItems=batch) == refused
    dynamodb.put_item(TableName=TABLE, Item=item())
    update = refusal(
        dynamodb.update_item,
        TableName=TABLE,
        Key={"id": {"S": "1"}},
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": wrong[name]},
    )
    assert update == refused
    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": wrong}}])
    assert caught.value.response["CancellationReasons"] == [
        {"Code": "ValidationError", "Message": said}
    ]


def test_keys_of_the_greatest_length_are_taken(dynamodb: Any) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item("x" * 2048, "x" * 1024))


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("SET #a = :v, #a = :v", "path one: [a], path two: [a]"),
        ("SET #a = :v REMOVE #a", "path one: [a], path two: [a]"),
        ("SET #a.b[0] = :v, #a.b = :v", "path one: [a, b, [0]], path two: [a, b]"),
    ],
)
def test_two_actions_on_one_path_are_refused(dynamodb: Any, expression: str, said: str) -> None:
    answer = refusal(
        dynamodb.update_item,
        TableName=TABLE,
        Key={"id": {"S": "1"}},
        UpdateExpression=expression,
        ExpressionAttributeNames={"#a": "a"},
        ExpressionAttributeValues={":v": {"S": "x"}},
    )
    assert answer == (
        "ValidationException",
        (
            "Invalid UpdateExpression: Two document paths overlap with each other; must remove or "
            f"rewrite one of these paths; {said}"
        ),
    )


def test_a_section_is_used_once(dynamodb: Any) -> None:
    answer = refusal(
        dynamodb.update_item,
        TableName=TABLE,
        Key={"id": {"S": "1"}},
        UpdateExpression="SET a = :v SET b = :v",
        ExpressionAttributeValues={":v": {"S": "x"}},
    )
    assert answer == (
        "ValidationException",
        (
            'Invalid UpdateExpression: The "SET" section can only be used once in an update '
            "expression;"
        ),
    )


def test_paths_beside_each_other_are_taken(dynamodb: Any) -> None:
    dynamodb.put_item(TableName=TABLE, Item={**item(), "a": {"M": {}}, "aa": {"S": "x"}})
    dynamodb.update_item(
        TableName=TABLE,
        Key={"id": {"S": "1"}},
        UpdateExpression="SET a.b = :v, a.c = :v ADD aaa :n REMOVE aa",
        ExpressionAttributeValues={":v": {"S": "x"}, ":n": {"N": "1"}},
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"IndexName": INDEX, "KeyConditionExpression": "owner = :v"},
        {"KeyConditionExpression": "id = :v", "FilterExpression": "owner = :v"},
        {"KeyConditionExpression": "id = :v", "ProjectionExpression": "owner"},
    ],
)
def test_a_reserved_word_needs_a_name(dynamodb: Any, arguments: dict[str, str]) -> None:
    code, said = refusal(
        dynamodb.query,
        TableName=TABLE,
        ExpressionAttributeValues={":v": {"S": "x"}},
        **arguments,
    )
    assert code == "ValidationException"
    assert said.endswith("Attribute name is a reserved keyword; reserved keyword: owner")


def test_the_names_of_functions_and_operators_are_not_reserved(dynamodb: Any) -> None:
    dynamodb.scan(
        TableName=TABLE,
        FilterExpression="size (a) < :n AND NOT contains(b, :v) OR a IN (:v)",
        ExpressionAttributeValues={":v": {"S": "x"}, ":n": {"N": "1"}},
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"KeyConditionExpression": "id = :v", "FilterExpression": "id = :v"},
        {
            "IndexName": INDEX,
            "KeyConditionExpression": "#owner = :v",
            "FilterExpression": "title = :v",
            "ExpressionAttributeNames": {"#owner": "owner"},
        },
    ],
)
def test_a_key_has_no_place_in_a_filter(dynamodb: Any, arguments: dict[str, Any]) -> None:
    code, said = refusal(
        dynamodb.query,
        TableName=TABLE,
        ExpressionAttributeValues={":v": {"S": "x"}},
        **arguments,
    )
    assert code == "ValidationException"
    assert said.startswith("Filter Expression can only contain non-primary key attributes")


def test_a_table_gets_one_index_at_a_time(dynamodb: Any) -> None:
    update = {"TableName": TABLE, "AttributeDefinitions": strings("first", "second")}
    both = [{"Create": index(f"{name}-index", name)} for name in ("first", "second")]
    assert refusal(dynamodb.update_table, **update, GlobalSecondaryIndexUpdates=both) == (
        "LimitExceededException",
        (
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table"
        ),
    )
    for one in both:
        dynamodb.update_table(**update, GlobalSecondaryIndexUpdates=[one])
    indexes = dynamodb.describe_table(TableName=TABLE)["Table"]["GlobalSecondaryIndexes"]
    assert len(indexes) == 3


def test_a_time_to_live_takes_another_attribute_only_once_it_is_off(dynamodb: Any) -> None:
    def expire(by: str, *, on: bool = True) -> None:
        expiry: Any = {"AttributeName": by, "Enabled": on}
        dynamodb.update_time_to_live(TableName=TABLE, TimeToLiveSpecification=expiry)

    expire("expiresAt")
    said = "TimeToLive is active on a different AttributeName: current AttributeName is expiresAt"
    with pytest.raises(ClientError, match=said):
        expire("goneAt")
    expire("expiresAt", on=False)
    expire("goneAt")

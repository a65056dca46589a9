"""What the trigger writes to the Onboarding table, on a stub and on the embedded DynamoDB."""

import re
from types import ModuleType
from typing import Any

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.triggers.lambda_runtime import (
    EMAIL,
    SUB,
    VARIABLES,
    Context,
    log_lines,
    new_container,
    recorded,
)
from tests.aws_setup.triggers.stub_aws import (
    APPSYNC,
    DROPS,
    DYNAMODB,
    Answer,
    StubAws,
    answer,
    graphql_error,
    service_error,
)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REFUSAL = graphql_error("GroupNotAllowed", 'Group "businesses" is not allowed.')
TABLE = VARIABLES["ONBOARDING_TABLE"]


def test_the_record_is_one_update_with_everything_a_retry_needs(
    trigger: ModuleType, stub: StubAws
) -> None:
    stub.answer(APPSYNC, REFUSAL)
    trigger.handler(recorded(), Context())
    [update] = stub.received(DYNAMODB)
    assert update.headers["x-amz-target"] == "DynamoDB_20120810.UpdateItem"
    assert update.headers["content-type"] == "application/x-amz-json-1.0"
    request = update.json
    assert request["TableName"] == "stack-Onboarding"
    assert request["Key"] == {"sub": {"S": SUB}}
    assert request["ConditionExpression"] == "attribute_not_exists(#status) OR #status = :status"
    values = request["ExpressionAttributeValues"]
    now = values[":updatedAt"]
    assert TIME.fullmatch(now["S"])
    reason = {
        "type": {"S": "GroupNotAllowed"},
        "message": {"S": 'Group "businesses" is not allowed.'},
    }
    attempt = {"at": now, "by": {"S": "trigger"}, "outcome": {"S": "FAILED"}, **reason}
    assert values == {
        ":username": {"S": SUB},
        ":email": {"S": EMAIL},
        ":name": {"S": "Harbour Bakery & Söhne"},
        ":groupName": {"S": "businesses"},
        ":status": {"S": "FAILED"},
        ":source": {"S": "trigger"},
        ":reason": {"M": reason},
        ":updatedAt": now,
        ":firstFailedAt": now,
        ":attempts": {"L": [{"M": attempt}]},
        ":none": {"L": []},
    }


@pytest.mark.parametrize("email", [None, "", "  "])
def test_a_user_without_an_email_address_is_recorded_without_a_call(
    email: str | None, trigger: ModuleType, stub: StubAws
) -> None:
    event = recorded("without_email")
    if email is not None:
        event["request"]["userAttributes"]["email"] = email
    assert trigger.handler(event, Context()) is event
    assert stub.operations == [DYNAMODB]
    [update] = stub.received(DYNAMODB)
    values = update.json["ExpressionAttributeValues"]
    assert stub.reason == ("MissingEmail", "The user has no email.")
    assert (values[":email"], values[":name"]["S"]) == (
        {"S": email or ""},
        "Harbour Bakery & Söhne",
    )


@pytest.mark.parametrize(
    "first",
    [service_error("com.amazonaws.dynamodb.v20120810#ThrottlingException"), answer(500, {}), DROPS],
)
def test_a_table_that_is_busy_for_a_moment_still_gets_the_record(
    first: Answer, trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.answer(APPSYNC, REFUSAL)
    stub.answer(DYNAMODB, first, Answer())
    trigger.handler(recorded(), Context())
    one, two = stub.received(DYNAMODB)
    assert one.json == two.json
    assert log_lines(capsys)[-1]["message"] == "Failed; recorded."


@pytest.mark.parametrize(
    ("outage", "calls", "type_"),
    [
        (
            service_error("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"),
            1,
            "ResourceN",
        ),
        (service_error("InternalServerError", status=500), 2, "InternalServerError"),
        (DROPS, 2, "ConnectionBroken"),
    ],
)
def test_without_a_table_one_line_leads_to_the_user(
    *,
    outage: Answer,
    calls: int,
    type_: str,
    trigger: ModuleType,
    stub: StubAws,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stub.answer(APPSYNC, REFUSAL)
    stub.answer(DYNAMODB, outage)
    event = recorded()
    assert trigger.handler(event, Context()) is event
    assert len(stub.received(DYNAMODB)) == calls
    [line] = log_lines(capsys)
    assert line["message"].startswith(f"Failed; NOT recorded: CallError: {type_}")
    assert (line["level"], line["sub"], line["username"]) == ("CRITICAL", SUB, SUB)
    assert (line["userPoolId"], line["type"]) == ("eu-central-1_Xy3kLm9Qr", "GroupNotAllowed")


@pytest.fixture
def table(aws_environment: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in VARIABLES.items():
        if not name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    client = aws_environment.client("dynamodb", "eu-central-1")
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "sub", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "sub", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def read(table: Any) -> dict[str, Any]:
    found = table.get_item(TableName=TABLE, Key={"sub": {"S": SUB}})
    item: dict[str, Any] = found["Item"]
    return item


def test_a_first_failure_makes_the_whole_record(table: Any) -> None:
    new_container().handler(recorded(), Context())
    item = read(table)
    assert set(item) == {
        *("sub", "username", "email", "name", "groupName", "status", "reason", "source"),
        *("attempts", "firstFailedAt", "updatedAt"),
    }
    assert item["reason"]["M"]["type"] == {"S": "ParameterNotFound"}
    assert (item["status"], item["source"]) == ({"S": "FAILED"}, {"S": "trigger"})
    assert item["firstFailedAt"] == item["updatedAt"]


def test_a_second_failure_adds_an_attempt_and_keeps_the_first_time(table: Any) -> None:
    trigger = new_container()
    trigger.handler(recorded(), Context())
    first = read(table)
    trigger.handler(recorded("without_email"), Context())
    second = read(table)
    types = [attempt["M"]["type"]["S"] for attempt in second["attempts"]["L"]]
    assert types == ["ParameterNotFound", "MissingEmail"]
    assert second["firstFailedAt"] == first["firstFailedAt"]
    assert second["updatedAt"]["S"] >= first["updatedAt"]["S"]
    assert second["reason"]["M"]["type"] == {"S": "MissingEmail"}


@pytest.mark.parametrize("status", ["COMPLETED", "DISMISSED"])
def test_a_settled_record_stays_as_it_is(
    status: str, table: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settled = {"sub": {"S": SUB}, "status": {"S": status}, "updatedAt": {"S": "earlier"}}
    table.put_item(TableName=TABLE, Item=settled)
    event = recorded()
    assert new_container().handler(event, Context()) is event
    assert read(table) == settled
    assert "settled before" in log_lines(capsys)[-1]["message"]

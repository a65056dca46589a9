"""The trigger calls the mutation: what it sends, where to, and when it tries again."""

import time
from types import ModuleType

import pytest

from tests.aws_setup.triggers.lambda_runtime import (
    EMAIL,
    SUB,
    Context,
    log_lines,
    recorded,
)
from tests.aws_setup.triggers.stub_aws import (
    APPSYNC,
    CREATED,
    DROPS,
    DYNAMODB,
    HANGS,
    OTHER_URL,
    SSM,
    URL,
    Answer,
    StubAws,
    answer,
    graphql_error,
    service_error,
    url_is,
)
from tests.transient_errors import REFUSALS, TRANSIENT, ApiError


def test_a_confirmed_sign_up_calls_the_mutation_once(trigger: ModuleType, stub: StubAws) -> None:
    event = recorded()
    assert trigger.handler(event, Context()) is event
    assert event == recorded()
    assert stub.operations == [SSM, APPSYNC]
    [call] = stub.received(APPSYNC)
    assert call.path == "/graphql"
    assert call.headers["host"] == "abcdefghij.appsync-api.eu-central-1.amazonaws.com"
    assert call.headers["content-type"] == "application/json"
    assert call.headers["x-amz-security-token"] == "example-token"
    assert call.json == {
        "query": (
            "mutation Onboard($email: AWSEmail!, $groupName: String!, $name: String!, $sub: ID!,"
            " $username: String!) { createBusinessInGroup(email: $email, groupName: $groupName,"
            " name: $name, sub: $sub, username: $username) }"
        ),
        "variables": {
            "email": EMAIL,
            "groupName": "businesses",
            "name": "Harbour Bakery & Söhne",
            "sub": SUB,
            "username": SUB,
        },
    }


@pytest.mark.parametrize(
    ("client", "is_ours"),
    [("5l2p8v0m3q7r9s1t4u6w8x0y2z", True), ("5l2p8v0m3q7r9s1t4u6w8x0y2z1", False), (None, False)],
)
def test_whoever_confirmed_through_another_app_client_is_left_alone(
    trigger: ModuleType,
    stub: StubAws,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    client: str | None,
    is_ours: bool,
) -> None:
    monkeypatch.setenv("CLIENT_ID_PATTERN", "^(1a|5l2p8v0m3q7r9s1t4u6w8x0y2z)$")
    event = recorded()
    event["callerContext"]["clientId"] = client
    assert trigger.handler(event, Context()) is event
    assert bool(stub.operations) == is_ours
    assert [line["message"] for line in log_lines(capsys)] == ["Onboarded."] * is_ours


def test_the_signature_that_arrives_covers_what_arrived(trigger: ModuleType, stub: StubAws) -> None:
    trigger.handler(recorded(), Context())
    services = {SSM: "ssm", APPSYNC: "appsync"}
    for request in (*stub.received(SSM), *stub.received(APPSYNC)):
        signed = request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0]
        assert {"host", "content-type", "x-amz-date"} <= set(signed.split(";"))
        headers = {name: request.headers[name] for name in signed.split(";")}
        scope = ("eu-central-1", services[request.operation])
        keys = ("ASIAEXAMPLE", "example-secret")
        expected = trigger.authorization(request.path, headers, request.body, scope, keys)
        assert request.headers["authorization"] == expected


def test_the_url_is_read_once_per_container(trigger: ModuleType, stub: StubAws) -> None:
    for _ in range(3):
        trigger.handler(recorded(), Context())
    assert stub.operations == [SSM, APPSYNC, APPSYNC, APPSYNC]
    [call] = stub.received(SSM)
    assert call.json == {"Name": "/stack/graphql-url"}
    assert call.headers["content-type"] == "application/x-amz-json-1.1"
    assert call.headers["x-amz-target"] == "AmazonSSM.GetParameter"


def test_success_is_one_line_of_json(
    trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    trigger.handler(recorded(), Context())
    [line] = log_lines(capsys)
    assert 0 <= line.pop("duration_seconds") < 5
    assert line == {
        "level": "INFO",
        "message": "Onboarded.",
        "sub": SUB,
        "username": SUB,
        "userPoolId": "eu-central-1_Xy3kLm9Qr",
        "attempt": 1,
    }


@pytest.mark.parametrize(
    ("business_name", "name", "expected"),
    [
        ("Harbour Bakery", "Ada", "Harbour Bakery"),
        ("  Harbour Bakery ", "Ada", "Harbour Bakery"),
        ("", "Ada", "Ada"),
        (" \t", "Ada", "Ada"),
        (None, "Ada", "Ada"),
        (None, None, "owner"),
        ("", "  ", "owner"),
    ],
)
def test_a_blank_name_gives_way_to_the_next(
    business_name: str | None,
    name: str | None,
    expected: str,
    trigger: ModuleType,
    stub: StubAws,
) -> None:
    event = recorded()
    attributes = event["request"]["userAttributes"]
    for key, value in (("custom:business_name", business_name), ("name", name)):
        del attributes[key]
        if value is not None:
            attributes[key] = value
    trigger.handler(event, Context())
    [call] = stub.received(APPSYNC)
    assert call.json["variables"]["name"] == expected


@pytest.mark.parametrize(
    ("given", "family", "expected"),
    [
        ("Ada", "King", "Ada King"),
        (" Ada ", None, "Ada"),
        (None, "King", "King"),
        ("", " ", "owner"),
    ],
)
def test_a_name_is_made_of_a_given_and_a_family_name(
    given: str | None, family: str | None, expected: str, trigger: ModuleType, stub: StubAws
) -> None:
    event = recorded()
    attributes = event["request"]["userAttributes"]
    for key, value in (("given_name", given), ("family_name", family)):
        if value is not None:
            attributes[key] = value
    for key in ("custom:business_name", "name"):
        del attributes[key]
    trigger.handler(event, Context())
    [call] = stub.received(APPSYNC)
    assert call.json["variables"]["name"] == expected


def test_a_federated_user_is_onboarded_under_its_own_username(
    trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    trigger.handler(recorded("federated"), Context())
    [call] = stub.received(APPSYNC)
    assert call.json["variables"] == {
        "email": "ada@partner.example",
        "groupName": "businesses",
        "name": "ada",
        "sub": SUB,
        "username": "partner_ada@partner.example",
    }
    [line] = log_lines(capsys)
    assert (line["sub"], line["username"]) == (SUB, "[e-mail]")


@pytest.mark.parametrize("source", ["ConfirmForgotPassword", "SomethingNew", ""])
def test_any_other_trigger_source_makes_no_call(
    source: str, trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    event = recorded("confirm_forgot_password") | {"triggerSource": f"PostConfirmation_{source}"}
    before = dict(event)
    assert trigger.handler(event, Context()) is event
    assert event == before
    assert stub.operations == []
    assert log_lines(capsys) == []


def told(error: ApiError) -> Answer:
    errors = [{"errorType": error.type, "message": error.message}]
    return answer(error.status, {"errors": errors})


@pytest.mark.parametrize("error", REFUSALS)
def test_a_refusal_is_not_tried_again(error: ApiError, trigger: ModuleType, stub: StubAws) -> None:
    stub.answer(APPSYNC, told(error))
    trigger.handler(recorded(), Context())
    assert stub.operations == [SSM, APPSYNC, DYNAMODB]


@pytest.mark.parametrize(
    "failure",
    [
        *(told(error) for error in TRANSIENT),
        answer(500, {}),
        Answer(502, b"<html>Bad gateway</html>"),
        DROPS,
    ],
)
def test_a_transient_failure_is_tried_once_more(
    failure: Answer, trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.answer(APPSYNC, failure, CREATED)
    pauses: list[None] = []
    trigger.handler(recorded(), Context(), pause=lambda: pauses.append(None))
    assert stub.operations == [SSM, APPSYNC, APPSYNC]
    assert len(pauses) == 1
    first, last = log_lines(capsys)
    assert (first["level"], first["attempt"], first["sub"]) == ("WARNING", 1, SUB)
    assert (last["message"], last["attempt"]) == ("Onboarded.", 2)


def test_a_call_that_hangs_leaves_time_for_a_second_one(trigger: ModuleType, stub: StubAws) -> None:
    stub.answer(APPSYNC, HANGS, CREATED)
    trigger.handler(recorded(), Context(5.0))
    assert stub.operations == [SSM, APPSYNC, APPSYNC]


def test_a_throttled_parameter_store_is_tried_once_more(trigger: ModuleType, stub: StubAws) -> None:
    stub.answer(SSM, service_error("ThrottlingException"), url_is(URL))
    trigger.handler(recorded(), Context())
    assert stub.operations == [SSM, SSM, APPSYNC]


def test_there_is_a_pause_before_the_second_try(trigger: ModuleType) -> None:
    started = time.monotonic()
    trigger.pause_shortly()
    assert time.monotonic() - started >= trigger.PAUSE


@pytest.mark.parametrize(
    "url",
    [
        "https://abc.example.com/graphql",
        "https://abc.appsync-api.us-east-1.amazonaws.com/graphql",
        "https://abc.appsync-api.eu-central-1.amazonaws.com.example.com/graphql",
        "https://abcxappsync-api.eu-central-1.amazonaws.com/graphql",
        "https://abc.appsync-api.eu-central-1.amazonaws.com@example.com/graphql",
        "https://abc.appsync-api.eu-central-1.amazonaws.com/graphql/other",
        "http://abc.appsync-api.eu-central-1.amazonaws.com/graphql",
        "https://[oops/graphql",
        "",
    ],
)
def test_a_parameter_that_names_no_api_of_the_region_gets_no_data(
    url: str, trigger: ModuleType, stub: StubAws
) -> None:
    stub.answer(SSM, url_is(url))
    trigger.handler(recorded(), Context())
    assert stub.operations == [SSM, DYNAMODB]
    [written] = stub.received(DYNAMODB)
    assert b"UnexpectedUrl" in written.body
    trigger.handler(recorded(), Context())
    assert stub.operations[2] == SSM


def test_a_url_that_answers_404_is_read_again(trigger: ModuleType, stub: StubAws) -> None:
    trigger.handler(recorded(), Context())
    stub.answer(SSM, url_is(OTHER_URL))
    stub.answer(APPSYNC, answer(404, {}), CREATED)
    trigger.handler(recorded(), Context())
    assert stub.operations == [SSM, APPSYNC, APPSYNC, SSM, APPSYNC]
    hosts = [call.headers["host"] for call in stub.received(APPSYNC)]
    assert [host.partition(".")[0] for host in hosts] == ["abcdefghij", "abcdefghij", "klmnopqrst"]
    trigger.handler(recorded(), Context())
    assert stub.operations[5:] == [APPSYNC]


def test_the_url_that_was_read_again_may_be_throttled_too(
    trigger: ModuleType, stub: StubAws
) -> None:
    stub.answer(SSM, url_is(URL), url_is(OTHER_URL))
    stub.answer(APPSYNC, answer(404, {}), graphql_error("TooManyRequestsException"), CREATED)
    trigger.handler(recorded(), Context())
    assert stub.operations == [SSM, APPSYNC, SSM, APPSYNC, APPSYNC]


def test_a_404_at_the_same_url_is_a_refusal(trigger: ModuleType, stub: StubAws) -> None:
    stub.answer(APPSYNC, answer(404, {}))
    trigger.handler(recorded(), Context())
    assert stub.operations == [SSM, APPSYNC, SSM, DYNAMODB]

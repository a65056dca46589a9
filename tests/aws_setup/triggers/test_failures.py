"""The reason that the trigger gives when a business cannot be onboarded, and what it logs."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

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
    DYNAMODB,
    SSM,
    Answer,
    StubAws,
    answer,
    graphql_error,
    service_error,
)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REFUSAL = graphql_error("GroupNotAllowed", 'Group "businesses" is not allowed.')


def test_a_refusal_is_recorded_and_not_tried_again(
    trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.answer(APPSYNC, REFUSAL)
    event = recorded()
    assert trigger.handler(event, Context()) is event
    assert event == recorded()
    assert stub.operations == [SSM, APPSYNC, DYNAMODB]
    [line] = log_lines(capsys)
    assert (line["level"], line["message"], line["sub"]) == ("ERROR", "Failed; recorded.", SUB)
    assert (line["type"], line["attempt"]) == ("GroupNotAllowed", 1)


@pytest.mark.parametrize(
    ("failure", "type_", "message"),
    [
        (graphql_error("UserNotFoundException", "No such user."), "UserNotFoundException", "No"),
        (answer(200, {"errors": [{"message": "Validation error."}]}), "GraphQLError", "Validation"),
        (answer(200, {"data": {"createBusinessInGroup": None}}), "UnexpectedAnswer", "The mutat"),
        (answer(200, ["?"]), "UnexpectedAnswer", "The mutation"),
        (
            answer(401, {"errors": [{"errorType": "UnauthorizedException", "message": "No."}]}),
            "UnauthorizedException",
            "No.",
        ),
        (answer(403, {"message": "Forbidden"}), "HttpStatus403", "Forbidden"),
        (answer(403, {"Message": "Forbidden"}), "HttpStatus403", "Forbidden"),
        (Answer(400, b"<html>"), "HttpStatus400", "HTTP status 400."),
        (answer(200, {"errors": "?"}), "GraphQLError", "HTTP status 200."),
        (answer(200, {"errors": ["?"]}), "AttributeError", "'str' object"),
    ],
)
def test_every_refusal_has_a_reason(
    failure: Answer, type_: str, message: str, trigger: ModuleType, stub: StubAws
) -> None:
    stub.answer(APPSYNC, failure)
    trigger.handler(recorded(), Context())
    assert stub.operations == [SSM, APPSYNC, DYNAMODB]
    assert stub.reason[0] == type_
    assert stub.reason[1].startswith(message)


def test_a_second_transient_failure_is_recorded(
    trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.answer(APPSYNC, graphql_error("TooManyRequestsException"))
    trigger.handler(recorded(), Context(), pause=lambda: None)
    assert stub.operations == [SSM, APPSYNC, APPSYNC, DYNAMODB]
    assert [line["attempt"] for line in log_lines(capsys)] == [1, 2]


def test_a_missing_parameter_is_recorded(trigger: ModuleType, stub: StubAws) -> None:
    stub.answer(SSM, service_error("ParameterNotFound", "/stack/graphql-url"))
    trigger.handler(recorded(), Context())
    assert stub.operations == [SSM, DYNAMODB]
    assert stub.reason[0] == "ParameterNotFound"


def test_a_long_message_is_cut(trigger: ModuleType, stub: StubAws) -> None:
    stub.answer(APPSYNC, graphql_error("GroupNotAllowed", "é" * 5000))
    trigger.handler(recorded(), Context())
    assert stub.reason[1] == "é" * 1000


def test_no_address_in_an_error_message_reaches_the_log(
    trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.answer(
        APPSYNC, graphql_error("BadValue", f'Variable "{EMAIL}", or <a@b.example>, is bad.')
    )
    trigger.handler(recorded(), Context())
    [line] = log_lines(capsys)
    assert line["reason"] == "Variable [e-mail] or [e-mail] is bad."
    assert EMAIL in stub.reason[1]


def spoil(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    event = recorded()
    change(event)
    return event


@pytest.mark.parametrize(
    ("event", "found"),
    [
        (spoil(lambda event: event.pop("request")), SUB),
        (spoil(lambda event: event.pop("triggerSource")), SUB),
        (spoil(lambda event: event["request"].update(userAttributes=None)), SUB),
        ({"userName": EMAIL}, "[e-mail]"),
        (None, None),
        (["?"], None),
    ],
)
def test_an_event_of_another_shape_is_logged_and_returned(
    event: object,
    found: str | None,
    trigger: ModuleType,
    stub: StubAws,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert trigger.handler(event, Context()) is event
    [line] = log_lines(capsys)
    assert (line["level"], line["message"]) == ("CRITICAL", "Broken; NOT recorded.")
    assert line["username"] == found
    assert stub.operations == []


def test_a_user_without_a_sub_is_logged(
    trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.answer(DYNAMODB, service_error("ValidationException", "An empty key is not valid."))
    trigger.handler(spoil(lambda event: event["request"]["userAttributes"].pop("sub")), Context())
    [line] = log_lines(capsys)
    assert (line["type"], line["username"]) == ("MissingSub", SUB)
    assert "NOT recorded: CallError: ValidationException" in line["message"]


def test_a_fault_of_our_own_is_recorded_too(
    trigger: ModuleType, stub: StubAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAPHQL_URL_PARAMETER")
    trigger.handler(recorded(), Context())
    assert stub.operations == [DYNAMODB]
    assert stub.reason == ("KeyError", "'GRAPHQL_URL_PARAMETER'")


def test_a_fault_of_our_own_in_the_record_is_logged_with_the_user(
    trigger: ModuleType,
    stub: StubAws,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stub.answer(APPSYNC, REFUSAL)
    monkeypatch.delenv("ONBOARDING_TABLE")
    event = recorded()
    assert trigger.handler(event, Context()) is event
    [line] = log_lines(capsys)
    assert (line["level"], line["sub"], line["type"]) == ("CRITICAL", SUB, "GroupNotAllowed")
    assert line["message"] == "Failed; NOT recorded: KeyError: 'ONBOARDING_TABLE'"

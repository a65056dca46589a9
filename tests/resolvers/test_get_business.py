"""Query.getBusiness: its owner and IAM see a business; nobody else learns whether it exists."""

from typing import Any

import pytest

from tests.resolvers.evaluation import error_of, run, value_of

FILE = "getBusiness.js"
BUSINESS = {"id": "sub-1", "owner": "sub-1::ada", "name": "Bakery", "email": "ada@example.com"}
OWNER = {"sub": "sub-1", "username": "ada", "claims": {}, "groups": ["businesses"]}
IAM = {
    "accountId": "123456789012",
    "userArn": "arn:aws:sts::123456789012:assumed-role/site/one",
    "username": "AROAEXAMPLE:one",
}


def answered(identity: dict[str, Any] | None, business: dict[str, Any] | None) -> dict[str, Any]:
    """Return the context of a response to `identity` where the table holds `business`."""
    return {"args": {"id": "sub-1"}, "identity": identity, "result": business, "stash": {}}


def test_a_business_is_read_by_its_id() -> None:
    request = value_of(run(FILE, "request", answered(OWNER, None)))
    assert request == {"operation": "GetItem", "key": {"id": {"S": "sub-1"}}}


@pytest.mark.parametrize("identity", [OWNER, IAM], ids=["owner", "iam"])
def test_its_owner_and_iam_see_a_business(identity: dict[str, Any]) -> None:
    assert value_of(run(FILE, "response", answered(identity, BUSINESS))) == BUSINESS


def test_iam_learns_that_a_business_is_missing() -> None:
    assert value_of(run(FILE, "response", answered(IAM, None))) is None


@pytest.mark.parametrize(
    ("identity", "business"),
    [
        pytest.param({"sub": "sub-2", "username": "eve"}, BUSINESS, id="another person's"),
        pytest.param({"sub": "sub-1", "username": "eve"}, BUSINESS, id="another username"),
        pytest.param({"sub": "sub-2", "username": "ada"}, BUSINESS, id="another sub"),
        pytest.param(OWNER, None, id="missing"),
        pytest.param(OWNER, {"id": "sub-1"}, id="without an owner"),
        pytest.param({"sub": "sub-2", "username": "eve"}, None, id="missing and another person's"),
        pytest.param({"username": "ada"}, BUSINESS, id="an identity of neither kind"),
        pytest.param({}, {"id": "sub-1", "owner": "undefined::undefined"}, id="nobody"),
        pytest.param(None, BUSINESS, id="no identity"),
        pytest.param(
            {**IAM, "sub": "sub-2", "username": "eve"}, BUSINESS, id="a user who claims an ARN"
        ),
    ],
)
def test_everybody_else_gets_one_and_the_same_refusal(
    identity: dict[str, Any] | None, business: dict[str, Any] | None
) -> None:
    error = error_of(run(FILE, "response", answered(identity, business)))
    # The runtime writes the message of util.unauthorized(); it names the field, not the id.
    assert (error.error_type, error.message) == ("Unauthorized", None)
    assert (error.data, error.error_info) == (None, None)


@pytest.mark.parametrize("identity", [OWNER, IAM], ids=["owner", "iam"])
def test_an_error_of_dynamodb_keeps_its_type_and_message(identity: dict[str, Any]) -> None:
    failed = {"message": "Slow down", "type": "DynamoDB:ThrottlingException"}
    error = error_of(run(FILE, "response", {**answered(identity, None), "error": failed}))
    assert (error.error_type, error.message) == ("DynamoDB:ThrottlingException", "Slow down")

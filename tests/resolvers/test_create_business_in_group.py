"""The steps of Mutation.createBusinessInGroup: what each asks of its service, what it answers."""

import json
from typing import Any

import pytest

from tests.resolvers.evaluation import NOW, RESOLVERS, error_of, run, value_of

PIPELINE = "createBusinessInGroup/pipeline.js"
CHECK = "createBusinessInGroup/checkUser.js"
ADD_USER = "createBusinessInGroup/addUserToGroup.js"
CREATE = "createBusinessInGroup/createBusiness.js"
SEARCH_KEYS = "makeSearchKeys.js"

SUB = "5f2c1c0e-9f0a-4d55-8c1b-3f6f3a8c9d10"
ARGUMENTS = {
    "email": "Ada@Bäckerei.Example",
    "groupName": "businesses",
    "name": "Bäckerei ÜBERMUT",
    "sub": SUB,
    "username": "ada",
}
POOL = "eu-central-1_Example01"


def asked(group: str, allowed: str | None) -> dict[str, Any]:
    """Return the context of a request for `group` on an API that allows `allowed`."""
    env = {"USER_POOL_ID": POOL} | ({} if allowed is None else {"ALLOWED_GROUPS": allowed})
    return {"args": {**ARGUMENTS, "groupName": group}, "env": env, "stash": {}}


def answered(status: int, body: str | None) -> dict[str, Any]:
    """Return the context of a response to `status` and `body` from Cognito."""
    result = {"statusCode": status, "headers": {}, "body": body}
    return {**asked("businesses", "businesses"), "result": result}


def known(*attributes: tuple[str, str]) -> dict[str, Any]:
    """Return the context of a response to Cognito's answer about a user with these attributes."""
    user = {
        "Enabled": True,
        "UserAttributes": [{"Name": name, "Value": value} for name, value in attributes],
        "UserCreateDate": 1.7954262e9,
        "UserStatus": "CONFIRMED",
        "Username": "ada",
    }
    return answered(200, json.dumps(user))


def test_who_comes_through_an_identity_pool_onboards_nobody() -> None:
    identity = {"userArn": "arn:aws:sts::1:assumed-role/r/s", "cognitoIdentityId": "x:1"}
    context = {**asked("businesses", "businesses"), "identity": identity}
    assert error_of(run(CHECK, "request", context)).error_type == "Unauthorized"


def test_cognito_is_asked_for_the_user_of_the_username() -> None:
    assert value_of(run(CHECK, "request", asked("businesses", "businesses"))) == {
        "method": "POST",
        "resourcePath": "/",
        "params": {
            "headers": {
                "content-type": "application/x-amz-json-1.1",
                "x-amz-target": "AWSCognitoIdentityProviderService.AdminGetUser",
            },
            "body": {"UserPoolId": POOL, "Username": "ada"},
        },
    }


def test_the_user_with_the_sub_is_let_through() -> None:
    user = known(("email", "ada@example.com"), ("sub", SUB), ("custom:sub", "x"))
    assert value_of(run(CHECK, "response", user)) is True


@pytest.mark.parametrize(
    "sub", ["another", SUB.upper(), f"{SUB} ", SUB[:-1], "", "null", "undefined"]
)
def test_a_user_with_another_sub_is_not(sub: str) -> None:
    context = known(("email", SUB), ("custom:sub", SUB), ("sub", sub or "another"))
    error = error_of(run(CHECK, "response", {**context, "args": {**ARGUMENTS, "sub": SUB}}))
    assert error.error_type == "UsernameOfAnotherUser"
    assert error.message == "This user is gone; the username belongs to somebody else now."


@pytest.mark.parametrize("body", [None, "", "{}", "[]", "<html>", '{"UserAttributes": []}'])
@pytest.mark.parametrize("sub", [SUB, "undefined", ""])
def test_an_answer_that_names_no_sub_lets_nobody_through(body: str | None, sub: str) -> None:
    context = {**answered(200, body), "args": {**ARGUMENTS, "sub": sub}}
    error = error_of(run(CHECK, "response", context))
    assert (error.error_type, error.message) == (
        "UnexpectedAnswer",
        "Cognito answered without a sub.",
    )


def test_both_calls_of_cognito_read_a_refusal_alike() -> None:
    """Files of APPSYNC_JS cannot share code."""
    checking, adding = ((RESOLVERS / file).read_text() for file in (CHECK, ADD_USER))
    assert (
        checking.partition("/**\n * Cognito's own error")[1:]
        == (adding.partition("/**\n * Cognito's own error")[1:])
    )


@pytest.mark.parametrize(
    ("group", "allowed"),
    [
        ("businesses", "businesses"),
        ("businesses", "partners,businesses"),
        ("businesses", " partners , businesses "),
        ("head office", "businesses, head office"),
    ],
)
def test_an_allowed_group_becomes_one_call_of_cognito(group: str, allowed: str) -> None:
    assert value_of(run(ADD_USER, "request", asked(group, allowed))) == {
        "method": "POST",
        "resourcePath": "/",
        "params": {
            "headers": {
                "content-type": "application/x-amz-json-1.1",
                "x-amz-target": "AWSCognitoIdentityProviderService.AdminAddUserToGroup",
            },
            "body": {"UserPoolId": POOL, "Username": "ada", "GroupName": group},
        },
    }


@pytest.mark.parametrize(
    ("group", "allowed"),
    [
        ("admins", "businesses"),
        ("business", "businesses"),
        ("Businesses", "businesses"),
        (" businesses", "businesses"),
        ("partners,businesses", "partners,businesses"),
        ("businesses", ""),
        ("businesses", None),
        ("", "businesses,"),
        ("", ""),
    ],
)
def test_any_other_group_is_refused_before_cognito_is_called(
    group: str, allowed: str | None
) -> None:
    error = error_of(run(ADD_USER, "request", asked(group, allowed)))
    assert error.error_type == "GroupNotAllowed"
    assert error.message == f'Group "{group}" is not in ALLOWED_GROUPS of this API.'


@pytest.mark.parametrize("body", ["", None, "{}"])
def test_a_200_is_success_whatever_its_body(body: str | None) -> None:
    assert value_of(run(ADD_USER, "response", answered(200, body))) is True


@pytest.mark.parametrize("step", [CHECK, ADD_USER])
@pytest.mark.parametrize(
    ("status", "body", "error_type", "message"),
    [
        (
            400,
            json.dumps({"__type": "UserNotFoundException", "message": "User does not exist."}),
            "UserNotFoundException",
            "User does not exist.",
        ),
        (
            400,
            json.dumps({"__type": "TooManyRequestsException", "message": "Rate exceeded"}),
            "TooManyRequestsException",
            "Rate exceeded",
        ),
        (
            400,
            json.dumps({"__type": "com.example.idp#ResourceNotFoundException", "message": "Gone"}),
            "ResourceNotFoundException",
            "Gone",
        ),
        (
            400,
            json.dumps({"__type": "AccessDeniedException", "Message": "Not authorized."}),
            "AccessDeniedException",
            "Not authorized.",
        ),
        (
            400,
            f"\n {json.dumps({'__type': 'InternalErrorException'})}",
            "InternalErrorException",
            "Cognito answered with HTTP status 400.",
        ),
        (403, json.dumps({"message": "Forbidden"}), "HttpStatus403", "Forbidden"),
    ],
)
def test_an_error_of_cognito_keeps_its_type_and_message(
    step: str, status: int, body: str, error_type: str, message: str
) -> None:
    error = error_of(run(step, "response", answered(status, body)))
    assert (error.error_type, error.message) == (error_type, message)


@pytest.mark.parametrize("step", [CHECK, ADD_USER])
@pytest.mark.parametrize(
    "body",
    ["<html>Service Unavailable</html>", '{"__type": "Cut', "{oops}", "[]", '"text"', "", None],
)
@pytest.mark.verified_by("what_the_runtime_makes_of_javascript")
def test_an_answer_that_is_no_json_object_is_told_by_its_status(
    step: str, body: str | None
) -> None:
    error = error_of(run(step, "response", answered(503, body)))
    assert error.error_type == "HttpStatus503"
    assert error.message == "Cognito answered with HTTP status 503."


@pytest.mark.parametrize("step", [CHECK, ADD_USER, CREATE])
def test_an_error_of_the_data_source_keeps_its_type_and_message(step: str) -> None:
    failed = {"message": "Connection timed out", "type": "Timeout"}
    context = {**asked("businesses", "businesses"), "error": failed, "result": None}
    error = error_of(run(step, "response", context))
    assert (error.error_type, error.message) == ("Timeout", "Connection timed out")


def put_of(**arguments: str) -> dict[str, Any]:
    """Return what the last step asks of DynamoDB, after the step before it."""
    context = {"args": {**ARGUMENTS, **arguments}, "env": {}, "stash": {}}
    stash = run(SEARCH_KEYS, "response", context).stash
    request: dict[str, Any] = value_of(run(CREATE, "request", {**context, "stash": stash}))
    return request


def test_the_business_is_the_record_of_the_design() -> None:
    request = put_of()
    assert (request["operation"], request["key"]) == ("PutItem", {"id": {"S": SUB}})
    assert request["attributeValues"] == {
        "__typename": {"S": "Business"},
        "owner": {"S": f"{SUB}::ada"},
        "name": {"S": "Bäckerei ÜBERMUT"},
        "email": {"S": "Ada@Bäckerei.Example"},
        "groupName": {"S": "businesses"},
        "nameKey": {"S": "bäckerei übermut"},
        "emailKey": {"S": "ada@bäckerei.example"},
        "createdAt": {"S": NOW},
        "updatedAt": {"S": NOW},
    }


def test_a_name_too_long_for_an_index_key_is_kept_whole_beside_a_cut_key() -> None:
    values = put_of(name="Ü" * 1000)["attributeValues"]
    assert values["name"] == {"S": "Ü" * 1000}
    assert values["nameKey"] == {"S": "ü" * 256}
    assert len(values["nameKey"]["S"].encode()) <= 1024


@pytest.mark.verified_by("what_each_resolver_step_makes")
def test_the_put_is_conditional_on_the_absence_of_a_record_that_is_not_deleted() -> None:
    condition = put_of()["condition"]
    assert condition["expression"] == (
        "((attribute_not_exists(#id)) OR (#_deleted = :or_1__deleted_eq))"
    )
    assert condition["expressionNames"] == {"#id": "id", "#_deleted": "_deleted"}
    assert condition["expressionValues"] == {":or_1__deleted_eq": {"BOOL": True}}


def test_a_written_business_is_success() -> None:
    context = {**asked("businesses", "businesses"), "result": {"id": SUB}}
    assert value_of(run(CREATE, "response", context)) is True


def test_a_business_that_is_there_already_is_success() -> None:
    failed = {
        "message": "The conditional request failed",
        "type": "DynamoDB:ConditionalCheckFailedException",
    }
    context = {**asked("businesses", "businesses"), "error": failed, "result": {"id": SUB}}
    assert value_of(run(CREATE, "response", context)) is True


@pytest.mark.parametrize(
    "error_type",
    ["DynamoDB:ProvisionedThroughputExceededException", "DynamoDB:DynamoDbException"],
)
def test_another_error_of_dynamodb_is_not_success(error_type: str) -> None:
    context = {
        **asked("businesses", "businesses"),
        "error": {"message": "Refused", "type": error_type},
    }
    error = error_of(run(CREATE, "response", context))
    assert (error.error_type, error.message) == (error_type, "Refused")


def test_the_pipeline_answers_what_its_last_step_answered() -> None:
    assert value_of(run(PIPELINE, "request", asked("businesses", "businesses"))) == {}
    context = {**asked("businesses", "businesses"), "prev": {"result": True}}
    assert value_of(run(PIPELINE, "response", context)) is True

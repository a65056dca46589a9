"""EvaluateCode of the embedded AWS, through boto3."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.support import ECHO, REGION, RUNTIME, client


def evaluate(aws: LocalAws, code: str, context: Any, function: str = "request") -> Any:
    return client(aws, "appsync").evaluate_code(
        runtime=RUNTIME, code=code, context=json.dumps(context), function=function
    )


def test_a_handler_is_run_on_the_context(local_aws: LocalAws) -> None:
    answer = evaluate(local_aws, ECHO, {"arguments": {"a": 1}})
    assert json.loads(answer["evaluationResult"]) == {"payload": {"a": 1}}
    answer = evaluate(local_aws, ECHO, {"result": "ü"}, "response")
    assert json.loads(answer["evaluationResult"]) == "ü"


def test_the_stash_is_handed_back(local_aws: LocalAws) -> None:
    code = "export function request(ctx) { ctx.stash.a = 1; return null; }"
    answer = evaluate(local_aws, code, {"stash": {"b": 2}})
    assert (json.loads(answer["stash"]), answer["evaluationResult"]) == ({"a": 1, "b": 2}, "null")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("util.error('No.', 'Refused')", "No."),
        ("util.unauthorized()", "Unauthorized"),
        ("null.a", "code.js:2:22: TypeError: cannot read property 'a' of null"),
    ],
)
def test_a_handler_that_fails_is_answered(local_aws: LocalAws, body: str, message: str) -> None:
    code = f"import {{ util }} from '@aws-appsync/utils';\nexport function request() {{ {body}; }}"
    answer = evaluate(local_aws, code, {})
    assert answer["error"]["message"] == message
    assert "evaluationResult" not in answer


@pytest.mark.parametrize(
    ("code", "message", "found"),
    [
        (
            "const a = 1;\nexport function (",
            "code.js(2,1): error SyntaxError: unsupported keyword: export",
            ("PARSE_ERROR", 2, 1, 1),
        ),
        (
            "export function request() {\n  return 'a'.replace(/a/, 'b');\n}",
            "Error: code.js(2,22): error @aws-appsync/no-regex: Regex literals are not supported.",
            ("LINT_ERROR", 2, 22, 3),
        ),
        (
            "export function request() { return util.time.toISO8601(1); }",
            "code.js(1,46): error TS2339: Property 'toISO8601' does not exist on type 'TimeUtils'.",
            ("PARSE_ERROR", 1, 46, 9),
        ),
        (
            "export function response() { return null; }",
            "Error: Unable to find valid export for request",
            ("MISSING_MAPPING_EXPORT", 0, 0, 0),
        ),
    ],
)
def test_code_that_appsync_refuses_is_answered_with_the_place(
    local_aws: LocalAws, code: str, message: str, found: tuple[str, int, int, int]
) -> None:
    error = evaluate(local_aws, code, {})["error"]
    error_type, line, column, span = found
    assert error == {
        "message": message,
        "codeErrors": [
            {
                "errorType": error_type,
                "value": f"{message.removeprefix('Error: ')}\n",
                "location": {"line": line, "column": column, "span": span},
            }
        ],
    }


def test_what_the_code_logs_is_answered(local_aws: LocalAws) -> None:
    code = """export function request(ctx) {
    console.log("This request is allowed");
    console.error("no", { a: [1] });
    return null;
}"""
    assert evaluate(local_aws, code, {})["logs"] == [
        'INFO - code.js:2:5: "This request is allowed"',
        'ERROR - code.js:3:5: "no" {"a":[1]}',
    ]


def test_appended_errors_are_answered(local_aws: LocalAws) -> None:
    code = "export function request() { util.appendError('a', 'A', { id: 1 }); return 1; }"
    answer = evaluate(local_aws, code, {})
    expected = {"message": "a", "errorType": "A", "data": {"id": 1}, "errorInfo": None}
    assert (json.loads(answer["outErrors"]), answer["evaluationResult"]) == ([expected], "1")


@pytest.mark.parametrize("context", ["{]", "[]"])
def test_a_context_that_is_no_object_is_refused(local_aws: LocalAws, context: str) -> None:
    with pytest.raises(ClientError, match="BadRequestException"):
        client(local_aws, "appsync").evaluate_code(runtime=RUNTIME, code=ECHO, context=context)


def test_it_takes_a_policy_that_allows_it(local_aws: LocalAws) -> None:
    iam = client(local_aws, "iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    appsync: Any = boto3.client(
        "appsync",
        region_name=REGION,
        endpoint_url=local_aws.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        appsync.evaluate_code(runtime=RUNTIME, code=ECHO, context="{}")

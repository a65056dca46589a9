"""Code that the APPSYNC_JS runtime does not take is found, and no other code is."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.appsync.javascript.code_check.check import findings_in
from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.code_check.cases import (
    REFUSED,
    REFUSED_MODULES,
    TAKEN,
    TAKEN_MODULES,
)
from tests.aws_setup.local.appsync.support import RUNTIME, client

RESOLVERS = Path(__file__).parents[5] / "resolvers"
RESPONSE = "\nexport function response(ctx) { return ctx.result; }"


def handlers(body: str) -> str:
    return f"export function request(ctx) {{ {body} }}{RESPONSE}"


@pytest.mark.parametrize(
    ("body", "words"),
    [(body, words) for cases in REFUSED.values() for body, words in cases.items()],
)
def test_what_appsync_does_not_take_is_found_in_the_words_of_appsync(body: str, words: str) -> None:
    found = findings_in(handlers(body))
    expected = f"@aws-appsync/{words}: " if words.startswith("no-") else words
    assert any(f"): error {expected}" in each.words for each in found), found


@pytest.mark.parametrize("extra", REFUSED_MODULES)
def test_modules_and_helpers_that_there_are_not_are_found(extra: str) -> None:
    [found] = findings_in(f"{extra}{handlers('return 1;')}")
    assert f"error {REFUSED_MODULES[extra]}" in found.words


@pytest.mark.parametrize("body", TAKEN)
def test_what_appsync_takes_is_taken(body: str) -> None:
    assert findings_in(handlers(body)) == ()


@pytest.mark.parametrize("extra", TAKEN_MODULES)
def test_modules_and_helpers_that_there_are_are_taken(extra: str) -> None:
    assert findings_in(f"{extra}\n{handlers('return 1;')}") == ()


@pytest.mark.parametrize(
    "code",
    [
        "const request = (ctx) => ctx; const response = request(1); export { request, response };",
        "const a = 1, b = 2; export { a as request, b as response };",
        "export const request = (ctx) => ctx.args, response = (ctx) => ctx.result;",
    ],
)
def test_both_handlers_may_be_exported_in_any_way(code: str) -> None:
    assert findings_in(code) == ()


def test_a_handler_that_is_not_exported_is_missed() -> None:
    [found] = findings_in("export function request() { return {}; }")
    assert found.words == "Unable to find valid export for response"
    assert [each.words for each in findings_in("const a = 1;")] == [
        "Unable to find valid export for request",
        "Unable to find valid export for response",
    ]


def test_every_mistake_is_found_with_its_place() -> None:
    code = "export function request(ctx) {\n  const ü = '\U0001f600'; while (ctx) { a++; }\n}"
    assert [(each.line, each.column, each.span) for each in findings_in(code + RESPONSE)] == [
        (2, 18, 20),
        (2, 32, 1),
        (2, 32, 3),
    ]


@pytest.mark.parametrize("path", sorted(RESOLVERS.rglob("*.js")), ids=lambda path: path.name)
def test_our_own_resolvers_are_taken(path: Path) -> None:
    found = findings_in(path.read_text("utf-8"))
    assert found == ()


def test_code_that_ends_too_early_is_found_at_its_end() -> None:
    [found] = findings_in("export function request( {\n")
    assert found.words == "code.js(1,27): error SyntaxError: the code ends too early"


@pytest.mark.parametrize(
    "call", ["create_function", "update_function", "create_resolver", "update_resolver"]
)
def test_every_call_that_brings_code_checks_it(local_aws: LocalAws, call: str) -> None:
    appsync = client(local_aws, "appsync")
    api_id = appsync.create_graphql_api(name="api", authenticationType="AWS_IAM")["graphqlApi"][
        "apiId"
    ]
    appsync.create_data_source(apiId=api_id, name="Nothing", type="NONE")
    members: dict[str, Any] = {"apiId": api_id, "dataSourceName": "Nothing", "runtime": RUNTIME}
    names = {"name": "step"} if "function" in call else {"typeName": "Query", "fieldName": "a"}
    if "update_function" in call:
        made = appsync.create_function(**members, **names, code=handlers("return 1;"))
        names["functionId"] = made["functionConfiguration"]["functionId"]
    if "update_resolver" in call:
        appsync.create_resolver(**members, **names, code=handlers("return 1;"))
    with pytest.raises(ClientError) as caught:
        getattr(appsync, call)(**members, **names, code=handlers("while (ctx) {}"))
    answer: Any = caught.value.response
    assert answer["Error"]["Code"] == "BadRequestException"
    assert answer["reason"] == "CODE_ERROR"
    [found] = answer["detail"]["codeErrors"]
    words = "@aws-appsync/no-while: While statements are not supported."
    assert found == {
        "errorType": "LINT_ERROR",
        "value": f"code.js(1,32): error {words}\n",
        "location": {"line": 1, "column": 32, "span": 14},
    }
    stored = appsync.list_functions(apiId=api_id)["functions"]
    assert all("while" not in each["code"] for each in stored)

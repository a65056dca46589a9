"""Code that the APPSYNC_JS runtime does not take is refused when it is deployed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.appsync.javascript.restrictions import violations
from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.support import RUNTIME, client

BOTH = "export function request(ctx) {{ {} }}\nexport function response(ctx) {{ return ctx; }}"
REFUSED = {
    "for (let i = 0; i < 3; i += 1) {}": "for loops are not supported",
    "for (;;) {}": "for loops are not supported",
    "while (true) {}": "while loops are not supported",
    "throw 'no';": "throw is not supported; use util.error",
    "try { ctx.x; } catch { }": "try and catch are not supported",
    "const later = async () => 1;": "async functions and promises are not supported",
    "class A {}": "classes are not supported",
    "for (const x of ctx.args) { if (x) continue; }": "continue is not supported",
    "let i = 0; i++;": "the operators ++, -- and ~ are not supported",
    "return this;": "this is not supported",
    "return /a+/;": "regular expressions are not supported; use util.matches",
    "return `${missing}`;": "missing is not defined",
    "return put({});": "put is not defined",
    "return new Date();": "Date is not defined",
}
TAKEN = [
    "for (const x of ctx.args.list) { ctx.stash.x = x; }",
    "for (const key in ctx.args) { ctx.stash[key] = 1; }",
    "return 'while (true) throw missing';",
    "return { class: 1, while: 2, throw: ctx.this };",
    "// async for (;;)\nreturn `try ${ctx.args.x} catch`;",
    "const { a, ...rest } = ctx.args; return [a, rest].map((one) => one);",
    "const { LIMIT = '5', TABLE: table = '' } = ctx.env; return [LIMIT, table];",
    "return `${ctx.args.a ? 'while missing' : ''}`;",
    "const { a: { b, c = 1 }, d = { e: 2 } } = ctx.args; return [b, c, d];",
    "const [first = 1, [second]] = ctx.args.list; return [first, second];",
    "const half = ctx.args.a / 2 / 1; return half;",
    "return util.time.nowISO8601();",
]


@pytest.mark.parametrize("body", REFUSED)
def test_what_the_runtime_does_not_take_is_named_with_its_line(body: str) -> None:
    [found, *_] = violations(BOTH.format(body))
    assert found.startswith("code.js:1: ")
    assert REFUSED[body] in found


@pytest.mark.parametrize("body", TAKEN)
def test_what_the_runtime_takes_is_taken(body: str) -> None:
    assert violations(BOTH.format(body)) == ()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (BOTH.format("while (true) {}"), "code.js:1: while loops are not supported"),
        ("export function request() { return {}; }", "The code does not export response."),
        ("export function request( {", "SyntaxError"),
        (
            "import { nothing } from '@aws-appsync/utils';\n" + BOTH.format("return nothing;"),
            "code.js:1: @aws-appsync/utils has no export nothing",
        ),
    ],
)
def test_a_function_with_such_code_is_not_created(
    local_aws: LocalAws, code: str, said: str
) -> None:
    appsync = client(local_aws, "appsync")
    api = appsync.create_graphql_api(name="api", authenticationType="AWS_IAM")["graphqlApi"]
    appsync.create_data_source(apiId=api["apiId"], name="Nothing", type="NONE")
    with pytest.raises(ClientError) as caught:
        appsync.create_function(
            apiId=api["apiId"], name="step", dataSourceName="Nothing", runtime=RUNTIME, code=code
        )
    answer: Any = caught.value.response
    assert answer["Error"]["Code"] == "BadRequestException"
    assert said in str(answer["detail"]["codeErrors"])
    assert appsync.list_functions(apiId=api["apiId"])["functions"] == []

import re
from typing import Any

import pytest
import quickjs

from aws_setup.local.appsync.javascript import engine as javascript
from aws_setup.local.appsync.javascript.engine import (
    CodeInvalid,
    EvaluationContext,
    NotSupported,
    Outcome,
    ScriptError,
    check,
    evaluate,
)

MOMENT = EvaluationContext(
    now_milliseconds=1_764_000_000_123, seed=(1, 2, 3, 4), auth_type="IAM Authorization"
)
TIME_LIMIT_SECONDS = 0.1
BOTH = "export function request() {} export function response() {}"


def run(code: str, **context: Any) -> Outcome:
    return evaluate(code, "request", {"stash": {}, **context}, MOMENT, TIME_LIMIT_SECONDS)


def value(expression: str, **context: Any) -> Any:
    outcome = run(f"export function request(ctx) {{ return {expression}; }}", **context)
    assert outcome.status == "ok", outcome.error
    return outcome.value


def error(expression: str) -> ScriptError:
    outcome = run(f"export function request(ctx) {{ return {expression}; }}")
    assert outcome.error is not None
    return outcome.error


@pytest.mark.parametrize(
    "imports",
    [
        "import { util } from '@aws-appsync/utils';",
        'import {util} from "@aws-appsync/utils"',
        "import {\n  runtime,\n  util,\n} from '@aws-appsync/utils';",
        "import { util as tools } from '@aws-appsync/utils'; const util = tools;",
        "import * as all from '@aws-appsync/utils'; const util = all.util;",
        "import '@aws-appsync/utils';",
        "/* import x from 'y'; */ // export { z }\n",
        "const text = `import a from 'b';\nexport function c() {}`;",
    ],
)
def test_imports_of_every_form_are_understood(imports: str) -> None:
    code = f"{imports}\nexport function request() {{ return util.urlEncode('a b'); }}"
    assert run(code).value == "a+b"


@pytest.mark.parametrize(
    "exports",
    [
        "export function request() { return 1; }",
        "export const request = () => 1;",
        "function handle() { return 1; }\nexport { handle as request };",
        "const request = () => 1;\nexport { request };",
    ],
)
def test_exports_of_every_form_are_understood(exports: str) -> None:
    assert run(exports).value == 1


def test_a_handler_that_is_not_exported_is_missing() -> None:
    assert run("function request() { return 1; }").status == "missing"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import fs from 'fs';", 'import of "fs" is not supported by the embedded AWS.'),
        (
            "import { select } from '@aws-appsync/utils/rds'; select();",
            "@aws-appsync/utils/rds.select is not supported by the embedded AWS.",
        ),
        ("util.rds.toJsonObject('');", "util.rds.toJsonObject is not supported"),
    ],
)
def test_a_module_that_is_not_there_fails_by_its_name(code: str, message: str) -> None:
    with pytest.raises(NotSupported, match=message):
        check(f"{code}\n{BOTH}")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("export function request( {", "SyntaxError"),
        ("const now = new Date();", "code.js:1:.*ReferenceError: Date is not defined"),
        ("util.error('no');", "no"),
        ("import util from '@aws-appsync/utils';", "has no default export"),
        ("throw 'anything';", "anything"),
        ("while (true) {}", "interrupted"),
        (f"//{'x' * 32_767}", "32769 characters; AppSync allows 32768"),
    ],
)
def test_code_that_appsync_would_not_take_is_refused(code: str, message: str) -> None:
    with pytest.raises(CodeInvalid, match=message):
        check(code, TIME_LIMIT_SECONDS)


def test_code_of_the_greatest_length_is_taken() -> None:
    check(BOTH + " " * (javascript.MAXIMUM_CODE_LENGTH - len(BOTH)))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("while (true) {}", "InternalError: interrupted"),
        ("const all = []; while (true) all.push(new Array(1000).fill(1));", "out of memory"),
        ("return new Array(1e9).fill('x').join();", "out of memory"),
        ("const f = () => f(); return f();", "Maximum call stack size exceeded"),
        (f"return /^(a+)+$/.test('{'a' * 40}b');", "interrupted"),
    ],
)
def test_no_code_outlives_its_limits(statement: str, message: str) -> None:
    outcome = run(f"export function request() {{ {statement} }}", stash={"kept": 1})
    assert outcome.error is not None
    assert outcome.error.error_type == "Code"
    assert message in str(outcome.error.message)


def test_a_mistake_is_told_with_its_line() -> None:
    found = run("export function request(ctx) {\n  const name = ctx.args.name;\n  return name;\n}")
    assert found.error is not None
    assert re.fullmatch(r"code\.js:2:\d+: TypeError: .*'name'.*", str(found.error.message))
    assert found.error.error_type == "Code"


def test_one_evaluation_leaves_nothing_to_the_next() -> None:
    assert run("export function request() { globalThis.left = 1; return left; }").value == 1
    assert "ReferenceError: left is not defined" in str(error("left").message)


@pytest.mark.parametrize(
    "name", ["process", "require", "fetch", "std", "os", "setTimeout", "Date", "Promise"]
)
def test_the_engine_has_no_way_out(name: str) -> None:
    assert value(f"typeof {name}") == "undefined"


STRING_METHODS = (
    "charAt concat endsWith indexOf lastIndexOf replace replaceAll slice split startsWith "
    "toLowerCase toUpperCase trim trimEnd trimStart"
)


def test_strings_have_the_methods_that_appsync_lists_and_no_others() -> None:
    everything = quickjs.Context().eval("Object.getOwnPropertyNames(String.prototype).join()")
    names = value(f"{everything.split(',')}.filter((name) => ''[name] !== undefined)")
    # Those of Object.prototype are inherited.
    always = {"length", "constructor", "toString", "valueOf", "toLocaleString"}
    assert set(names) - always == set(STRING_METHODS.split())
    assert value("[typeof String.fromCharCode, typeof String.fromCodePoint]") == ["undefined"] * 2


@pytest.mark.parametrize("call", ["normalize('NFC')", "codePointAt(0)", "includes('b')", "at(0)"])
def test_a_method_that_appsync_does_not_list_fails_where_it_is_called(call: str) -> None:
    found = error(f"'bäckerei'.{call}")
    assert re.fullmatch(r"code\.js:1:\d+: TypeError: .*not a function", str(found.message))


@pytest.mark.parametrize(
    "call",
    ["[1].entries()", "[1].keys()", "[...[1].values()]", "Array.from([1])", "Object.freeze({})"],
)
def test_a_method_that_the_plugin_denies_fails_where_it_is_called(call: str) -> None:
    assert re.fullmatch(r"code\.js:1:\d+: TypeError: .*not a function", str(error(call).message))


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("util.time.nowFormatted('yyyy', 'Australia/Perth')", "The time zone Australia/Perth"),
        ("util.time.nowFormatted('YYYY')", "The format letter Y"),
        ("util.escapeJavaScript('a')", "util.escapeJavaScript"),
        ("util.xml.toMap('<a/>')", "util.xml.toMap"),
        ("util.autoKsuid()", "util.autoKsuid"),
        ("util.defaultIfNull(1, 2)", "util.defaultIfNull"),
        ("util.http.copyHeaders({})", "util.http.copyHeaders"),
        ("extensions.evictFromApiCache()", "extensions.evictFromApiCache"),
        ("runtime.sleep(1)", "runtime.sleep"),
        ("console.table([])", "console.table"),
    ],
)
def test_a_helper_that_is_not_there_fails_by_its_name(expression: str, name: str) -> None:
    expected = ScriptError(
        message=f"{name} is not supported by the embedded AWS.", error_type="NotSupported"
    )
    assert error(expression) == expected


PARSED = "util.time.parseFormattedToEpochMilliSeconds"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('util.urlEncode("a b&c=d/é!\'()*~")', "a+b%26c%3Dd%2F%C3%A9%21%27%28%29*%7E"),
        ("util.urlDecode('a+b%26%C3%A9%2B')", "a b&é+"),
        ("util.base64Encode('h€llo')", "aOKCrGxsbw=="),
        ("util.base64Decode('aOKCrGxsbw==')", "h€llo"),
        ("util.matches('^a+b$', 'aaab')", True),
        ("util.matches('^a+b$', 'b')", False),
        ("util.authType()", "IAM Authorization"),
        ("util.time.nowISO8601()", "2025-11-24T16:00:00.123Z"),
        ("util.time.nowEpochSeconds()", 1_764_000_000),
        ("util.time.nowEpochMilliSeconds()", 1_764_000_000_123),
        ("util.time.epochMilliSecondsToSeconds(1999)", 1),
        ("util.time.epochMilliSecondsToISO8601(0)", "1970-01-01T00:00:00.000Z"),
        ("util.time.parseISO8601ToEpochMilliSeconds('1970-01-01T00:00:01+01:00')", -3_599_000),
        ("util.time.nowFormatted('yyyy-MM-dd HH:mm:ssZ')", "2025-11-24 16:00:00+0000"),
        ("util.time.nowFormatted('yyyy-MM-dd HH:mm:ssZ', '+08:00')", "2025-11-25 00:00:00+0800"),
        ("util.time.nowFormatted('EEE, d MMM uu')", "Mon, 24 Nov 25"),
        ("util.time.nowFormatted('EEEE MMMM h a')", "Monday November 4 PM"),
        ("""util.time.nowFormatted("yyyyMMdd'T'HHmmss.SSSXXX''")""", "20251124T160000.123Z'"),
        ("util.time.epochMilliSecondsToFormatted(0, 'HH:mmxxx', '-03:30')", "20:30-03:30"),
        (
            f"{PARSED}('2018-02-01 01:19:15+0800', 'yyyy-MM-dd HH:mm:ssZ')",
            1_517_419_155_000,
        ),
        (
            f"{PARSED}('2018-02-01 01:19:15', 'yyyy-MM-dd HH:mm:ss', '+0800')",
            1_517_419_155_000,
        ),
        (
            f"{PARSED}('Thu 1 Feb 18, 1:19 PM', 'EEE d MMM yy, h:mm a')",
            1_517_491_140_000,
        ),
        ("util.math.randomWithinRange(1, 2)", 1),
        ("util.str.normalize('e\u0301', 'nfc')", "é"),
        ("util.math.roundNum(2.5)", 3),
        ("util.math.minVal(1, 2)", 1),
        ("util.math.maxVal(1, 2)", 2),
        ("JSON.parse('{')", ""),
        ("JSON.parse('[1]')", [1]),
        ("console.log('silent')", None),
        ("console.error('silent')", None),
        ("undefined", None),
    ],
)
def test_helpers_answer_as_documented(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_a_timestamp_that_is_none_is_an_error() -> None:
    found = error("util.time.parseISO8601ToEpochMilliSeconds('soon')")
    assert '"soon" is not an ISO 8601 timestamp' in str(found.message)


def test_ids_have_their_form_and_follow_from_the_seed() -> None:
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    first, second = value("[util.autoId(), util.autoId()]")
    assert re.fullmatch(pattern, first)
    assert re.fullmatch(pattern, second)
    assert first != second
    assert value("util.autoId()") == first


def test_a_ulid_begins_with_the_milliseconds() -> None:
    ulid = value("util.autoUlid()")
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    assert re.fullmatch(f"[{alphabet}]{{26}}", ulid)
    digits = [alphabet.index(character) for character in ulid[:10]]
    assert sum(digit * 32**place for place, digit in enumerate(reversed(digits))) == (
        MOMENT.now_milliseconds
    )


def test_randomness_stays_between_0_and_1() -> None:
    numbers = value("[util.math.randomDouble(), Math.random()]")
    assert all(0 <= number < 1 for number in numbers)
    assert numbers[0] != numbers[1]


def test_an_error_carries_all_its_parts() -> None:
    assert error("util.error('no', 'Refused', { id: 1 }, { hint: 'x' })") == ScriptError(
        message="no", error_type="Refused", data={"id": 1}, error_info={"hint": "x"}
    )
    assert error("util.error('no')") == ScriptError(message="no")
    assert error("util.unauthorized()") == ScriptError(message=None, error_type="Unauthorized")


def test_appended_errors_ride_along() -> None:
    outcome = run("export function request() { util.appendError('a', 'A'); return 1; }")
    assert outcome.value == 1
    assert outcome.appended == (ScriptError(message="a", error_type="A"),)


def test_the_stash_comes_back_as_the_handler_left_it() -> None:
    outcome = run(
        "export function request(ctx) { ctx.stash.b = 2; util.error('no'); }", stash={"a": 1}
    )
    assert outcome.stash == {"a": 1, "b": 2}


def test_an_early_return_tells_where_to_go_on() -> None:
    code = "export function request(ctx) { runtime.earlyReturn({ a: 1 }, ctx.args); }"
    plain, end = run(code, args=None), run(code, args={"skipTo": "END"})
    assert (plain.status, plain.value, plain.skip_to) == ("earlyReturn", {"a": 1}, "NEXT")
    assert end.skip_to == "END"


def test_values_of_dynamodb_have_the_documented_form() -> None:
    helpers = value(
        """[
          util.dynamodb.toDynamoDB({ foo: 'bar', baz: 1234, beep: ['boop', null, true] }),
          util.dynamodb.toMapValues({ a: 1, b: undefined }),
          util.dynamodb.toString('a'), util.dynamodb.toNumber(1), util.dynamodb.toBoolean(true),
          util.dynamodb.toNull(), util.dynamodb.toBinary('Zm9v'),
          util.dynamodb.toStringSet(['a']), util.dynamodb.toNumberSet([1]),
          util.dynamodb.toBinarySet(['Zm9v']), util.dynamodb.toList([1]),
          util.dynamodb.toMap({ a: 'b' }), util.dynamodb.toString(null),
        ]"""
    )
    assert helpers == [
        {"M": {"foo": {"S": "bar"}, "baz": {"N": 1234},
               "beep": {"L": [{"S": "boop"}, {"NULL": None}, {"BOOL": True}]}}},
        {"a": {"N": 1}},
        {"S": "a"}, {"N": 1}, {"BOOL": True},
        {"NULL": None}, {"B": "Zm9v"},
        {"SS": ["a"]}, {"NS": [1]},
        {"BS": ["Zm9v"]}, {"L": [{"N": 1}]},
        {"M": {"a": {"S": "b"}}}, None,
    ]  # fmt: skip


def test_a_module_that_is_only_imported_refuses_nothing() -> None:
    check(f"import {{ select }} from '@aws-appsync/utils/rds';\n{BOTH}")


def test_an_operation_survives_the_stash() -> None:
    head = "import { operations, update } from '@aws-appsync/utils/dynamodb';"
    code = "export function request(ctx) { ctx.stash.views = operations.increment(); }"
    stash = run(head + code).stash
    assert stash == {"views": {"type": "OPERATION_INCREMENT", "by": 1}}
    code = "export function request(ctx) { return update({ key: {}, update: ctx.stash }); }"
    update = evaluate(head + code, "request", {"stash": stash}, MOMENT).value["update"]
    assert update["expression"] == "SET #expName_1 = #expName_1 + :expValue_1"


def test_a_transformed_filter_is_the_documented_text() -> None:
    text = value(
        "JSON.parse(util.transform.toDynamoDBFilterExpression({ title: { contains: 'Hello' } }))"
    )
    assert text == {
        "expression": "(contains(#title,:title_contains))",
        "expressionNames": {"#title": "title"},
        "expressionValues": {":title_contains": {"S": "Hello"}},
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(({ time }) => time.nowEpochSeconds())(util)", 1_764_000_000),
        ("util['dynamo' + 'db'].toDynamoDB('a')", {"S": "a"}),
        ("util['trans' + 'form'].toDynamoDBFilterExpression({}) !== null", True),
        ("Object.values(util).length === Object.keys(util).length", True),
    ],
)
def test_code_has_all_helpers_whether_or_not_its_words_tell_which(
    expression: str, expected: Any
) -> None:
    assert value(expression) == expected

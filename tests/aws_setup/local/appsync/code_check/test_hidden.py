"""What is refused is found wherever it hides, and its words are no harm where they mean nothing."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from aws_setup.local.appsync.javascript.code_check.check import findings_in
from tests.aws_setup.local.appsync.code_check.test_check import handlers
from tests.harness.examples import examples

# Expressions that are refused, with a part of what is said about them.
REFUSED = {
    "this": "no-this",
    "/a[/]b/g": "no-regex",
    "~ctx.args.n": "no-disallowed-unary",
    "ctx.args.n++": "no-disallowed-unary",
    "'a' in ctx.args": "no-in-operator",
    "ctx.args.a instanceof Array": "no-disallowed-binary",
    "class {}": "no-classes",
    "async () => 1": "no-async",
    "function* () { yield 1; }": "no-yield",
    "() => { throw 1; }": "Throw statements",
    "() => { while (ctx) {} }": "no-while",
    "() => { for (;;) {} }": "no-for",
    "() => { try { ctx.a(); } catch { } }": "no-try",
    "() => { for (const x of []) { if (x) continue; } }": "no-continue",
    "(ctx.result = 1)": "no-disallowed-re-assignment",
    "new Promise(ctx)": "no-promise",
    "new Date()": "The operator new",
    "missing": "Cannot find name 'missing'",
    "util.nothing": "Property 'nothing' does not exist",
    "[2, 1].sort((a, b) => a - b)": "no-function-passing",
    "() => arguments": "Cannot find name 'arguments'",
    "Object.freeze({})": "no-disallowed-methods",
}
WORDS = " ".join(REFUSED)
HARMLESS = st.one_of(
    st.sampled_from(
        [
            "({ class: 1, while: 2, throw: 3, this: 4, async: 5, for: 6, new: 7, missing: 8 })",
            "ctx.args.while.this?.class.new.throw.missing",
            "({ async: 1, await: 2 }).async",
            "ctx.args.n / 2 / ctx.args.m",
            "[...ctx.args.list, -1, - -1, + +1]",
            "`${'`while`'} ${`throw ${1} this`} try`",
        ]
    ),
    # Text in a string, a template literal and a comment.
    st.one_of(st.text(), st.sampled_from([WORDS, *REFUSED])).flatmap(
        lambda text: st.sampled_from(
            [
                json.dumps(text, ensure_ascii=False),
                "`" + text.translate({ord(each): f"\\{each}" for each in "\\`$"}) + "`",
                f"/* {text.replace('*/', '* /')} */ 1",
                f"1 // {' '.join(text.split())}\n",
                f"({{ {json.dumps(text, ensure_ascii=False)}: 1 }})",
            ]
        )
    ),
)
AROUND = [
    "({})",
    "[1, {}]",
    "({{ a: {} }})",
    "({{ [{}]: 1 }})",
    "`a ${{{}}} b`",
    "`${{`${{{}}}`}}`",
    "(({}) ?? 1)",
    "(({}) ? 1 : 2)",
    "(ctx.args.a ? {} : 2)",
    "ctx.args?.[{}]",
    "ctx.args.list.map((x) => [x, {}])",
    "ctx.args.list.map((x = {}) => x)",
    "[...[{}]]",
    "/* ' */ (/* a */ {} /* b */) /* ` */",
    "(/* ' */ (/* a */ {}))",
    "void ({})",
]
STATEMENTS = [
    "return {};",
    "const a = {};",
    "const {{ a = {} }} = ctx.args;",
    "if ({}) {{ ctx.stash.a = 1; }}",
    "for (const x of [{}]) {{ ctx.stash.x = x; }}",
    "switch ({}) {{ default: return 1; }}",
    "const f = () => {{ return [{}]; }}; f();",
    "function f(a = {}) {{ ctx.stash.a = a; }} f();",
    "'use strict'\n;[{}]",
]


def wrapped(inner: str, around: list[str], statement: str) -> str:
    for each in around:
        inner = each.format(inner)
    return handlers(statement.format(inner))


@given(
    st.sampled_from(list(REFUSED)),
    st.lists(st.sampled_from(AROUND), min_size=1, max_size=4),
    st.sampled_from(STATEMENTS),
)
@settings(max_examples=examples(1000), deadline=None)
def test_what_is_refused_is_found_anywhere(refused: str, around: list[str], statement: str) -> None:
    found = findings_in(wrapped(refused, around, statement))
    assert any(REFUSED[refused] in each.words for each in found), found


@given(
    HARMLESS,
    st.lists(st.sampled_from(AROUND), min_size=1, max_size=4),
    st.sampled_from(STATEMENTS),
)
@settings(max_examples=examples(1000), deadline=None)
def test_words_that_mean_nothing_are_taken(
    harmless: str, around: list[str], statement: str
) -> None:
    assert findings_in(wrapped(harmless, around, statement)) == ()

"""Code that AppSync refuses and code that it takes, with where that is written or was seen.

The cases of the plugin were tried with the plugin itself, version 2.0.2: it refuses each by this
rule, and takes all that is taken here. A piece of code is the body of `request`, unless it exports
something itself.
"""

PAGE = "https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html"
PLUGIN = "https://github.com/aws/aws-appsync-eslint-plugin"
COMMUNITY = "https://github.com/aws/aws-appsync-community/issues"
TYPES = "the type definitions of @aws-appsync/utils 2.1.1"
# The plugin has rules for others of the kind of some of these.
INFERRED = "inferred: neither the page nor the plugin names it"

# What refuses it: a rule of the plugin, an error of TypeScript, or the first words of ours.
REFUSED = {
    PLUGIN: {
        "for (let i = 0; i < 3; i += 1) {}": "no-for",
        "for (;;) {}": "no-for",
        "while (true) {}": "no-while",
        "do { ctx.stash.a = 1; } while (ctx.args.a);": "no-while",
        "for (const x of ctx.args.list) { if (x) continue; ctx.stash.x = x; }": "no-continue",
        "outer: for (const x of ctx.args.list) { break outer; }": "no-labels",
        "const later = async () => 1;": "no-async",
        "async function later() {}": "no-async",
        "const o = { async later() {} };": "no-async",
        "const later = async () => { await 1; };": "no-await",
        "return new Promise(ctx.args.a);": "no-promise",
        "try { ctx.args.a(); } catch { return 1; }": "no-try",
        "try { return 1; } finally { ctx.stash.a = 1; }": "no-try",
        "class A {}": "no-classes",
        "function* many() { yield 1; }": "no-generators",
        "function* some() { yield 1; }": "no-yield",
        "return this;": "no-this",
        "return ctx.args.a instanceof Array;": "no-disallowed-binary-operators",
        "return 'a' in ctx.args;": "no-in-operator",
        "let i = 0; i++;": "no-disallowed-unary-operators",
        "let i = 0; return --i;": "no-disallowed-unary-operators",
        "return ~ctx.args.a;": "no-disallowed-unary-operators",
        "return /a+/;": "no-regex",
        "return ctx.args.a.replace(/a/g, 'b');": "no-regex",
        "ctx = {};": "no-disallowed-re-assignment",
        "ctx.result = 1;": "no-disallowed-re-assignment",
        "(/* c */ ctx).result = 1;": "no-disallowed-re-assignment",
        "ctx['stash'] = {};": "no-disallowed-re-assignment",
        "ctx.stash ??= {};": "no-disallowed-re-assignment",
        "delete ctx.args;": "no-disallowed-re-assignment",
        "for (ctx.args of [1]) {}": "no-disallowed-re-assignment",
        "return Object.freeze({ a: 1 });": "no-disallowed-methods",
        "const f = (n) => f(n - 1); return f(3);": "no-recursion",
        "function f(n) { return n ? f(n - 1) : 0; } return f(3);": "no-recursion",
        "function f() { g(); } function g() { h(); } const h = () => f(); f();": "no-recursion",
        "const sum = (a) => a; const f = (g) => g; return f(sum);": "no-function-passing",
        "const f = (g) => g; return f(() => 1);": "no-function-passing",
        "return JSON.stringify(ctx, (key, value) => value);": "no-function-passing",
        "return () => 1;": "no-function-return",
        "const f = () => () => 1;": "no-function-return",
        "const f = () => 1; return f;": "no-function-return",
        "const f = () => 1; return (/* c */ f);": "no-function-return",
        "const f = () => 1; const g = f;": "no-function-reassign",
        "const f = () => 1; let g; g = f;": "no-function-reassign",
    },
    f"{COMMUNITY}/325": {"return [2, 1].sort((a, b) => a - b);": "no-function-passing"},
    PAGE: {
        "throw 'no';": "Throw statements are not supported. Use util.error().",
        "new Function('return 1');": "The operator new is not supported.",
        "return new Date();": "TS2304: Cannot find name 'Date'.",
        "return Promise.all([]);": "TS2304: Cannot find name 'Promise'.",
        "return setTimeout;": "TS2304: Cannot find name 'setTimeout'.",
        "return new Map();": "TS2304: Cannot find name 'Map'.",
        "return fetch('x');": "TS2304: Cannot find name 'fetch'.",
        "return process.env;": "TS2304: Cannot find name 'process'.",
        "return require('fs');": "TS2304: Cannot find name 'require'.",
        "return globalThis;": "TS2304: Cannot find name 'globalThis'.",
        "eval('1');": "TS2304: Cannot find name 'eval'.",
    },
    INFERRED: {
        "const later = async () => { for await (const x of ctx.args.list) {} };": "no-await",
        "return class {};": "no-classes",
        "const many = function* () {};": "no-generators",
        "const o = { *many() {} };": "no-generators",
        "const f = (l) => l.map((n) => f(n)); return f([]);": "no-recursion",
        "return arguments;": "TS2304: Cannot find name 'arguments'.",
        "debugger;": "Debugger statements are not supported.",
        "import('fs');": "Import expressions are not supported.",
        "return new Array(3);": "The operator new is not supported.",
    },
    TYPES: {
        "return put({});": "TS2304: Cannot find name 'put'.",
        "return `${missing}`;": "TS2304: Cannot find name 'missing'.",
        "{ const inner = 1; } return inner;": "TS2304: Cannot find name 'inner'.",
        "return { missing };": (
            "TS18004: No value exists in scope for the shorthand property 'missing'. "
            "Either declare one or provide an initializer."
        ),
        "ctx.args.list.map((a) => a); return a;": "TS2304: Cannot find name 'a'.",
        "const { a: b } = ctx.args; return a;": "TS2304: Cannot find name 'a'.",
        "return (/* c */ util).nothing();": (
            "TS2339: Property 'nothing' does not exist on type 'Util'."
        ),
        "return util.toJson(1);": "TS2339: Property 'toJson' does not exist on type 'Util'.",
        "return util.map.copyAndRetainAllKeys({}, []);": (
            "TS2339: Property 'map' does not exist on type 'Util'."
        ),
        "return util.time.epochSecondsToISO8601(1);": (
            "TS2339: Property 'epochSecondsToISO8601' does not exist on type 'TimeUtils'."
        ),
    },
}
# Whole files, of which `request` and `response` are a part.
REFUSED_MODULES = {
    "import fs from 'fs';": "TS2307: Cannot find module 'fs'",
    "import { x } from './x';": "TS2307: Cannot find module './x'",
    "export * from './x';": "TS2307: Cannot find module './x'",
    "import '@aws-appsync/utils/other';": "TS2307: Cannot find module '@aws-appsync/utils/other'",
    "import util from '@aws-appsync/utils';": (
        "TS1192: Module '\"@aws-appsync/utils\"' has no default export."
    ),
    "import { nothing } from '@aws-appsync/utils';": (
        "TS2305: Module '\"@aws-appsync/utils\"' has no exported member 'nothing'."
    ),
    "import { put as nothing, putt } from '@aws-appsync/utils/dynamodb';": (
        "TS2305: Module '\"@aws-appsync/utils/dynamodb\"' has no exported member 'putt'."
    ),
    "import * as ddb from '@aws-appsync/utils/dynamodb'; const a = ddb.nothing({});": (
        "TS2339: Property 'nothing' does not exist on type "
        "'typeof import(\"@aws-appsync/utils/dynamodb\")'."
    ),
    "import * as ddb from '@aws-appsync/utils/dynamodb'; const a = ddb.operations.double();": (
        "TS2339: Property 'double' does not exist on type 'DynamoDBOperation'."
    ),
    "import { /* a, b */ nothing, // c\n } from '@aws-appsync/utils';": (
        "TS2305: Module '\"@aws-appsync/utils\"' has no exported member 'nothing'."
    ),
    "import { util as u } from '@aws-appsync/utils'; const a = u.time.nothing();": (
        "TS2339: Property 'nothing' does not exist on type 'TimeUtils'."
    ),
}
TAKEN = [
    "for (const x of ctx.args.list) { ctx.stash.x = x; }",
    "for (const key in ctx.args) { ctx.stash[key] = 1; }",
    "for (const x of ctx.args.list) { if (x) break; }",
    "switch (ctx.args.a) { case 1: { const b = 2; return b; } default: return 3; }",
    "const { a, ...rest } = ctx.args; return [a, rest].map((one) => one);",
    "const { LIMIT = '5', TABLE: table = '' } = ctx.env; return [LIMIT, table];",
    "const { a: { b, c = 1 }, d = { e: 2 } } = ctx.args; return [b, c, d];",
    "const [first = 1, [second]] = ctx.args.list; return [first, second];",
    "const half = ctx.args.a / 2 / 1; return half;",
    "const f = (a, { b, c: [d] }, ...e) => [a, b, d, e]; return f(1, { b: 2, c: [3] });",
    "const f = function inner(n) { return n; }; return f(1);",
    "function f(n) { return g(n); } function g(n) { return n; } return f(g(1));",
    "const f = (n) => n * 2; return ctx.args.list.map(f);",
    "return ctx.args.list.filter((a) => a).reduce((a, b) => a + b, 0);",
    "ctx.stash.a = 1; ctx.stash.b ??= 2; delete ctx.stash.a; ctx.args.id = util.autoId();",
    "if (ctx.args.a) { const ctx = {}; ctx.a = 1; }",
    "var late = 1; if (late) { var inner = 2; } return inner;",
    "return util.time.nowISO8601();",
    "const { time } = util; return time.nowISO8601();",
    "const util = { anything: 1 }; return util.anything;",
    "return [typeof ctx, void 0, undefined, NaN, Infinity, parseInt('1')];",
    "return ctx.args?.a?.[0] ?? 2 ** 3;",
    "return { ...ctx.args, [ctx.args.a]: 1, 'for': 2, get: 3 };",
    "return Object.hasOwn(ctx.args, 'a') ? Object.keys(ctx.args) : Math.max(1, 2);",
]
TAKEN_MODULES = [
    "import { util, runtime, extensions } from '@aws-appsync/utils';",
    "import * as ddb from '@aws-appsync/utils/dynamodb'; const a = ddb.operations.add;",
    "import { put as write, get } from '@aws-appsync/utils/dynamodb';",
    "import * as rds from '@aws-appsync/utils/rds';",
    "const help = (a) => a; export { help as helper };",
    "import {\n  // a, b\n  util, /* and */\n  runtime as c, // d\n} from '@aws-appsync/utils';",
    "import /* all, of it */ * as ddb from /* DynamoDB */ '@aws-appsync/utils/dynamodb';",
    "const help = (a) => a; export { help as /* a, b */ helper // c, d\n };",
    "export const LIMIT = 5;",
]

"""Runs APPSYNC_JS code in QuickJS: each evaluation in a fresh context, limited in time and memory.

The engine has no modules, files or network. Static imports of the modules that the runtime offers
are rewritten, and any other import fails with an error that names it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import quickjs

from aws_setup.local.appsync.javascript import positions
from aws_setup.local.appsync.javascript.runtime import run

MAXIMUM_CODE_LENGTH = 32_768  # characters; CreateFunction and CreateResolver, member "code"
# Processor time of all threads together. What AppSync allows an evaluation is not published.
TIME_LIMIT_SECONDS = 1.0
MODULES = ("@aws-appsync/utils", "@aws-appsync/utils/dynamodb", "@aws-appsync/utils/rds")

# Comments and strings are matched first, so that an import inside a string stays a string.
# A template literal inside another ends the outer one early, which matters only for an import.
_TOKENS = re.compile(
    r"""
      (?P<text> //[^\n]* | /\*.*?\*/
        | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | `(?:\\.|[^`\\])*` )
    | (?<![\w$.]) import \b (?P<clause>(?:[\w$*{},\s]|//[^\n]*|/\*.*?\*/)*?)
      (?:\bfrom\b (?:\s|//[^\n]*|/\*.*?\*/)*)? \s*
      (?P<quote>['"]) (?P<module>[^'"\n]*) (?P=quote) \s* ;?
    | (?<![\w$.]) export \b \s*
      (?: (?P<declaration>function|const|let|var) \b \s* (?P<name>[\w$]+)
        | \{ (?P<list>[^}]*) \} \s* ;? )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


class CodeInvalid(Exception):
    """The code does not compile, or fails while it is loaded."""

    def __init__(self, message: str, position: positions.Position | None = None) -> None:
        self.message, self.position = message, position
        super().__init__(f"{position}: {message}" if position else message)


class NotSupported(Exception):
    """The code asks for a part of AppSync that the embedded AWS lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptError:
    """An error with the arguments of `util.error` and `util.appendError`.

    Its message is None for `util.unauthorized`.
    """

    message: str | None
    error_type: str | None = None
    data: Any = None
    error_info: Any = None

    @classmethod
    def from_script(cls, raw: Mapping[str, Any]) -> "ScriptError":
        """Read one error of the runtime's report, which leaves out what was not given."""
        return cls(
            message=raw.get("message"),
            error_type=raw.get("errorType"),
            data=raw.get("data"),
            error_info=raw.get("errorInfo"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one handler ended."""

    status: Literal["ok", "earlyReturn", "error", "missing"]
    value: Any = None
    skip_to: Literal["NEXT", "END"] = "NEXT"  # of an early return
    error: ScriptError | None = None  # only with the status "error"
    appended: tuple[ScriptError, ...] = ()
    stash: dict[str, Any] = field(default_factory=dict)
    subscription_filter: dict[str, Any] | None = None  # of extensions.setSubscriptionFilter
    logs: tuple[str, ...] = ()  # of the console; they may hold personal data


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationContext:
    """What an evaluation gets besides its ctx: the time, the seed of its randomness, its caller."""

    now_milliseconds: int
    seed: tuple[int, int, int, int]  # 32-bit numbers
    auth_type: str = ""  # what util.authType() answers

    def to_script(self) -> dict[str, Any]:
        """Return this in the shape that the runtime expects."""
        return {
            "now": self.now_milliseconds,
            "seed": list(self.seed),
            "authType": self.auth_type,
        }


def evaluate(
    code: str,
    handler: str,
    context: Mapping[str, Any],
    evaluation_context: EvaluationContext,
    time_limit_seconds: float = TIME_LIMIT_SECONDS,
) -> Outcome:
    """Run the function `handler` that `code` exports, with `context` as its ctx.

    An endless loop, a huge allocation or any other failure of the code gives the status "error"
    with an error of the type "Code". Raises CodeInvalid or NotSupported if the code cannot even
    be loaded; `check` finds that at deployment.
    """
    given = {"handler": handler, "context": context, **evaluation_context.to_script()}
    try:
        report = run(program(code), given, time_limit_seconds)
    except quickjs.JSException as interruption:
        report = {"status": "crash", "crash": str(interruption), "stash": context.get("stash")}
    error = None
    if report["status"] == "crash":
        if report["crash"].startswith("SyntaxError") and not report.get("loaded"):
            raise _invalid(report["crash"])
        error = _crash(report["crash"])
    elif report["status"] == "error":
        error = ScriptError.from_script(report["error"])
    return Outcome(
        status="error" if error else report["status"],
        value=report.get("value"),
        skip_to=report.get("skipTo", "NEXT"),
        error=error,
        appended=tuple(ScriptError.from_script(raw) for raw in report.get("appended", ())),
        stash=report.get("stash") or {},
        subscription_filter=report.get("subscriptionFilter"),
        logs=tuple(positions.log_line(raw, code) for raw in report.get("logged", ())),
    )


# Only code that passed is remembered; an exception is not.
@lru_cache(maxsize=256)
def check(code: str, time_limit_seconds: float = TIME_LIMIT_SECONDS) -> None:
    """Load `code` without running a handler.

    Raises CodeInvalid when it is too long, does not parse or fails at its top level, and
    NotSupported when it imports what the embedded AWS lacks.
    """
    no_one = EvaluationContext(now_milliseconds=0, seed=(0, 0, 0, 0))
    given = {"handler": None, "context": {}, **no_one.to_script()}
    try:
        report = run(program(code), given, time_limit_seconds)
    except quickjs.JSException as error:
        raise CodeInvalid(positions.first_line(str(error))) from error
    if report["status"] == "error":
        thrown = ScriptError.from_script(report["error"])
        kind = NotSupported if thrown.error_type == "NotSupported" else CodeInvalid
        raise kind(thrown.message or "")
    if report["status"] == "crash":
        raise _invalid(report["crash"])


@lru_cache(maxsize=256)
def program(code: str) -> str:
    """Return `code` as a function expression that takes the modules and returns the exports.

    The line breaks of the code are kept. Raises CodeInvalid and NotSupported as `check` does.
    """
    if len(code) > MAXIMUM_CODE_LENGTH:
        raise CodeInvalid(
            f"The code has {len(code)} characters; AppSync allows {MAXIMUM_CODE_LENGTH}."
        )
    exports: dict[str, str] = {}
    body = _TOKENS.sub(lambda token: _rewrite(token, exports), code)
    members = ", ".join(f"{public}: {local}" for public, local in exports.items())
    blank = "\n" * (positions.FIRST_LINE - 1)
    return f'{blank}(function ($modules) {{ "use strict"; {body}\nreturn {{ {members} }}; }})'


def _rewrite(token: re.Match[str], exports: dict[str, str]) -> str:
    lines = "\n" * token[0].count("\n")
    if token["text"] is not None:
        return token[0]
    if token["module"] is not None:
        return _binding(_COMMENT.sub(" ", token["clause"]), token["module"]) + lines
    if token["declaration"]:
        exports[token["name"]] = token["name"]
        return f"{lines}{token['declaration']} {token['name']}"
    names = _names(_COMMENT.sub(" ", token["list"]))
    exports.update({public: local for local, public in names})
    return lines


def _binding(clause: str, module: str) -> str:
    if module not in MODULES:
        raise NotSupported(f'import of "{module}" is not supported by the embedded AWS.')
    source = f"$modules[{json.dumps(module)}]"
    clause = clause.strip()
    if not clause:
        return ""
    if whole := re.fullmatch(r"\*\s*as\s+([\w$]+)", clause):
        return f"const {whole[1]} = {source};"
    if not (named := re.fullmatch(r"\{([^{}*]*)\}", clause)):
        raise CodeInvalid(f'SyntaxError: "{module}" has no default export.')
    members = ", ".join(f"{public}: {local}" for public, local in _names(named[1]))
    return f"const {{ {members} }} = {source};"


def _names(text: str) -> list[tuple[str, str]]:
    """Return the pairs of `a, b as c`; a name without `as` stands for itself."""
    parts = [re.split(r"\s+as\s+", part.strip()) for part in text.split(",") if part.strip()]
    return [(part[0], part[-1]) for part in parts]


def _crash(text: str) -> ScriptError:
    """Return the error for code that failed on its own, in AppSync's words.

    AppSync answers "code.js:162:13: ReferenceError: x is not defined", of the type "Code":
    https://github.com/aws/aws-appsync-community/issues/328. Its message for an exceeded limit is
    not published; QuickJS's own message is used instead.
    """
    return ScriptError(message=str(_invalid(text)), error_type="Code")


def _invalid(text: str) -> CodeInvalid:
    return CodeInvalid(positions.first_line(text), positions.position_in(text))

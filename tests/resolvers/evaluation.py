"""Evaluates one handler of a resolver file with a hand-made context, in the embedded engine."""

from pathlib import Path
from typing import Any

from aws_setup.local.appsync.javascript.engine import (
    EvaluationContext,
    Outcome,
    ScriptError,
    evaluate,
)

RESOLVERS = Path(__file__).parents[2] / "resolvers"
NOW = "2026-11-23T09:30:00.123Z"
EVALUATION_CONTEXT = EvaluationContext(now_milliseconds=1_795_426_200_123, seed=(1, 2, 3, 4))


def run(file: str, handler: str, context: dict[str, Any]) -> Outcome:
    """Evaluate `handler` of `file` (relative to resolvers/) at NOW."""
    code = (RESOLVERS / file).read_text(encoding="utf-8")
    return evaluate(code, handler, context, EVALUATION_CONTEXT)


def value_of(outcome: Outcome) -> Any:
    """Return what the handler returned; it neither failed nor appended an error."""
    assert (outcome.status, outcome.error, outcome.appended) == ("ok", None, ())
    return outcome.value


def error_of(outcome: Outcome) -> ScriptError:
    """Return the error that ended the handler."""
    assert (outcome.status, outcome.value) == ("error", None)
    assert outcome.error is not None
    return outcome.error

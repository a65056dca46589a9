"""EvaluateCode on the engine that runs the deployed resolvers; ministack's own needs Node.

https://docs.aws.amazon.com/appsync/latest/APIReference/API_EvaluateCode.html
"""

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import appsync

from aws_setup.local.appsync.javascript.engine import (
    CodeInvalid,
    EvaluationContext,
    NotSupported,
    Outcome,
    ScriptError,
    evaluate,
)

Raw = tuple[int, dict[str, str], bytes]  # as ministack's services answer


def register() -> None:
    """Put our EvaluateCode in place of ministack's; a second call changes nothing."""
    appsync._evaluate_code = evaluate_code  # noqa: SLF001


def evaluate_code(body: Mapping[str, Any]) -> Raw:
    """Answer one call. Even when the handler fails, the answer has the status 200."""
    try:
        context = json.loads(body["context"])
        code, runtime = body["code"], body["runtime"]["name"]
    except (KeyError, TypeError, ValueError):
        return _refused("A runtime, code and a context in JSON are required.")
    if runtime != "APPSYNC_JS" or not isinstance(context, dict):
        return _refused("The runtime must be APPSYNC_JS, and the context an object.")
    arguments = context.get("arguments", {})
    # As in AppSync, the caller cannot know the time or the random numbers in advance.
    chance = secrets.randbits
    evaluation_context = EvaluationContext(
        now_milliseconds=time.time_ns() // 1_000_000,
        seed=(chance(32), chance(32), chance(32), chance(32)),
    )
    given = {"stash": {}, **context, "arguments": arguments, "args": arguments}
    try:
        outcome = evaluate(code, body.get("function", "request"), given, evaluation_context)
    except (CodeInvalid, NotSupported) as error:
        outcome = Outcome(status="error", error=ScriptError(message=str(error)))
    return _answered(outcome)


def _answered(outcome: Outcome) -> Raw:
    answer: dict[str, Any] = {"logs": [], "stash": json.dumps(outcome.stash)}
    if outcome.status == "missing":
        answer["error"] = {"message": "The code does not export this function.", "codeErrors": []}
    elif outcome.error:
        # AppSync's message for util.unauthorized is not published.
        answer["error"] = {"message": outcome.error.message or "Unauthorized", "codeErrors": []}
    else:
        answer["evaluationResult"] = json.dumps(outcome.value)
    return 200, {"content-type": "application/json"}, json.dumps(answer).encode()


def _refused(message: str) -> Raw:
    refused: Raw = error_response_json("BadRequestException", message, 400)
    return refused

"""EvaluateCode on the engine that runs the deployed resolvers; ministack's own needs Node.

https://docs.aws.amazon.com/appsync/latest/APIReference/API_EvaluateCode.html
"""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import appsync

from aws_setup.local.appsync.javascript.code_check.check import findings_in
from aws_setup.local.appsync.javascript.code_check.findings import PARSE_ERROR, Finding
from aws_setup.local.appsync.javascript.engine import (
    EvaluationContext,
    NotSupported,
    Outcome,
    ScriptError,
    evaluate,
)

API_KEY = "API Key Authorization"

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
        auth_type=_auth_type(context.get("identity")),
    )
    given = {"stash": {}, **context, "arguments": arguments, "args": arguments}
    handler = body.get("function", "request")
    try:
        if found := findings_in(code, (handler,)):
            return _refused_code(found)
        return _answered(evaluate(code, handler, given, evaluation_context))
    except NotSupported as error:
        return _failed(str(error))


def _auth_type(identity: Any) -> str:
    """Return what util.authType() makes of the identity in a context.

    AWS's answers show it: tests/aws_setup/local/appsync/recorded/auth_types.json.
    """
    if not isinstance(identity, dict):
        return API_KEY
    if not identity or "resolverContext" in identity:
        return "Lambda Authorization"
    given = {name for name, value in identity.items() if value is not None}
    if given >= {"accountId", "userArn", "username", "sourceIp"}:
        return "IAM Authorization"
    if given >= {"sub", "issuer", "claims"}:
        if "username" not in given:
            return "Open ID Connect Authorization"
        if given >= {"sourceIp", "defaultAuthStrategy"}:
            return "User Pool Authorization"
    return API_KEY


def _answered(outcome: Outcome) -> Raw:
    answer: dict[str, Any] = {
        "logs": outcome.logs,
        "stash": json.dumps(outcome.stash),
        "outErrors": json.dumps([_out_error(error) for error in outcome.appended]),
    }
    if outcome.error:
        answer["error"] = {"message": outcome.error.message or "Unauthorized", "codeErrors": []}
    else:
        answer["evaluationResult"] = json.dumps(outcome.value)
    return _raw(answer)


def _out_error(error: ScriptError) -> dict[str, Any]:
    """Return an appended error with the members that a client gets; AWS's text is not published."""
    return {
        "message": error.message,
        "errorType": error.error_type,
        "data": error.data,
        "errorInfo": error.error_info,
    }


def _refused_code(found: Sequence[Finding]) -> Raw:
    """Answer with what is wrong with the code.

    AWS was seen to begin the message with "Error: ", except where TypeScript found it. What it
    says of several mistakes at once is unknown; here they stand below each other.
    """
    words = "\n".join(each.words for each in found)
    is_typescript = found[0].error_type == PARSE_ERROR
    return _failed(words if is_typescript else f"Error: {words}", [each.to_api() for each in found])


def _failed(message: str, code_errors: Sequence[Mapping[str, Any]] = ()) -> Raw:
    answer = {"message": message, "codeErrors": code_errors}
    return _raw({"logs": [], "stash": "{}", "outErrors": "[]", "error": answer})


def _raw(answer: Mapping[str, Any]) -> Raw:
    return 200, {"content-type": "application/json"}, json.dumps(answer).encode()


def _refused(message: str) -> Raw:
    refused: Raw = error_response_json("BadRequestException", message, 400)
    return refused

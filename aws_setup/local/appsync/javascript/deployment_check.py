"""Refuses code at CreateFunction and CreateResolver, and at their updates, as AppSync does.

https://docs.aws.amazon.com/appsync/latest/APIReference/API_CreateFunction.html
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ministack.services import appsync

from aws_setup.local.appsync.javascript import engine
from aws_setup.local.appsync.javascript.restrictions import violations

Raw = tuple[int, dict[str, str], bytes]  # as ministack's services answer
CHANGES = ("_create_function", "_update_function", "_create_resolver")
_stock: dict[str, Callable[..., Raw]] = {name: getattr(appsync, name) for name in CHANGES}


def register() -> None:
    """Check before ministack stores code; a second call changes nothing."""
    for name, change in _stock.items():
        setattr(appsync, name, partial(_checked, change))


def errors_in(code: str) -> tuple[str, ...]:
    """Return what is wrong with code, in words; () if AppSync takes it. Raises NotSupported."""
    try:
        engine.check(code)
    except engine.CodeInvalid as error:
        return (str(error),)
    return violations(code)


def _checked(change: Callable[..., Raw], *arguments: Any) -> Raw:
    body: Mapping[str, Any] = arguments[-1]
    is_code = "code" in body and (body.get("runtime") or {}).get("name") == "APPSYNC_JS"
    try:
        found = errors_in(body["code"]) if is_code else ()
    except engine.NotSupported as error:
        found = (str(error),)
    if not found:
        return change(*arguments)
    answer = {
        "__type": "BadRequestException",
        "message": "The code contains one or more errors.",
        "reason": "CODE_ERROR",
        "detail": {"codeErrors": [{"errorType": "PARSER_ERROR", "value": each} for each in found]},
    }
    headers = {"content-type": "application/json", "x-amzn-errortype": "BadRequestException"}
    return 400, headers, json.dumps(answer).encode()

"""Refuses code at CreateFunction and CreateResolver, and at their updates, as AppSync does.

https://docs.aws.amazon.com/appsync/latest/APIReference/API_CreateFunction.html
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ministack.services import appsync

from aws_setup.local.appsync.javascript.code_check.check import findings_in
from aws_setup.local.appsync.javascript.engine import NotSupported

Raw = tuple[int, dict[str, str], bytes]  # as ministack's services answer
CHANGES = ("_create_function", "_update_function", "_create_resolver", "_update_resolver")
_stock: dict[str, Callable[..., Raw]] = {name: getattr(appsync, name) for name in CHANGES}


def register() -> None:
    """Check before ministack stores code; a second call changes nothing."""
    for name, change in _stock.items():
        setattr(appsync, name, partial(_checked, change))


def _checked(change: Callable[..., Raw], *arguments: Any) -> Raw:
    body: Mapping[str, Any] = arguments[-1]
    is_code = "code" in body and (body.get("runtime") or {}).get("name") == "APPSYNC_JS"
    try:
        found = [each.to_api() for each in findings_in(body["code"])] if is_code else []
    except NotSupported as error:
        found = [{"errorType": "PARSE_ERROR", "value": str(error)}]
    if not found:
        return change(*arguments)
    answer = {
        "__type": "BadRequestException",
        "message": "The code contains one or more errors.",
        "reason": "CODE_ERROR",
        "detail": {"codeErrors": found},
    }
    headers = {"content-type": "application/json", "x-amzn-errortype": "BadRequestException"}
    return 400, headers, json.dumps(answer).encode()

"""Loads the files of the runtime that a program asks for into a fresh engine, and runs it there."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import quickjs

MEMORY_LIMIT_BYTES = 32 * 1024 * 1024
RUNTIME = (
    "runtime.js",
    "runtime_time.js",
    "runtime_subscriptions.js",
    "runtime_expressions.js",
    "runtime_dynamodb.js",
    "runtime_requests.js",
)
# To load the first file takes a third of the time of all, and most code needs no other. Code that
# asks for one where these words do not tell it is run again with all.
_NEEDS_ALL = re.compile(r"util\s*\.\s*(time|transform|dynamodb)\b|@aws-appsync/utils/dynamodb")


def run(text: str, given: Mapping[str, Any], time_limit_seconds: float) -> dict[str, Any]:
    """Run a program, a function expression that takes the modules; return the runtime's report.

    given: the input of the runtime's `run`. Raises quickjs.JSException if the program exceeds the
    limit of time or memory.
    """
    files = RUNTIME if _NEEDS_ALL.search(text) else RUNTIME[:1]
    report = _run_with(files, text, given, time_limit_seconds)
    return _run_with(RUNTIME, text, given, time_limit_seconds) if report["isShort"] else report


def _run_with(
    files: tuple[str, ...], text: str, given: Mapping[str, Any], time_limit_seconds: float
) -> dict[str, Any]:
    engine = quickjs.Context()
    engine.set_memory_limit(MEMORY_LIMIT_BYTES)
    engine.set_time_limit(time_limit_seconds)
    evaluated = engine.eval(_runtime(files))
    report: dict[str, Any] = json.loads(evaluated(text, json.dumps(given)))
    return report


@cache
def _runtime(files: tuple[str, ...]) -> str:
    here = Path(__file__).parent
    parts = [(here / name).read_text("utf-8") for name in files]
    return f"(function () {{ 'use strict'; {''.join(parts)}\nreturn run; }})()"

"""What Lambda does around the trigger: events, the context, a fresh container, the log."""

import importlib.util
import json
import os
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
TRIGGER = REPOSITORY / "aws_setup" / "triggers" / "post_confirmation.py"
EVENTS = REPOSITORY / "tests" / "events"

SUB = "7c1e3a52-90b1-70f3-5a8e-2f6d1c9b4e07"
EMAIL = "owner@harbour-bakery.example"

VARIABLES = {
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example-secret",
    "AWS_SESSION_TOKEN": "example-token",
    "CLIENT_ID_PATTERN": ".*",
    "GRAPHQL_URL_PARAMETER": "/stack/graphql-url",
    "GROUP_NAME": "businesses",
    "ONBOARDING_TABLE": "stack-Onboarding",
    "URL_SUFFIX": "amazonaws.com",
}


class Context:
    """Lambda's context object, of a function with `seconds` left when it is made."""

    def __init__(self, seconds: float = 5.0) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round(1000 * (self._end - time.monotonic())))


def recorded(name: str = "confirm_sign_up") -> dict[str, Any]:
    """Read an event of tests/events."""
    text = (EVENTS / f"post_confirmation_{name}.json").read_text(encoding="utf-8")
    event: dict[str, Any] = json.loads(text)
    return event


def new_container() -> ModuleType:
    """Import the trigger as a new container does: nothing of an earlier one is left."""
    spec = importlib.util.spec_from_file_location("index", TRIGGER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def set_environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Leave these variables and Lambda's, and no other one of AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**VARIABLES, **variables}.items():
        monkeypatch.setenv(name, value)


def log_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Read what the trigger logged; no line of it may hold an e-mail address."""
    captured = capsys.readouterr()
    assert "@" not in captured.out
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]

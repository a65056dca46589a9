"""Runs `backend_status`, and creates a sweep for it to report on."""

import io
import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from businesses.models import Sweep


def status(*options: str) -> dict[str, tuple[str, str, str]]:
    """Run `backend_status`; return the state, text and hint of each check, by name."""
    out = io.StringIO()
    code = 0
    try:
        call_command("backend_status", "--json", *options, stdout=out)
    except CommandError as error:
        code = error.returncode
    told: Any = json.loads(out.getvalue())
    found = {each["name"]: (each["state"], each["text"], each["hint"]) for each in told["checks"]}
    wrong = [state for state, _, _ in found.values()].count("wrong")
    otherwise = 2 if found["stack"][0] == "not checked" else 0
    assert (told["wrong"], code) == (wrong, 1 if wrong else otherwise)
    return found


def swept(ago: timedelta = timedelta(minutes=30), **values: Any) -> None:
    """Record a sweep that began and ended that long ago."""
    at = timezone.now() - ago
    of = {"stack": settings.BACKEND_STACK_NAME, "region": settings.AWS_REGION}
    Sweep.objects.create(**{"started_at": at, "finished_at": at, **of, **values})

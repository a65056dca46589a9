"""What the list says about the sweep: when it last ran, what it found, how to schedule it."""

import shlex
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from businesses.models import Sweep


def sweep_context() -> dict[str, Any]:
    """Return the context for the note's template.

    cron_line: for a crontab on this machine. cron_lacks: the names of this process's variables that
    a command needs too, but that are too secret for a page. cron_file: where they may be set.
    """
    sweep, running = Sweep.last_runs(settings.BACKEND_STACK_NAME, settings.AWS_REGION)
    return {
        "sweep": sweep,
        "running": running,
        "cron_line": _cron_line(),
        "cron_lacks": settings.COMMAND_SECRETS,
        "cron_file": settings.COMMAND_VARIABLES.get("ENV_FILE", settings.BASE_DIR / ".env"),
    }


def _cron_line() -> str:
    # Cron has neither the site's variables nor its PATH or directory, and treats % as the end of
    # the command. Where a secret is missing, no default may take its place.
    given = dict(settings.COMMAND_VARIABLES)
    if settings.COMMAND_SECRETS:
        given[settings.NAMES_REQUIRED] = ",".join(settings.COMMAND_SECRETS)
    variables = [f"{name}={shlex.quote(value)}" for name, value in given.items()]
    command = shlex.join([_python(), str(settings.BASE_DIR / "manage.py")])
    line = " ".join([*variables, command, "find_stuck_onboardings"])
    return "0 * * * *  " + line.replace("%", r"\%")


def _python() -> str:
    """Return this environment's Python; a server that embeds Python is an executable of its own."""
    python = Path(sys.prefix) / "bin" / "python3"
    return str(python if python.exists() else sys.executable)

"""What the list says about the sweep: when it last ran, what it found, how to schedule it."""

import shlex
import sys
from typing import Any

from django.conf import settings

from businesses.models import Sweep


def sweep_context() -> dict[str, Any]:
    """Return the context for the note's template. cron_line: for a crontab on this machine."""
    sweep, running = Sweep.last_runs()
    return {"sweep": sweep, "running": running, "cron_line": _cron_line()}


def _cron_line() -> str:
    # Cron has neither the site's PATH nor its directory, and treats % as the end of the command.
    command = shlex.join([sys.executable, str(settings.BASE_DIR / "manage.py")])
    return "0 * * * *  " + f"{command} find_stuck_onboardings".replace("%", r"\%")

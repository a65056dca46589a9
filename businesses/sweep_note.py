"""What the list says of the sweep: when it last ran, what it found, and how to schedule it."""

import shlex
import sys
from typing import Any

from django.conf import settings

from businesses.models import Sweep


def sweep_context() -> dict[str, Any]:
    """Return what the note's template needs.

    sweep: the last run that ended; running: one that began since and has not. A dry run is neither,
    as it settles nothing. cron_line: for a crontab of this machine.
    """
    runs = Sweep.objects.filter(dry_run=False).order_by("started_at")
    sweep = runs.filter(finished_at__isnull=False).last()
    unfinished = runs.filter(finished_at__isnull=True)
    if sweep is not None:
        unfinished = unfinished.filter(started_at__gt=sweep.started_at)
    return {"sweep": sweep, "running": unfinished.last(), "cron_line": _cron_line()}


def _cron_line() -> str:
    # Cron has neither the site's PATH nor its directory, and takes a % for the end of the command.
    command = shlex.join([sys.executable, str(settings.BASE_DIR / "manage.py")])
    return "0 * * * *  " + f"{command} find_stuck_onboardings".replace("%", r"\%")

"""What the list says of the sweep: when it last ran, what it found, and how to schedule it."""

import shlex
import sys
from typing import Any

from django.conf import settings

from businesses.models import Sweep


def sweep_context() -> dict[str, Any]:
    """Return what the note's template needs; cron_line: for a crontab of this machine."""
    sweep, running = last_sweeps()
    return {"sweep": sweep, "running": running, "cron_line": _cron_line()}


def last_sweeps() -> tuple[Sweep | None, Sweep | None]:
    """Return the last run that ended, and the last that began since and has not.

    That one may run, or its process was killed. A dry run is neither, as it settles nothing. Raises
    django.db.DatabaseError.
    """
    runs = Sweep.objects.filter(dry_run=False).order_by("started_at")
    ended = runs.filter(finished_at__isnull=False).last()
    unfinished = runs.filter(finished_at__isnull=True)
    if ended is not None:
        unfinished = unfinished.filter(started_at__gt=ended.started_at)
    return ended, unfinished.last()


def _cron_line() -> str:
    # Cron has neither the site's PATH nor its directory, and takes a % for the end of the command.
    command = shlex.join([sys.executable, str(settings.BASE_DIR / "manage.py")])
    return "0 * * * *  " + f"{command} find_stuck_onboardings".replace("%", r"\%")

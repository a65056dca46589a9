"""When the sweep last ran, and when the next one is due, judged by the past intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from django.conf import settings

from businesses.aws.status import SWEPT_WITHIN
from businesses.models import Sweep

LOOKED_AT = 8  # past runs; their median interval is not moved by one that was late or run by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepState:
    """The last finished sweep, one that is running, and when the next is due (aware), or None.

    is_late: whether the next one should have begun. is_old: whether the last one ended too long
    ago, whatever the intervals.
    """

    last: Sweep | None
    running: Sweep | None
    due: datetime | None
    is_late: bool
    is_old: bool

    @property
    def kind(self) -> str:
        """Say "well", "ill" or "unknown"."""
        if self.is_late or self.is_old or (self.last and self.last.error):
            return "ill"
        return "well" if self.last else "unknown"


def read_sweep_state(now: datetime) -> SweepState:
    """Read the log of sweeps of the site's stack. now: aware."""
    stack, region = settings.BACKEND_STACK_NAME, settings.AWS_REGION
    last, running = Sweep.last_runs(stack, region)
    runs: Any = Sweep.objects.filter(stack=stack, region=region, dry_run=False)
    starts = list(runs.order_by("-started_at").values_list("started_at", flat=True)[:LOOKED_AT])
    interval = usual_interval(starts)
    due = starts[0] + interval if interval else None
    is_late = due is not None and interval is not None and now > due + interval / 2
    ended = last.finished_at if last else None
    return SweepState(
        last=last,
        running=running,
        due=due,
        is_late=is_late and running is None,
        is_old=ended is not None and now - ended > SWEPT_WITHIN,
    )


def usual_interval(starts: Sequence[datetime]) -> timedelta | None:
    """Return the median time between sweeps; None if there were fewer than two. Newest first."""
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(starts)]
    return timedelta(seconds=median(gaps)) if gaps else None

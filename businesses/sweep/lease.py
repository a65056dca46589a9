"""Sweeps of one stack run one after another, whichever machines they are started on.

The row of a sweep that has not finished is its lease of the stack: the database accepts one such
row for each stack. A running sweep renews the lease; one that was killed holds it until it runs
out. The clocks of the machines must agree to within some minutes.
"""

import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from businesses.exceptions import SweepRunning, SweepTakenOver
from businesses.models import Sweep
from businesses.records.times import exact_time

LEASE = timedelta(minutes=10)  # longer than one step of a sweep takes, though it is throttled
RENEWED_EVERY = timedelta(seconds=30)
KEPT_FOR = timedelta(days=90)
KILLED = "Its process was killed."


class SweepLease:
    """One sweep's lease of its stack, and the row that tells of it.

    clock: aware. Every method raises django.db.DatabaseError if the database cannot be used.
    """

    def __init__(
        self, stack: str, region: str, *, dry_run: bool, clock: Callable[[], datetime]
    ) -> None:
        """Take the lease. Raises SweepRunning if another sweep has it."""
        self._clock = clock
        self._renewed_at = now = clock()
        Sweep.objects.filter(started_at__lt=now - KEPT_FOR).delete()
        unfinished = Sweep.objects.filter(stack=stack, region=region, finished_at__isnull=True)
        unfinished.filter(leased_until__isnull=True).update(finished_at=now, error=KILLED)
        unfinished.filter(leased_until__lte=now).update(finished_at=F("leased_until"), error=KILLED)
        try:
            with transaction.atomic():
                self._row = Sweep.objects.create(
                    stack=stack,
                    region=region,
                    runner=f"process {os.getpid()} on {socket.gethostname()}",
                    started_at=now,
                    leased_until=now + LEASE,
                    dry_run=dry_run,
                )
        except IntegrityError as error:
            raise _running(unfinished.last(), stack, now) from error

    def renew(self) -> None:
        """Renew the lease if it is time. Raises SweepTakenOver if another sweep has it by now."""
        now = self._clock()
        if now - self._renewed_at < RENEWED_EVERY:
            return
        if not self._own().update(leased_until=now + LEASE):
            raise SweepTakenOver
        self._renewed_at = now

    def end(self, **found: Any) -> None:
        """Give the lease back. found: values of the row's fields.

        Changes nothing if another sweep has the lease: it has closed this row already.
        """
        self._own().update(finished_at=self._clock(), **found)

    def _own(self) -> Any:
        return Sweep.objects.filter(Q(pk=self._row.pk), finished_at__isnull=True)


def _running(row: Sweep | None, stack: str, now: datetime) -> SweepRunning:
    """Return the error that tells of the other sweep. row: None if it has ended just now."""
    if row is None or row.leased_until is None:
        return SweepRunning(stack, "it has just ended", exact_time(now), exact_time(now))
    since, until = exact_time(row.started_at), exact_time(row.leased_until)
    return SweepRunning(stack, row.runner, since, until)

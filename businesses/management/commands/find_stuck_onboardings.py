"""`manage.py find_stuck_onboardings`: record users who were neither onboarded nor recorded."""

import signal
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from businesses.aws.sweep_metric import report_sweep
from businesses.exceptions import BackendUnavailable, BusinessesError, SweepRunning
from businesses.management.backend import command_backlog, command_stack
from businesses.management.progress_line import INTERRUPTED, ProgressLine
from businesses.management.sweep_report import (
    SweepTally,
    format_finding,
    format_progress,
    parse_duration,
)
from businesses.sweep.lease import SweepLease
from businesses.sweep.service import WRITES_AT_ONCE, Backlog, Sweeper, SweepStep

UNFINISHED = "The records made so far are kept. Run it again; it goes through all users once more."

# What is true once the sweep is kept as finished.
CUT_OFF = "The sweep is done, but CloudWatch may not know of it, so its alarm may go off."
NOT_REPORTED = (
    "The sweep is done, but CloudWatch does not know of it, so its alarm may go off. "
    "`manage.py deploy_backend` gives the site's policy what it takes."
)


def _age(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _time(text: str) -> datetime:
    """Parse a date, or a date and a time, that is over; without an offset, in the site's zone."""
    try:
        day, at = parse_date(text), parse_datetime(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date or time of the calendar: {error}") from error
    if at is None and day is not None:
        at = datetime.combine(day, datetime.min.time())
    if at is None:
        raise ArgumentTypeError(f"{text!r} is no date, such as 2026-01-31, or 2026-01-31T08:00Z")
    at = timezone.make_aware(at) if timezone.is_naive(at) else at
    if at > timezone.now():
        raise ArgumentTypeError(f"{text!r} is yet to come, and would leave everybody out")
    return at


class Command(BaseCommand):
    help = (
        "Compare all users with the tables and record those who were never onboarded. You can stop "
        "it and run it again at any time; a second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=_age,
            default="5m",
            metavar="AGE",
            help="Leave out users who changed more recently than this, because their trigger may "
            "still be running: 90s, 5m, 2h, 1d; default 5m.",
        )
        parser.add_argument(
            "--confirmed-after",
            type=_time,
            metavar="TIME",
            help="Leave out users who were created before this, such as 2026-01-31 or "
            "2026-01-31T08:00Z, and of whom nothing is recorded. Whoever was created later "
            "counts, through whichever app client. Without it, in a pool that was there before the "
            "stack: users older than the stack, and those of other app clients.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Check, but record nothing.")
        parser.add_argument(
            "--list-all", action="store_true", help="List every user when found, not just some."
        )

    def handle(
        self,
        *,
        older_than: timedelta,
        confirmed_after: datetime | None,
        dry_run: bool,
        list_all: bool,
        **options: Any,
    ) -> None:
        self._dry_run, self._list_all = dry_run, list_all
        self._progress = ProgressLine(self.stdout)
        tally = SweepTally(0) if list_all else SweepTally()
        left = UNFINISHED
        try:
            with _sigterm_as_ctrl_c():
                with self._logged(tally) as lease, command_stack() as stack:
                    self._sweep(command_backlog(stack, confirmed_after), tally, older_than, lease)
                left = CUT_OFF
                self._report()
        except SweepRunning as error:
            raise CommandError(f"{error} {error.hint}") from error
        except BusinessesError as error:
            self._summarise(tally)
            raise CommandError(f"{error}\n{error.hint}\n{left}") from error
        except KeyboardInterrupt as interrupt:
            self._summarise(tally)
            raise CommandError(f"Interrupted. {left}", returncode=INTERRUPTED) from interrupt
        except DatabaseError as error:
            raise CommandError(
                f"The site's database cannot be used: {error}\n"
                "Check DATABASE_URL and run `manage.py migrate`."
            ) from error
        self._summarise(tally)

    def _sweep(
        self, backlog: Backlog, tally: SweepTally, older_than: timedelta, lease: SweepLease
    ) -> None:
        total = backlog.pool.estimated_users()
        began = time.monotonic()
        with ThreadPoolExecutor(WRITES_AT_ONCE, "sweep") as executor:
            sweep = Sweeper(
                backlog, older_than=older_than, dry_run=self._dry_run, executor=executor
            )
            for step in sweep.steps():
                lease.renew()
                if step.users and not tally.users:
                    began = time.monotonic()
                tally.add(step)
                if self._list_all:
                    self._list(step)
                self._progress.show(partial(_progress, tally, total, began))

    def _report(self) -> None:
        """Tell CloudWatch, if its alarm waits for that. The sweep has ended, told or not."""
        if self._dry_run or not settings.SWEEP_ALARM_HOURS:
            return
        try:
            with command_stack() as stack:
                report_sweep(stack)
        except BackendUnavailable as error:
            self._progress.clear()
            self.stderr.write(f"{error} {error.hint}\n{NOT_REPORTED}")

    def _list(self, step: SweepStep) -> None:
        for finding in step.findings:
            if finding.is_new:
                self._progress.clear()
                self.stdout.write(format_finding(finding, dry_run=self._dry_run))

    def _summarise(self, tally: SweepTally) -> None:
        self._progress.clear()
        self.stdout.write("\n".join(tally.summary(dry_run=self._dry_run)))
        if self._dry_run:
            return
        if tally.found:
            self.stdout.write(
                "Onboard them with `manage.py retry_onboardings --source sweep`, or in the admin."
            )
        if tally.drifted:
            self.stdout.write(
                "Put those out of their group back with `manage.py retry_onboardings "
                "--out-of-group`, or in the admin."
            )

    @contextmanager
    def _logged(self, tally: SweepTally) -> Iterator[SweepLease]:
        """Store when the sweep ran and what it found, for the admin, however the sweep ends."""
        lease = SweepLease(
            settings.BACKEND_STACK_NAME,
            settings.AWS_REGION,
            dry_run=self._dry_run,
            clock=timezone.now,
        )
        trouble = ""
        try:
            yield lease
        except KeyboardInterrupt:
            trouble = "Interrupted."
            raise
        except Exception as error:
            trouble = str(error) or type(error).__name__
            raise
        finally:
            # The connection may have been idle for longer than the database allows.
            if not connection.in_atomic_block:
                close_old_connections()
            lease.end(
                users_seen=tally.users,
                found=tally.found,
                completed=tally.completed,
                drifted=tally.drifted,
                error=trouble,
            )


def _progress(tally: SweepTally, total: int, began: float) -> str:
    return format_progress(tally, total, time.monotonic() - began)


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Handle SIGTERM, which cron sends, like Ctrl-C, so that the sweep is still summarised."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

"""`manage.py find_stuck_onboardings`: record those whom nobody onboarded and nobody recorded."""

import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from businesses.backend_commands import command_backlog, command_stack
from businesses.exceptions import BusinessesError
from businesses.models import Sweep
from businesses.sweep import WRITES_AT_ONCE, Backlog, Sweeper
from businesses.sweep_report import Tally, format_progress, parse_duration

INTERRUPTED = 130  # as a shell reports a process that Ctrl-C ended
KEPT_FOR = timedelta(days=90)
REDRAW_SECONDS = 0.25
LINE_SECONDS = 10.0  # between progress lines where the output is not a terminal
CLEAR_LINE = "\r\x1b[K"
UNFINISHED = "What it recorded by then stays recorded. Run it again: it goes through all users."


def _age(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


class Command(BaseCommand):
    help = (
        "Compare all users with the tables, and record those who were never onboarded. It may be "
        "stopped and run at any time; a second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=_age,
            default="5m",
            metavar="AGE",
            help="Leave out users who changed since, as their trigger may be at work: 90s, 5m, 2h, "
            "1d; default 5m.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Look, but record nothing.")

    def handle(self, *, older_than: timedelta, dry_run: bool, **options: Any) -> None:
        tally = Tally()
        try:
            with self._logged(tally, dry_run=dry_run), command_stack() as stack:
                self._sweep(command_backlog(stack), tally, older_than=older_than, dry_run=dry_run)
        except BusinessesError as error:
            self._summarise(tally, dry_run=dry_run)
            raise CommandError(f"{error}\n{error.hint}\n{UNFINISHED}") from error
        except KeyboardInterrupt as interrupt:
            self._summarise(tally, dry_run=dry_run)
            raise CommandError(f"Interrupted. {UNFINISHED}", returncode=INTERRUPTED) from interrupt
        except DatabaseError as error:
            raise CommandError(
                f"The site's database cannot be used: {error}\n"
                "Check DATABASE_URL and run `manage.py migrate`."
            ) from error
        self._summarise(tally, dry_run=dry_run)

    def _sweep(
        self, backlog: Backlog, tally: Tally, *, older_than: timedelta, dry_run: bool
    ) -> None:
        total = backlog.pool.estimated_users()
        began = self._drawn = time.monotonic()
        with ThreadPoolExecutor(WRITES_AT_ONCE, "sweep") as executor:
            sweep = Sweeper(backlog, older_than=older_than, dry_run=dry_run, executor=executor)
            for step in sweep.steps():
                if step.users and not tally.users:
                    began = time.monotonic()
                tally.add(step)
                self._show(tally, total, began)

    def _show(self, tally: Tally, total: int, began: float) -> None:
        """Write how far it is: in place, or now and then where the output is not a terminal."""
        now = time.monotonic()
        if now - self._drawn < (REDRAW_SECONDS if self.stdout.isatty() else LINE_SECONDS):
            return
        self._drawn = now
        line = format_progress(tally, total, now - began)
        if self.stdout.isatty():
            self.stdout.write(f"{CLEAR_LINE}{line}", ending="")
        else:
            self.stdout.write(line)
        self.stdout.flush()

    def _summarise(self, tally: Tally, *, dry_run: bool) -> None:
        if self.stdout.isatty():
            self.stdout.write(CLEAR_LINE, ending="")
        self.stdout.write("\n".join(tally.summary(dry_run=dry_run)))
        if tally.found and not dry_run:
            self.stdout.write(
                "Onboard them with `manage.py retry_onboardings --source sweep`, or in the admin."
            )

    @contextmanager
    def _logged(self, tally: Tally, *, dry_run: bool) -> Iterator[None]:
        """Keep when it ran and what it found, for the admin; however it ends."""
        started = timezone.now()
        Sweep.objects.filter(started_at__lt=started - KEPT_FOR).delete()
        run = Sweep.objects.create(started_at=started, dry_run=dry_run)
        try:
            yield
        except KeyboardInterrupt:
            run.error = "Interrupted."
            raise
        except Exception as error:
            run.error = str(error) or type(error).__name__
            raise
        finally:
            # The connection may have been idle for longer than the database allows.
            close_old_connections()
            run.finished_at = timezone.now()
            run.users_seen, run.found = tally.users, tally.found
            run.completed, run.drifted = tally.completed, tally.drifted
            run.save()

"""What the commands have in common that make every record of the Business table right."""

import math
import time
from abc import ABC, abstractmethod
from argparse import ArgumentTypeError
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from businesses.aws.stack import Stack
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.exceptions import BusinessesError
from businesses.maintenance.refresh import Refresh, Refreshed
from businesses.management.backend import command_stack
from businesses.management.progress_line import INTERRUPTED, ProgressLine
from businesses.management.refresh_report import (
    RefreshTally,
    RefreshWords,
    format_odd,
    format_progress,
    how_to_go_on,
)
from businesses.queries.keys import can_be_key

MOST_PER_SECOND = 1000


def _rate(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:5]) <= MOST_PER_SECOND):
        raise ArgumentTypeError(f"it must be a number from 1 to {MOST_PER_SECOND}")
    return int(text)


def _id(text: str) -> str:
    if not can_be_key(text):
        raise ArgumentTypeError("it must be an id, of at most 2,048 bytes")
    return text


class RefreshCommand(BaseCommand, ABC):
    """A command that goes through all records, and writes those that are not right."""

    words: ClassVar[RefreshWords]

    @abstractmethod
    def refresh_of(self, stack: Stack, wait: Callable[[], object]) -> Refresh:
        """Return the refresh. wait: to be called before each call to the table."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--dry-run", action="store_true", help="Compare, but write nothing.")
        parser.add_argument(
            "--rate",
            type=_rate,
            default=25,
            metavar="N",
            help="Call the table at most this often in a second; default 25. Each call writes one "
            "record or reads 250.",
        )
        parser.add_argument(
            "--continue-from",
            type=_id,
            metavar="ID",
            help="Go on after this id, with which an earlier run ended.",
        )

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        """Refresh all records; raise CommandError if some cannot be made right."""
        self._tally, self._progress = RefreshTally(self.words), ProgressLine(self.stdout)
        self._dry_run = dry_run
        limiter = QuotaLimiter(options["rate"])
        try:
            with command_stack() as stack:
                total = stack.businesses().approximate_count()
                refresh = self.refresh_of(stack, partial(limiter.wait, math.inf))
                self._run(refresh, total, options["continue_from"] or "")
        except BusinessesError as error:
            self._summarise()
            raise CommandError(f"{error}\n{error.hint}\n{how_to_go_on(self._tally)}") from error
        except KeyboardInterrupt as interrupt:
            self._summarise()
            raise CommandError(
                f"Interrupted. {how_to_go_on(self._tally)}", returncode=INTERRUPTED
            ) from interrupt
        self._summarise()
        if self._tally.odd:
            raise CommandError(
                f"Some records cannot be made right. {self.words.mend} in the DynamoDB console, "
                "then run it again."
            )

    def _run(self, refresh: Refresh, total: int, after: str) -> None:
        began = time.monotonic()
        for record in refresh.run(after=after, dry_run=self._dry_run):
            self._tally.add(record)
            if record.result is Refreshed.ODD:
                self._progress.clear()
                self.stdout.write(format_odd(record))
            self._progress.show(
                lambda: format_progress(self._tally, total, time.monotonic() - began)
            )

    def _summarise(self) -> None:
        self._progress.clear()
        self.stdout.write(self._tally.summary(dry_run=self._dry_run))

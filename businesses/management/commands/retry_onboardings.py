"""`manage.py retry_onboardings`: retry stuck onboardings without a browser."""

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from businesses.aws.stack import say_to_operator, waiting_for
from businesses.exceptions import BusinessesError
from businesses.management.arguments import given
from businesses.management.backend import command_retry, command_stack
from businesses.management.progress_line import INTERRUPTED, ProgressLine, one_line
from businesses.management.retry_report import (
    RetryTally,
    format_outcome,
    format_progress,
    format_stuck,
)
from businesses.queries.onboarding_plan import Choice
from businesses.records.onboarding import (
    COMMAND,
    OPEN,
    OUT_OF_GROUP,
    SWEEP,
    TRIGGER,
    Onboarding,
)
from businesses.retry.outcomes import Result
from businesses.retry.service import Retry

UNTOUCHED = "Records that are not reported above are unchanged. Run it again."


class Command(BaseCommand):
    help = (
        "Call the mutation again for onboardings that failed, and for people who are not in the "
        "group of their Business, and record the result. Completed and dismissed ones are left "
        "alone. You can stop it and run it again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subs", nargs="*", type=given, metavar="SUB", help="Retry only these.")
        parser.add_argument("--all", action="store_true", help="Retry all the trigger recorded.")
        parser.add_argument(
            "--source",
            choices=[TRIGGER, SWEEP],
            help="Retry all that this source recorded. --all leaves out what the sweep found, "
            "because a missing business may have been deleted on purpose.",
        )
        parser.add_argument(
            "--reason",
            type=given,
            metavar="TYPE",
            help="Retry only onboardings whose last failure has this type, among those that the "
            "trigger recorded unless --source says otherwise.",
        )
        parser.add_argument(
            "--out-of-group",
            action="store_true",
            help="Put back in the group all whom the sweep found out of it. Their businesses stay "
            "as they are.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="List what would be retried and stop."
        )

    def handle(self, *, subs: list[str], dry_run: bool, **options: Any) -> None:
        source, reason, outside = (
            options["source"],
            options["reason"] or "",
            options["out_of_group"],
        )
        _check(subs, are_stuck=options["all"] or bool(source or reason), are_outside=outside)
        choice = Choice(source=source or TRIGGER, reason_type=reason)
        if outside:
            choice = Choice(status=OUT_OF_GROUP)
        self._tally, self._interrupted = RetryTally(), False
        try:
            with command_stack() as stack:
                retry = command_retry(stack)
                if dry_run:
                    self._list(_chosen(retry, subs, choice), subs)
                else:
                    total = len(set(subs)) if subs else retry.count_stuck(choice)
                    wanted = (record.sub for record in retry.stuck(choice))
                    self._retry(retry, dict.fromkeys(subs) if subs else wanted, total)
                if (options["all"] or reason) and not source and not self._interrupted:
                    self._tell_of_the_sweeps(retry, reason)
        except BusinessesError as error:
            raise CommandError(f"{error}\n{error.hint}") from error
        except KeyboardInterrupt as interrupt:
            raise CommandError(f"Interrupted. {UNTOUCHED}", returncode=INTERRUPTED) from interrupt
        if self._interrupted:
            raise CommandError(f"Interrupted. {UNTOUCHED}", returncode=INTERRUPTED)
        if not self._tally.is_fine:
            raise CommandError("Some are not onboarded. Fix the causes above, then run it again.")

    def _retry(self, retry: Retry, subs: Iterable[str], total: int) -> None:
        began, progress = time.monotonic(), ProgressLine(self.stdout)

        def line() -> str:
            return format_progress(self._tally, total, time.monotonic() - began)

        stop = threading.Event()
        try:
            with (
                self._stopping_on_signals(stop),
                closing(retry.run(subs, by=COMMAND, stop=stop)) as outcomes,
            ):
                with waiting_for("the API", say_to_operator):
                    first = next(outcomes, None)
                for outcome in chain(filter(None, [first]), outcomes):
                    self._tally.add(outcome)
                    if outcome.result is not Result.COMPLETED:
                        progress.clear()
                        self.stdout.write(format_outcome(outcome))
                    progress.show(line)
        finally:
            progress.clear()
            self.stdout.write("\n".join(self._tally.summary(time.monotonic() - began)))

    def _tell_of_the_sweeps(self, retry: Retry, reason: str) -> None:
        """Say how many were left out: the sweep's finds are retried only with --source sweep."""
        if count := retry.count_stuck(Choice(source=SWEEP, reason_type=reason)):
            which, option = (" with this reason", f" --reason {reason}") if reason else ("", "")
            were, them = ("was", "it") if count == 1 else ("were", "them")
            self.stdout.write(
                f"{count:,} more{which} {were} found by the sweep. Select {them} with "
                f"--source {SWEEP}{option}."
            )

    def _list(self, records: Iterable[Onboarding], subs: list[str]) -> None:
        """Write which records would be retried, and which of the given subs would not."""
        missing, would, odd = dict.fromkeys(subs), 0, 0
        for record in records:
            missing.pop(record.sub, None)
            would += record.status in OPEN and not record.obstacles
            odd += bool(record.obstacles)
            self.stdout.write(format_stuck(record))
        for sub in missing:
            self.stdout.write(one_line(f"{sub}  has no record"))
        but = f", and {odd:,} could not be, for the reasons above" if odd else ""
        self.stdout.write(f"{would:,} would be retried{but}. Nothing was changed.")

    @contextmanager
    def _stopping_on_signals(self, stop: threading.Event) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM stop the retry after the calls under way, however often they come.

        So everything that was done is reported, and the rest is untouched. Each call has its own
        time-out.
        """

        def interrupt(_number: int, _frame: FrameType | None) -> None:
            self._interrupted = True
            stop.set()
            self.stderr.write("Stopping after the calls under way. This takes a few seconds.")

        before = {each: signal.signal(each, interrupt) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def _check(subs: list[str], *, are_stuck: bool, are_outside: bool) -> None:
    """Refuse arguments that are ambiguous or select nothing."""
    if subs and (are_stuck or are_outside):
        raise CommandError("Give either subs or --all, --source and --reason, but not both.")
    if are_stuck and are_outside:
        raise CommandError("Give either --out-of-group or --all, --source and --reason.")
    if not (subs or are_stuck or are_outside):
        raise CommandError(
            "Give the subs to retry, --all, --source, --reason or --out-of-group. Nothing was done."
        )


def _chosen(retry: Retry, subs: list[str], choice: Choice) -> Iterable[Onboarding]:
    return retry.get_many(subs).values() if subs else retry.stuck(choice)

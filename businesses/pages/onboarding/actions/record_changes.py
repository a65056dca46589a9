"""Changes to records that staff ask for: for each record one write, then the history."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest

from businesses.audit.history import Action, Staff, write_history
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.backend import Backend
from businesses.exceptions import (
    BusinessesError,
    HistoryUnwritable,
    RecordChanged,
    RecordFull,
    RecordGone,
)
from businesses.figures.staff_actions import note_action
from businesses.pages.errors.staff_words import staff_words
from businesses.records.onboarding import Onboarding
from businesses.retry.audited import both

TOLD = 3  # how many refusals are shown in full

Change = Callable[[OnboardingTable, str], Onboarding]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReport:
    """The result of changing some records.

    done: records as written. changed: a message for each record whose status had changed, or
    that DynamoDB does not let change.
    problem: why the change ended early; None if it did not. left: the subs that were not done; for
    the first of them, it may be unknown whether it was written.
    """

    done: tuple[Onboarding, ...]
    changed: tuple[str, ...]
    problem: BusinessesError | None
    left: tuple[str, ...]


def change_records(  # noqa: PLR0913 - by keyword
    backend: Backend,
    staff: Staff,
    subs: Sequence[str],
    change: Change,
    told: tuple[str, str],
    *,
    stop: threading.Event | None = None,
) -> ChangeReport:
    """Change records one by one, until AWS refuses or does not answer.

    told: the action and the message for the history of each record that was written. It gets its
    entry before the next record is changed, so that a process that is killed leaves at most one
    without. If an answer did not come in time, the write may still take effect, and the history
    says that this is unknown. stop: once set, no further record is changed.
    """
    done, changed = list[Onboarding](), list[str]()
    problem: BusinessesError | None = None
    left: Sequence[str] = ()
    for number, sub in enumerate(subs):
        if stop and stop.is_set():
            left = subs[number:]
            break
        action, message = told
        try:
            done.append(_make(backend, change, sub))
        except (RecordChanged, RecordFull, RecordGone) as error:
            changed.append(str(error))
            action, message = Action.NOT_CHANGED, f"Not changed. {error}"
        except BusinessesError as error:
            problem, left = error, subs[number:]
            action, message = Action.UNCONFIRMED, f"Without confirmation: {message} ({error})"
        try:
            write_history(staff, action, [sub], message)
        except HistoryUnwritable as error:
            problem, left = both(problem, error), left or subs[number + 1 :]
        if problem:
            break
    note_action(done)
    return ChangeReport(done=tuple(done), changed=tuple(changed), problem=problem, left=tuple(left))


def tell(request: HttpRequest, report: ChangeReport, message: str) -> None:
    """Show messages about what happened to one record, or to many."""
    names = [record.name or record.email or record.sub for record in report.done]
    if len(names) == 1:
        messages.success(request, f"{names[0]}: {message}")
    elif names:
        messages.success(request, f"{len(names)} records: {message}")
    if report.changed:
        told = report.changed[:TOLD]
        more = len(report.changed) - len(told)
        messages.warning(request, " ".join(told) + (f" And {more} more." if more else ""))
    if report.problem:
        left = f" Not changed, as far as is known: {len(report.left)}." if report.left else ""
        messages.error(request, f"{staff_words(report.problem)}{left}")


def _make(backend: Backend, change: Change, sub: str) -> Onboarding:
    return backend.ask(lambda stack: change(stack.onboardings(), sub))

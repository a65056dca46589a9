"""A retry requested by a member of staff, with history entries before and after each call."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from businesses.exceptions import BusinessesError, HistoryUnwritable
from businesses.figures.staff_actions import note_action
from businesses.history import Action, Staff, write_history
from businesses.records.onboarding import FAILED
from businesses.retry.for_pages import RetryServices
from businesses.retry.outcomes import Outcome, Result

BEGUN = "Retry begun."
STOPPED = "There was no time left for it, so the record is unchanged."
ACTIONS = {
    Result.COMPLETED: (Action.RETRY_COMPLETED, "Retry completed."),
    Result.FAILED: (Action.RETRY_FAILED, "Retry failed."),
    Result.REFUSED: (Action.NOT_RETRIED, "No retry was made."),
    Result.UNRECORDED: (
        Action.RETRY_UNRECORDED,
        "Retry made, but the record does not show it.",
    ),
}


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes for some records. problem: why the retry ended early; None if it did not."""

    outcomes: tuple[Outcome, ...]
    problem: BusinessesError | None = None


def retry_with_history(
    services: RetryServices,
    staff: Staff,
    subs: Iterable[str],
    *,
    stop: threading.Event | None = None,
) -> Report:
    """Retry some records, each with one history entry before its call and one with the outcome.

    A record whose retry was announced but not made gets an entry that says why. If the first
    entries cannot be written, no call is made; if a later one cannot, the outcome or the problem
    says so. stop: once set, no further call is started.
    """
    wanted, begun = list(dict.fromkeys(subs)), list[str]()
    outcomes, problem = list[Outcome](), None
    try:
        with services.service() as retry:
            records = retry.get_many(wanted).values()
            stuck = [record.sub for record in records if record.status == FAILED]
            write_history(staff, Action.RETRY_BEGUN, stuck, BEGUN)
            begun += stuck
            with closing(retry.run(wanted, by=staff.name, stop=stop)) as results:
                outcomes.extend(_with_history(staff, outcome, begun) for outcome in results)
    except BusinessesError as error:
        problem = error
    tried = {outcome.sub for outcome in outcomes}
    try:
        not_made = [sub for sub in begun if sub not in tried]
        write_history(staff, Action.NOT_RETRIED, not_made, f"Retry not made. {problem or STOPPED}")
    except HistoryUnwritable as error:
        problem = both(problem, error)
    note_action(outcome.record for outcome in outcomes if outcome.record)
    return Report(tuple(outcomes), problem)


def _with_history(staff: Staff, outcome: Outcome, begun: Sequence[str]) -> Outcome:
    if outcome.record is None and outcome.sub not in begun:
        return outcome  # without a record there is no history to add to
    action, words = ACTIONS[outcome.result]
    try:
        write_history(staff, action, [outcome.sub], f"{words} {outcome.text}")
    except HistoryUnwritable as error:
        return replace(outcome, text=f"{outcome.text} {error} {error.hint}")
    return outcome


def both(problem: BusinessesError | None, error: HistoryUnwritable) -> BusinessesError:
    """Return one problem that combines an earlier one, if any, with that of the history."""
    if problem is None:
        return error
    return BusinessesError(f"{problem} {error}", f"{problem.hint} {error.hint}")

"""A retry requested by a member of staff, with history entries before and after each call."""

import threading
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace

from django.utils import timezone

from businesses.audit.history import Action, Staff, write_history
from businesses.exceptions import BusinessesError, HistoryUnwritable, SeveralProblems
from businesses.figures.staff_actions import note_action
from businesses.records.onboarding import FAILED, OUT_OF_GROUP
from businesses.retry.current_data import take_current_data
from businesses.retry.for_pages import RetryServices
from businesses.retry.outcomes import Outcome, Result

BEGUN = {FAILED: "Retry begun.", OUT_OF_GROUP: "Putting back in the group begun."}
STOPPED = "There was no time left for it, so the record is unchanged."
ACTIONS = {
    Result.COMPLETED: (Action.RETRY_COMPLETED, "Retry completed."),
    Result.FAILED: (Action.RETRY_FAILED, "Retry failed."),
    Result.REFUSED: (Action.NOT_RETRIED, "No retry was made."),
    Result.SETTLED: (Action.FOUND_SETTLED, "No retry was made."),
    Result.UNRECORDED: (
        Action.RETRY_UNRECORDED,
        "Retry made, but the record does not show it.",
    ),
}
PUT_BACK = {
    Result.COMPLETED: "Put back in the group.",
    Result.FAILED: "Not put back in the group.",
    Result.REFUSED: "Not put back in the group.",
    Result.SETTLED: "Not put back in the group.",
    Result.UNRECORDED: "Put back in the group or tried to, but the record does not show it.",
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
    keep: bool = False,
) -> Report:
    """Retry some records, each with one history entry before its call and one with the outcome.

    A record whose retry was announced but not made gets an entry that says why. If the first
    entries cannot be written, no call is made; if a later one cannot, the problem says so.
    stop: once set, no further call is started; if it came before the first, that is the problem.
    keep: whether the records keep their data where
    Cognito's are newer, instead of taking them first.
    """
    stop = stop or threading.Event()
    wanted, begun, taken = list(dict.fromkeys(subs)), dict[str, str](), dict[str, str]()
    outcomes = list[Outcome]()
    problem: BusinessesError | None = None
    try:
        with services.service() as retry:
            records = list(retry.get_many(wanted).values())
            if not keep:
                taken = take_current_data(
                    services.backend, staff, records, at=timezone.now(), stop=stop
                )
            for status, words in BEGUN.items():
                subs_of_it = [record.sub for record in records if record.status == status]
                write_history(staff, Action.RETRY_BEGUN, subs_of_it, words)
                begun |= dict.fromkeys(subs_of_it, status)
            with closing(retry.run(wanted, by=staff.name, stop=stop)) as results:
                for outcome in results:
                    before = begun.get(outcome.sub, "")
                    if told := taken.get(outcome.sub):
                        outcome = replace(outcome, text=f"{told} {outcome.text}")  # noqa: PLW2901
                    outcomes.append(outcome)
                    problem = _with_history(staff, outcome, before) or problem
    except BusinessesError as error:
        problem = error
    tried = {outcome.sub for outcome in outcomes}
    problem = _without_call(staff, [sub for sub in begun if sub not in tried], problem)
    note_action(outcome.record for outcome in outcomes if outcome.record)
    if stop.is_set() and wanted and not outcomes and not problem:
        problem = BusinessesError(
            "No retry could start in the time that one request has.",
            "Somebody else may be retrying, or AWS may be slow. Continue in a minute.",
        )
    return Report(tuple(outcomes), problem)


def _without_call(
    staff: Staff, subs: list[str], problem: BusinessesError | None
) -> BusinessesError | None:
    """Write why no call was made for records whose retry had begun; return what went wrong."""
    message = f"Retry not made. {problem or STOPPED}"
    try:
        write_history(staff, Action.RETRY_NOT_MADE, subs, message)
    except HistoryUnwritable as error:
        return both(problem, error)
    return problem


def _with_history(staff: Staff, outcome: Outcome, status: str) -> HistoryUnwritable | None:
    """Write what came of a retry; return why that failed, or None.

    status: the record's before the retry; "" if none began.
    """
    if outcome.record is None and not status and staff.run is None:
        return None  # without a record there is no history to add to, other than the run's
    action, words = ACTIONS[outcome.result]
    if status == OUT_OF_GROUP:
        words = PUT_BACK[outcome.result]
    try:
        write_history(staff, action, [outcome.sub], f"{words} {outcome.text}")
    except HistoryUnwritable as error:
        return error
    return None


def both(problem: BusinessesError | None, error: HistoryUnwritable) -> BusinessesError:
    """Return one problem that combines an earlier one, if any, with that of the history."""
    return SeveralProblems(problem, error) if problem else error

"""A retry that a member of the staff asked for: the history before, the call, the history after."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace

from businesses.backend import Backend
from businesses.exceptions import BusinessesError, HistoryUnwritable
from businesses.history import write_history
from businesses.models import Onboarding
from businesses.onboarding import Outcome
from businesses.onboarding_records import FAILED
from businesses.stack import explained


@dataclass(frozen=True, slots=True)
class Staff:
    """Who asked. name: what the records' attempts are signed with."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of some records. problem: why it ended early, None where it did not."""

    outcomes: tuple[Outcome, ...]
    problem: BusinessesError | None = None


def retry_for(backend: Backend, staff: Staff, subs: Iterable[str]) -> Report:
    """Retry some records, each with a line of history before its call and one with the outcome.

    Where the first lines can't be written, nobody is called; where a later one can't, the outcome
    says so.
    """
    outcomes = list[Outcome]()
    try:
        retry = backend.retry()
        wanted = list(dict.fromkeys(subs))
        with explained():
            stuck = [each for each in retry.get_many(wanted).values() if each.status == FAILED]
            write_history(staff.id, map(Onboarding.from_record, stuck), "Retry begun.")
            with closing(retry.run(wanted, by=staff.name)) as results:
                outcomes.extend(_with_history(staff, outcome) for outcome in results)
    except BusinessesError as error:
        return Report(tuple(outcomes), error)
    return Report(tuple(outcomes))


def _with_history(staff: Staff, outcome: Outcome) -> Outcome:
    if outcome.record is None:
        return outcome
    message = f"Retry {outcome.result.value}. {outcome.text}"
    try:
        write_history(staff.id, [Onboarding.from_record(outcome.record)], message)
    except HistoryUnwritable as error:
        return replace(outcome, text=f"{outcome.text} {error} {error.hint}")
    return outcome

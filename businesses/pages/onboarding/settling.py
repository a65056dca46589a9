"""Settling that a member of the staff asked for: one write for each record, then the history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from businesses.aws.onboarding_table import OnboardingTable
from businesses.backend import Backend
from businesses.exceptions import BusinessesError, HistoryUnwritable, RecordChanged, RecordGone
from businesses.records.onboarding import Onboarding
from businesses.retry.audited import Staff, both
from businesses.retry.history import write_history

Change = Callable[[OnboardingTable, str], Onboarding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of some records.

    done: as written. changed: why others were left, which had another status by then. problem: why
    it ended early, None where it did not. left: the subs from then on; whether the first of them
    was written may be unknown.
    """

    done: tuple[Onboarding, ...]
    changed: tuple[str, ...]
    problem: BusinessesError | None
    left: tuple[str, ...]


def settle_for(
    backend: Backend, staff: Staff, subs: Sequence[str], change: Change, message: str
) -> Settled:
    """Make a change to records one by one, as far as AWS goes along.

    message: for the history of each that was written. Where an answer did not come in time, the
    write may still be made, and the history says that this is not known.
    """
    done, changed = list[Onboarding](), list[str]()
    problem: BusinessesError | None = None
    left: Sequence[str] = ()
    for number, sub in enumerate(subs):
        try:
            done.append(_make(backend, change, sub))
        except (RecordChanged, RecordGone) as error:
            changed.append(str(error))
        except BusinessesError as error:
            problem, left = error, subs[number:]
            break
    try:
        write_history(staff.id, [record.sub for record in done], message)
        write_history(staff.id, left[:1], f"Without confirmation: {message} ({problem})")
    except HistoryUnwritable as error:
        problem = both(problem, error)
    return Settled(done=tuple(done), changed=tuple(changed), problem=problem, left=tuple(left))


def _make(backend: Backend, change: Change, sub: str) -> Onboarding:
    return backend.ask(lambda stack: change(stack.onboardings(), sub))

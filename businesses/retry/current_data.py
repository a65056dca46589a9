"""What Cognito holds in place of stuck records' data, taken before the records are retried."""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime

from businesses.audit.history import Action, Staff, write_history
from businesses.aws.stack import GROUP
from businesses.backend import Backend
from businesses.exceptions import BusinessesError, RecordChanged, RecordFull, RecordGone
from businesses.records.onboarding import FAILED, Onboarding, Person
from businesses.records.user import PoolUser
from businesses.retry.state import OnboardingState, differences

logger = logging.getLogger(__name__)

COMPARED = 20  # records of one batch, because Cognito answers only 30 such calls a second


def take_current_data(
    backend: Backend,
    staff: Staff,
    records: Sequence[Onboarding],
    *,
    at: datetime,
    stop: threading.Event,
) -> dict[str, str]:
    """Give stuck records what Cognito holds now; return what each has taken, in words, by sub.

    The first COMPARED of them are compared. Those for which Cognito does not answer keep their
    data, and so do those of people who have a Business. Raises BackendUnavailable or TableMissing,
    or HistoryUnwritable, after which what was taken stays. stop: once set, no further record is
    changed.
    """
    stuck = [record for record in records if record.status == FAILED and not stop.is_set()]
    stuck = stuck[:COMPARED]
    accounts = _accounts(backend, [record.sub for record in stuck])
    known = [(record, user) for record in stuck if (user := accounts.get(record.sub))]
    if not known:
        return {}
    group, businesses = backend.ask(
        lambda stack: (
            stack.outputs[GROUP],
            stack.businesses().summaries(record.sub for record, _ in known),
        )
    )
    taken = dict[str, str]()
    for record, user in known:
        if stop.is_set():
            break
        state = OnboardingState(
            group=record.group_name, exists=True, business=businesses.get(record.sub)
        ).with_account(user, record.person, group)
        given = differences(record, state)
        if given and state.current and _refresh(backend, state.current, at):
            message = f"Took from Cognito: {', '.join(each.name for each in given)}."
            write_history(staff, Action.REFRESHED, [record.sub], message)
            taken[record.sub] = message
    return taken


def _accounts(backend: Backend, subs: list[str]) -> dict[str, PoolUser | None]:
    if not subs:
        return {}
    try:
        return backend.ask_pool(lambda pool: pool.accounts_of(subs))
    except BusinessesError as error:
        logger.warning("The accounts of %d users are unknown: %s", len(subs), error)
        return {}


def _refresh(backend: Backend, person: Person, at: datetime) -> bool:
    """Write the data into a record, unless it is not FAILED any more or cannot hold them."""
    try:
        backend.ask(lambda stack: stack.onboardings().refresh_person(person.sub, person, at=at))
    except (RecordChanged, RecordFull, RecordGone):
        return False
    return True

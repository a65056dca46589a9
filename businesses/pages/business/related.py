"""What belongs to a business: its owner's page and onboarding record, and who retried it."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from businesses.audit.history import Action, Kind, storable
from businesses.backend import Backend
from businesses.exceptions import BusinessesError
from businesses.models import HistoryEntry
from businesses.records.business import Business, parse_time
from businesses.records.onboarding import COMPLETED, SWEEP, Onboarding
from businesses.retry.outcomes import ALREADY

logger = logging.getLogger(__name__)

# The API's clock gives the time of the business, and the site's that of the retry, at its end.
BEFORE, AFTER = timedelta(minutes=1), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Retried:
    """The retry that wrote a business. by: a member of staff, or "command". at: aware."""

    by: str
    at: datetime


def read_record(backend: Backend, sub: str) -> Onboarding | None:
    """Return the onboarding record with this sub; None if there is none or no answer."""
    try:
        return backend.ask(lambda stack: stack.onboardings().get(sub))
    except BusinessesError as error:
        logger.warning("Whether a business has an onboarding record is unknown: %s", error)
        return None


def completed_retries(sub: str) -> Iterable[HistoryEntry]:
    """Return the entries of retries that completed, which outlive the record."""
    return HistoryEntry.objects.filter(
        kind=Kind.ONBOARDING, object_id=storable(sub), action=Action.RETRY_COMPLETED
    )


def retry_behind(
    business: Business, record: Onboarding | None, entries: Iterable[HistoryEntry]
) -> Retried | None:
    """Return the retry that wrote a business; None if the trigger wrote it, or nobody can tell.

    entries: of the owner's history. They are read only if the record does not tell.
    """
    written_at = parse_time(business.created_at)
    if written_at is None or business.id != business.owner_identity.sub:
        return None  # the pipeline gives a business its owner's sub as its id
    attempts = record.attempts if record else ()
    for attempt in attempts:
        at = parse_time(attempt.at)
        is_retry = attempt.outcome == COMPLETED and attempt.by not in {SWEEP, ""}
        if is_retry and at and _ended(at, written_at, attempt.message):
            return Retried(attempt.by, at)
    for entry in entries:
        is_retry = entry.action == Action.RETRY_COMPLETED
        if is_retry and _ended(entry.at, written_at, entry.message):
            return Retried(entry.staff_name, entry.at)
    return None


def _ended(at: datetime, written_at: datetime, message: str) -> bool:
    """Return whether a retry that ended then, with this message, wrote a business."""
    return written_at - BEFORE <= at <= written_at + AFTER and ALREADY not in message

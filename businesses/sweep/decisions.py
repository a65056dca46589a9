"""What a sweep makes of one user; pure."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from businesses.exceptions import InvalidRecord
from businesses.records.business import BusinessSummary
from businesses.records.onboarding import DISMISSED, FAILED, Onboarding, Person, Reason


class SweepDecision(StrEnum):
    """What there is to say of a user, or to do; the first two are types of a reason as well."""

    NOT_IN_GROUP = "NotInGroup"
    NO_BUSINESS = "NoBusiness"
    COMPLETED = "Completed"
    REFRESHED = "Refreshed"
    DRIFTED = "Drifted"
    UNREADABLE = "Unreadable"


STUCK = frozenset({SweepDecision.NOT_IN_GROUP, SweepDecision.NO_BUSINESS})


def decide(
    person: Person,
    business: BusinessSummary | None,
    record: Onboarding | InvalidRecord | None,
    *,
    is_member: bool,
    members_as_of: datetime,
) -> list[SweepDecision]:
    """Say what is to be done about a user who ought to have a Business; [] for nothing.

    Whoever has a Business is onboarded: a FAILED record is completed. That the user is no longer in
    its group is drift, whatever the record says: the group comes first, so somebody took the user
    out later, perhaps on purpose.
    person: what Cognito knows. is_member: of the business's own group, or of the one that is to be
    joined where there is no business. members_as_of: when all who were in a group then are known to
    be members; who got a business since may have joined since.
    """
    if isinstance(record, InvalidRecord):
        return [SweepDecision.UNREADABLE]
    is_failed = record is not None and record.status == FAILED
    if business is not None:
        is_settled = business.created_at is None or business.created_at <= members_as_of
        drifted = [SweepDecision.DRIFTED] if is_settled and not is_member else []
        return [SweepDecision.COMPLETED, *drifted] if is_failed else drifted
    if record is None or record.status not in {FAILED, DISMISSED}:
        return [SweepDecision.NO_BUSINESS if is_member else SweepDecision.NOT_IN_GROUP]
    is_stale = is_failed and mended(record.person, person) != record.person
    return [SweepDecision.REFRESHED] if is_stale else []


def mended(recorded: Person, known: Person) -> Person:
    """Return a recorded person, with what is known instead of arguments that cannot work.

    The API refuses an empty e-mail address and every group but the one that is to be joined.
    """
    has_email = bool(recorded.email.strip())
    if has_email and recorded.group_name == known.group_name:
        return recorded
    return replace(
        recorded,
        username=recorded.username or known.username,
        email=recorded.email if has_email else known.email,
        name=recorded.name or known.name,
        group_name=known.group_name,
    )


def reason_of(decision: SweepDecision, group: str) -> Reason:
    """Return the reason to record for somebody who is stuck; it names the step that is missing."""
    if decision is SweepDecision.NO_BUSINESS:
        what = f'The user is confirmed and in the group "{group}", but has no Business.'
    else:
        what = f'The user is confirmed, but has no Business and is not in the group "{group}".'
    why = "The trigger never ran or left no trace, or the Business was deleted."
    return Reason(decision.value, f"{what} {why}")

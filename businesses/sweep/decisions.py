"""How a sweep decides about one user. Nothing here does any I/O."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from businesses.records.business import BusinessSummary
from businesses.records.onboarding import DISMISSED, FAILED, Onboarding, Person, Reason
from businesses.records.onboarding_problems import STATUSES


class SweepDecision(StrEnum):
    """What a sweep found about a user. The first two values are also used as reason types."""

    NOT_IN_GROUP = "NotInGroup"
    NO_BUSINESS = "NoBusiness"
    COMPLETED = "Completed"
    REFRESHED = "Refreshed"
    DRIFTED = "Drifted"
    KEPT = "Kept"
    UNREADABLE = "Unreadable"


STUCK = frozenset({SweepDecision.NOT_IN_GROUP, SweepDecision.NO_BUSINESS})


def decide(
    person: Person,
    business: BusinessSummary | None,
    record: Onboarding | None,
    *,
    is_member: bool,
    members_as_of: datetime,
) -> list[SweepDecision]:
    """Decide what to do about a user who should have a Business; [] if there is nothing to do.

    A user who has a Business is onboarded, so a FAILED record is completed. If the user is not in
    the group of the Business, that is drift, whatever the record says: the user joins the group
    first, so somebody must have removed the user later, perhaps on purpose.
    person: what Cognito knows. is_member: whether the user is in the group of the Business, or in
    the group to join if there is no Business. members_as_of: everybody who was in the group at this
    time is known to be a member; a user whose Business is newer may have joined later.
    """
    if record is not None and record.status not in STATUSES:
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
    """Return a recorded person, replacing arguments that cannot work with what Cognito knows.

    The API refuses an empty e-mail address, a username that is not that of the user with this sub,
    and every group except the one that people may join.
    """
    has_email = bool(recorded.email.strip())
    is_own = recorded.username in {known.username, known.sub}  # Cognito also takes the sub
    if has_email and is_own and recorded.group_name == known.group_name:
        return recorded
    return replace(
        recorded,
        username=recorded.username if is_own else known.username,
        email=recorded.email if has_email else known.email,
        name=recorded.name or known.name,
        group_name=known.group_name,
    )


def reason_of(decision: SweepDecision, group: str) -> Reason:
    """Return the reason to record for a stuck user; it names the missing step."""
    if decision is SweepDecision.NO_BUSINESS:
        what = f'The user is confirmed and in the group "{group}", but has no Business.'
    else:
        what = f'The user is confirmed, but has no Business and is not in the group "{group}".'
    why = "The trigger never ran or left no trace, or the Business was deleted."
    return Reason(decision.value, f"{what} {why}")

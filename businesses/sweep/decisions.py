"""How a sweep decides about one user. Nothing here does any I/O."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from businesses.records.business import BusinessSummary, parse_time
from businesses.records.onboarding import (
    DISMISSED,
    FAILED,
    NOT_IN_ITS_GROUP,
    OUT_OF_GROUP,
    Onboarding,
    Person,
    Reason,
)
from businesses.records.onboarding_problems import STATUSES


class SweepDecision(StrEnum):
    """What a sweep found about a user. The first three values are also used as reason types.

    EARLIER: a user without a Business who was in the pool before anybody was onboarded.
    ELSEWHERE: one who may have signed up for another application, which shares the pool.
    """

    NOT_IN_GROUP = "NotInGroup"
    NO_BUSINESS = "NoBusiness"
    DRIFTED = NOT_IN_ITS_GROUP
    COMPLETED = "Completed"
    REFRESHED = "Refreshed"
    RETURNED = "Returned"
    GONE = "Gone"
    KEPT = "Kept"
    UNREADABLE = "Unreadable"
    EARLIER = "Earlier"
    ELSEWHERE = "Elsewhere"


LEFT_OUT = frozenset({SweepDecision.EARLIER, SweepDecision.ELSEWHERE})
STUCK = frozenset({SweepDecision.NOT_IN_GROUP, SweepDecision.NO_BUSINESS})


def decide(
    person: Person,
    business: BusinessSummary | None,
    record: Onboarding | None,
    *,
    is_member: bool,
    members_as_of: datetime,
) -> SweepDecision | None:
    """Decide what to do about a user who should have a Business; None if there is nothing to do.

    A user who has a Business is onboarded, so a FAILED record is completed. If the user is not in
    the group of the Business, that is drift: the user joins the group first, so somebody must have
    removed the user later, perhaps on purpose. Staff say so by dismissing the record.
    person: what Cognito knows. is_member: whether the user is in the group of the Business, or in
    the group to join if there is no Business. members_as_of: everybody who was in the group at this
    time is known to be a member; a user whose Business is newer may have joined later.
    """
    if record is not None and record.status not in STATUSES:
        return SweepDecision.UNREADABLE
    if business is not None:
        return _of_onboarded(business, record, is_member=is_member, members_as_of=members_as_of)
    if record is None or record.status not in {FAILED, DISMISSED}:
        return SweepDecision.NO_BUSINESS if is_member else SweepDecision.NOT_IN_GROUP
    is_stale = record.status == FAILED and mended(record.person, person) != record.person
    return SweepDecision.REFRESHED if is_stale else None


def _of_onboarded(
    business: BusinessSummary,
    record: Onboarding | None,
    *,
    is_member: bool,
    members_as_of: datetime,
) -> SweepDecision | None:
    """Decide about a user who has a Business; a record that is newer than the members is right."""
    status = record.status if record else ""
    changed_at = parse_time(record.updated_at) if record else None
    is_older = changed_at is None or changed_at <= members_as_of
    is_settled = business.created_at is None or business.created_at <= members_as_of
    if status == OUT_OF_GROUP:
        if not is_member:
            return SweepDecision.DRIFTED
        return SweepDecision.RETURNED if is_older else None
    if not is_member and is_settled and is_older and status != DISMISSED:
        return SweepDecision.DRIFTED
    return SweepDecision.COMPLETED if status == FAILED else None


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

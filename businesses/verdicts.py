"""What a sweep makes of one user; pure."""

from datetime import datetime
from enum import StrEnum

from businesses.onboarding_records import DISMISSED, FAILED, Onboarding, Reason
from businesses.presence import Presence


class Verdict(StrEnum):
    """What there is to say of a user, or to do; the first two are types of a reason as well."""

    NOT_IN_GROUP = "NotInGroup"
    NO_BUSINESS = "NoBusiness"
    COMPLETED = "Completed"
    DRIFTED = "Drifted"


STUCK = frozenset({Verdict.NOT_IN_GROUP, Verdict.NO_BUSINESS})


def judge(
    business: Presence | None,
    record: Onboarding | None,
    *,
    is_member: bool,
    members_as_of: datetime,
) -> Verdict | None:
    """Say what is to be done about a user who ought to have a Business; None for nothing.

    is_member: of the business's own group, or of the one that is to be joined where there is no
    business. members_as_of: when all who were in a group then are known to be members; who got a
    business since may have joined since.
    """
    if business is None:
        if record is not None and record.status in {FAILED, DISMISSED}:
            return None
        return Verdict.NO_BUSINESS if is_member else Verdict.NOT_IN_GROUP
    if not is_member:
        is_settled = business.created_at is None or business.created_at <= members_as_of
        return Verdict.DRIFTED if is_settled else None
    if record is not None and record.status == FAILED:
        return Verdict.COMPLETED
    return None


def reason_of(verdict: Verdict, group: str) -> Reason:
    """Return the reason to record for somebody who is stuck; it names the step that is missing."""
    if verdict is Verdict.NO_BUSINESS:
        what = f'The user is confirmed and in the group "{group}", but has no Business.'
    else:
        what = f'The user is confirmed, but has no Business and is not in the group "{group}".'
    why = "The trigger never ran or left no trace, or the Business was deleted."
    return Reason(verdict.value, f"{what} {why}")

"""The stuck onboardings by their causes, each with the one button that its advice names."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from businesses.figures.stuck import Stuck
from businesses.records.onboarding import SWEEP
from businesses.records.reasons.lookup import reason_of
from businesses.records.reasons.meanings import PlainReason

REASON_LENGTH = 256  # the longest type that the list and the retry take as a filter


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """One cause. list_url, act_url: of those who are stuck for it; "" if none.

    act: what its advice says to do about all of them, "Retry" or "Dismiss".

    reason: what it means. message: that of one of them. since: the stored time of the oldest.
    """

    reason: PlainReason
    reason_type: str
    message: str
    number: int
    since: str
    is_from_sweep: bool
    list_url: str
    act: str
    act_url: str


def cause_rows(stuck: Stuck) -> Iterator[CauseRow]:
    """Yield a row for each cause, the most frequent first."""
    stuck_list = reverse("admin:businesses_onboarding_changelist")
    retry = reverse("admin:businesses_onboarding_retry")
    dismiss = reverse("admin:businesses_onboarding_dismiss")
    for cause in stuck.causes:
        filters = {"reason": cause.reason_type, "source": cause.source}
        # No filter finds records without a type, or with one that is too long.
        is_filter = 0 < len(cause.reason_type) <= REASON_LENGTH
        reason = reason_of(cause.reason_type, cause.message)
        act = dismiss if reason.is_final else retry
        yield CauseRow(
            reason=reason,
            reason_type=cause.reason_type,
            message=cause.message,
            number=cause.number,
            since=cause.longest.first_failed_at,
            is_from_sweep=cause.source == SWEEP,
            list_url=f"{stuck_list}?{urlencode(filters)}" if is_filter else stuck_list,
            act="Dismiss" if reason.is_final else "Retry",
            act_url=f"{act}?{urlencode({'all': '1', **filters})}" if is_filter else "",
        )

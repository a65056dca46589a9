"""The filters of the list of stuck onboardings, and the plan for what a request asks for."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.utils import timezone
from django.utils.text import get_text_list

from businesses.exceptions import NotUnderstood
from businesses.pages.live.date_range import DateRangeFilter, TimeVars, span_in
from businesses.pages.live.filter import LateFilter, LiveFilter, search_term
from businesses.pages.onboarding.reads import REASON_LENGTH, ReasonChoice
from businesses.queries.onboarding_plan import Choice, OnboardingPlan
from businesses.queries.periods import months_before
from businesses.records.business import format_time
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    FAILED,
    KEPT_FOR,
    OUT_OF_GROUP,
    SWEEP,
    TRIGGER,
)
from businesses.records.reasons.lookup import reason_of

STATUS_VAR, SOURCE_VAR, REASON_VAR = "status", "source", "reason"
FIRST_FAILED = TimeVars("failed", "failed-from", "failed-to")
CHANGED = TimeVars("changed")
OUTSIDE = "out-of-group"
STATUSES = {OUTSIDE: OUT_OF_GROUP, "completed": COMPLETED, "dismissed": DISMISSED}
# What the list is called if it shows others than those who are stuck.
TITLES = {
    OUTSIDE: "Not in their group",
    "completed": "Completed onboardings",
    "dismissed": "Dismissed onboardings",
}
SOURCES = {TRIGGER: "Trigger (it failed)", SWEEP: "Sweep (no trigger ran)"}


def onboarding_plan_of(parameters: Mapping[str, str], now: datetime) -> OnboardingPlan:
    """Plan the list that a URL's parameters ask for: search, status, source, reason, times.

    now: aware. Raises NotUnderstood if the search term or a filter's value is invalid.
    """
    if order := parameters.get(ORDER_VAR, ""):
        raise NotUnderstood(ORDER_VAR, order, "this list has one order")
    term = search_term(parameters)
    email = term if "@" in term else ""
    return OnboardingPlan(choice_of(parameters, now, email=email), term)


def choice_of(parameters: Mapping[str, str], now: datetime, *, email: str = "") -> Choice:
    """Read the filters in a URL. Raises NotUnderstood."""
    status, source = parameters.get(STATUS_VAR, ""), parameters.get(SOURCE_VAR, "")
    reason = parameters.get(REASON_VAR, "")
    for name, value, known in ((STATUS_VAR, status, STATUSES), (SOURCE_VAR, source, SOURCES)):
        if value not in {"", *known}:
            raise NotUnderstood(name, value, f"the choices are {get_text_list([*known], 'and')}")
    if len(reason) > REASON_LENGTH:
        raise NotUnderstood(REASON_VAR, reason, f"reasons have at most {REASON_LENGTH} characters")
    span, failed = span_in(parameters, CHANGED), span_in(parameters, FIRST_FAILED)
    # Midnight, so that a position in the list means the same all day.
    oldest = (now - KEPT_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    return Choice(
        status=STATUSES.get(status, FAILED),
        source=source,
        reason_type=reason,
        email=email,
        # DynamoDB may take some days to remove expired records.
        since=max(format_time(oldest) if status == "completed" else "", span.since if span else ""),
        until=span.until if span else "",
        failed=failed,
    )


class StatusFilter(LiveFilter):
    """Filters by status; shows stuck onboardings unless another status is chosen."""

    title = "status"
    parameter_name = STATUS_VAR

    def offered(self) -> list[tuple[str, str]]:
        """Offer the statuses of people who are not stuck, or no longer."""
        days = KEPT_FOR // timedelta(days=1)
        return [
            (OUTSIDE, "Not in its group"),
            ("completed", f"Completed in the past {days} days"),
            ("dismissed", "Dismissed"),
        ]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Call the default choice "Stuck" instead of "All"."""
        first, *others = super().choices(changelist)
        yield {**first, "display": "Stuck"}
        yield from others


class SourceFilter(LiveFilter):
    """Filters by who recorded the onboarding."""

    title = "source"
    parameter_name = SOURCE_VAR

    def offered(self) -> list[tuple[str, str]]:
        """Offer both sources."""
        return list(SOURCES.items())


class RecentFilter(DateRangeFilter):
    """A filter by time that offers no months."""

    def offered(self) -> list[tuple[str, str]]:
        """Offer the last days; a range of days finds whatever is older."""
        months = {f"{month:%Y-%m}" for month in months_before(timezone.localdate())}
        return [(value, name) for value, name in super().offered() if value not in months]


class FirstFailedFilter(RecentFilter):
    """Filters by the first failure, which no retry changes."""

    title = "first failure"
    names = FIRST_FAILED
    parameter_name = FIRST_FAILED.period


class ChangedFilter(RecentFilter):
    """Filters by the last change of a record, which is its last failure as long as it is stuck."""

    title = "last change"
    is_folded = True
    names = CHANGED
    parameter_name = CHANGED.period


class ReasonFilter(LateFilter):
    """Filters by the cause of the last failure; its value is the types, with commas between."""

    title = "reason"
    parameter_name = REASON_VAR

    def offered_late(self, changelist: Any) -> dict[str, str]:
        """Offer the causes of the newest records, most frequent first, and the chosen one."""
        found: Iterable[ReasonChoice] = getattr(getattr(changelist, "listing", None), "causes", ())
        offered = {",".join(cause.types)[:REASON_LENGTH]: cause.name for cause in found}
        chosen = self.value() or ""
        if chosen and chosen not in offered:
            kinds = list(filter(None, chosen.split(",")))
            names = " or ".join(dict.fromkeys(reason_of(kind).name for kind in kinds))
            offered[chosen] = f"{names} ({', '.join(kinds)})"
        return offered

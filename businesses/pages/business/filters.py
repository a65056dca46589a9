"""The filters of the list of businesses, and the plan for what a request asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from businesses.exceptions import NotUnderstood
from businesses.pages.live.filter import LateFilter, LiveFilter, search_term
from businesses.queries.business_plan import Plan
from businesses.queries.periods import DAY, MONTH, TODAY, WEEK, months_before, span_of

CREATED_VAR = "created"
GROUP_VAR = "group"
MEMBERSHIP_VAR, OUTSIDE = "membership", "out-of-group"


def plan_of(parameters: Mapping[str, str]) -> Plan:
    """Plan the list that a URL's parameters ask for: search, creation, group, membership.

    Raises NotUnderstood if the search term, the time of creation or the membership is invalid.
    """
    created = parameters.get(CREATED_VAR, "")
    try:
        span = span_of(created, timezone.localtime()) if created else None
    except ValueError as error:
        why = "a month is written like 2026-10"
        raise NotUnderstood(CREATED_VAR, created, why) from error
    membership = parameters.get(MEMBERSHIP_VAR, "")
    if membership not in {"", OUTSIDE}:
        raise NotUnderstood(MEMBERSHIP_VAR, membership, f"the only choice is {OUTSIDE}")
    return Plan.of(
        search_term(parameters),
        span,
        parameters.get(GROUP_VAR, ""),
        is_out_of_group=bool(membership),
    )


class CreatedFilter(LiveFilter):
    """Filters by creation, in days and months of the site's time zone."""

    title = "creation"
    parameter_name = CREATED_VAR

    def offered(self) -> list[tuple[str, str]]:
        """Offer the last days, this month, the 12 before it, and the chosen month."""
        today = timezone.localdate()
        months = [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in months_before(today)]
        spans = [(DAY, "Past 24 hours"), (TODAY, "Today"), (WEEK, "Past 7 days")]
        offered = [*spans, (MONTH, "This month"), *months]
        chosen = self.value()
        if chosen and chosen not in dict(offered):
            offered.append((chosen, _month_name(chosen)))
        return offered


class GroupFilter(LateFilter):
    """Filters by group. Cognito is asked for the groups only after the table has answered."""

    title = "group"
    parameter_name = GROUP_VAR

    def offered_late(self, changelist: Any) -> dict[str, str]:
        """Offer the user pool's groups."""
        return {name: name for name in getattr(changelist, "group_names", ())}


class MembershipFilter(LiveFilter):
    """Filters by whether the owner is in the group of the business, as the last sweep found."""

    title = "membership"
    parameter_name = MEMBERSHIP_VAR

    def offered(self) -> list[tuple[str, str]]:
        """Offer those who are not."""
        return [(OUTSIDE, "Not in its group")]


def _month_name(month: str) -> str:
    try:
        return date_format(datetime.fromisoformat(f"{month}-01"), "F Y")
    except ValueError:
        return month  # an invalid month, which `plan_of` refuses

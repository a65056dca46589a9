"""The filters of the list of businesses, and the plan for what a request asks for."""

from collections.abc import Mapping
from typing import Any

from django.contrib.admin.views.main import ORDER_VAR

from businesses.exceptions import NotUnderstood
from businesses.pages.live.date_range import DateRangeFilter, TimeVars, span_in
from businesses.pages.live.filter import LateFilter, LiveFilter, search_term
from businesses.queries.business_plan import Plan
from businesses.queries.order import Order

CREATED = TimeVars("created")
GROUP_VAR = "group"
MEMBERSHIP_VAR, OUTSIDE = "membership", "out-of-group"


def plan_of(parameters: Mapping[str, str]) -> Plan:
    """Plan the list that a URL's parameters ask for: search, creation, group, membership, order.

    Raises NotUnderstood if the search term, the time of creation, the membership or the order is
    invalid.
    """
    order, membership = parameters.get(ORDER_VAR, ""), parameters.get(MEMBERSHIP_VAR, "")
    if order not in {"", *Order}:
        raise NotUnderstood(ORDER_VAR, order, f"the orders are {', '.join(Order)}")
    if membership not in {"", OUTSIDE}:
        raise NotUnderstood(MEMBERSHIP_VAR, membership, f"the only choice is {OUTSIDE}")
    return Plan.of(
        search_term(parameters),
        span_in(parameters, CREATED),
        parameters.get(GROUP_VAR, ""),
        Order(order) if order else None,
        is_out_of_group=bool(membership),
    )


class CreatedFilter(DateRangeFilter):
    """Filters by creation."""

    title = "creation"
    names = CREATED
    parameter_name = CREATED.period


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

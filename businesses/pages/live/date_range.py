"""A filter by time: some periods to choose from, or a range of days, in the site's time zone."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from businesses.exceptions import NotUnderstood
from businesses.pages.live.filter import LiveFilter
from businesses.queries.business_sources import Span
from businesses.queries.periods import (
    DAY,
    MONTH,
    TODAY,
    WEEK,
    months_before,
    span_between,
    span_of,
)

PERIODS = ("", DAY, TODAY, WEEK, MONTH)  # the choices above the folded months


class TimeVars(NamedTuple):
    """The names of a filter's parameters in an address: a period, or a first and a last day."""

    period: str
    first: str = "from"
    last: str = "to"


def span_in(parameters: Mapping[str, str], names: TimeVars) -> Span | None:
    """Return the span that an address asks for; None for all times. Raises NotUnderstood."""
    period, now = parameters.get(names.period, ""), timezone.localtime()
    days = parameters.get(names.first, ""), parameters.get(names.last, "")
    if period and any(days):
        why = "a period and a range of days cannot be combined"
        raise NotUnderstood(names.period, period, why)
    if period:
        try:
            return span_of(period, now)
        except ValueError as error:
            why = "a month is written like 2026-10"
            raise NotUnderstood(names.period, period, why) from error
    try:
        return span_between(*days, now.tzinfo)
    except ValueError as error:
        name, value = (names.first, days[0]) if days[0] else (names.last, days[1])
        why = "a day is written like 2026-10-31, and the first is not after the last"
        raise NotUnderstood(name, value, why) from error


def describe_times(what: str, parameters: Mapping[str, str], names: TimeVars) -> list[str]:
    """Say in words which times an address asks for; [] for all. what: such as "created"."""
    if period := parameters.get(names.period):
        return [f"{what}: {period}"]
    first, last = parameters.get(names.first, ""), parameters.get(names.last, "")
    if not first and not last:
        return []
    return [f"{what}: {first or 'any day'} to {last or 'any day'}"]


class DateRangeFilter(LiveFilter):
    """Filters by a period, or by the days in a form below the periods.

    The template gets first and last, the days as they are in the address; kept, the parameters of
    the address that the form sends along; is_open, whether the filter is unfolded;
    and is_month_chosen, whether the months before this one are.
    """

    template = "businesses/date_range.html"
    is_folded = False  # as long as nothing is chosen
    names: TimeVars

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Model],
        model_admin: "admin.ModelAdmin[Any]",
    ) -> None:
        super().__init__(request, params, model, model_admin)
        days = (self.names.first, self.names.last)
        self.first, self.last = (params.pop(name, [""])[-1] for name in days)
        self.kept: list[tuple[str, str]] = []

    @property
    def is_open(self) -> bool:
        """Whether the filter is unfolded."""
        return not self.is_folded or bool(self.value() or self.first or self.last)

    @property
    def is_month_chosen(self) -> bool:
        """Whether one of the months before this one is chosen."""
        return (self.value() or "") not in PERIODS

    @classmethod
    def parameters(cls) -> tuple[str, ...]:
        """Return the names of the period and of both days."""
        return cls.names

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

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer the periods; each replaces the days, as the days replace it."""
        own = self.parameters()
        self.kept = [(name, each) for name, each in changelist.params.items() if name not in own]
        if order := changelist.kept_order(own):  # type: ignore[attr-defined]
            self.kept.append((ORDER_VAR, order))
        are_days = bool(self.first or self.last)
        for value, name in [("", "All"), *self.lookup_choices]:
            chosen = value or None
            yield {
                "selected": not are_days and (self.value() or "") == value,
                "query_string": changelist.get_query_string(
                    {**dict.fromkeys(own), self.names.period: chosen}
                ),
                "display": name,
                "is_month": value not in PERIODS,
            }


def _month_name(month: str) -> str:
    try:
        return date_format(datetime.fromisoformat(f"{month}-01"), "F Y")
    except ValueError:
        return month  # an invalid month, which `span_in` refuses

"""What a request asks the list for, and the filters beside it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from businesses.periods import MONTH, TODAY, WEEK, months_before, span_of
from businesses.search import Plan

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin

CREATED_VAR = "created"
GROUP_VAR = "group"


def plan_of(parameters: Mapping[str, str]) -> Plan:
    """Plan the list that an address's parameters ask for: search, creation, group.

    Raises IncorrectLookupParameters for a time of creation that is none.
    """
    created = parameters.get(CREATED_VAR, "")
    try:
        span = span_of(created, timezone.localtime()) if created else None
    except ValueError as error:
        raise IncorrectLookupParameters(created) from error
    return Plan.of(parameters.get(SEARCH_VAR, ""), span, parameters.get(GROUP_VAR, ""))


class CreatedFilter(SimpleListFilter):
    """By creation, in days and months of the site's time zone."""

    title = "creation"
    parameter_name = CREATED_VAR

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: ModelAdmin,  # noqa: ARG002
    ) -> list[tuple[str, str]]:
        """Offer today, seven days, this month, the twelve before, and what is chosen."""
        today = timezone.localdate()
        months = [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in months_before(today)]
        offered = [(TODAY, "Today"), (WEEK, "Past 7 days"), (MONTH, "This month"), *months]
        chosen = self.value()
        if chosen and chosen not in dict(offered):
            offered.append((chosen, _month_name(chosen)))
        return offered

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Leave the rows to `plan_of`."""


class GroupFilter(SimpleListFilter):
    """By group; which there are, the list knows once it has been read."""

    title = "group"
    parameter_name = GROUP_VAR

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: ModelAdmin,  # noqa: ARG002
    ) -> list[tuple[str, str]]:
        """Offer nothing yet: Cognito is not asked before the table has answered."""
        return []

    def has_output(self) -> bool:
        """Show the filter always."""
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer the groups of the pool, and what is chosen."""
        names: list[str] = list(getattr(changelist, "group_names", ()))
        chosen = self.value()
        if chosen and chosen not in names:
            names.append(chosen)
        self.lookup_choices = [(name, name) for name in names]
        return super().choices(changelist)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Leave the rows to `plan_of`."""


def _month_name(month: str) -> str:
    try:
        return date_format(datetime.fromisoformat(f"{month}-01"), "F Y")
    except ValueError:
        return month  # which `plan_of` refuses

"""What a request asks the list of stuck onboardings for, and the filters beside it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from businesses.onboarding_choice import Choice, OnboardingPlan
from businesses.onboarding_records import COMPLETED, DISMISSED, FAILED, KEPT_FOR, SWEEP, TRIGGER
from businesses.records import format_time

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin

STATUS_VAR, SOURCE_VAR, REASON_VAR = "status", "source", "reason"
STATUSES = {"completed": COMPLETED, "dismissed": DISMISSED}
SOURCES = {TRIGGER: "The trigger, which failed", SWEEP: "The sweep: it never ran"}
REASON_LENGTH = 256


def onboarding_plan_of(parameters: Mapping[str, str], now: datetime) -> OnboardingPlan:
    """Plan the list that an address's parameters ask for: search, status, source, reason.

    now: aware. Raises IncorrectLookupParameters for a status or source that is none.
    """
    term = parameters.get(SEARCH_VAR, "").strip()
    email = term if "@" in term else ""
    return OnboardingPlan(choice_of(parameters, now, email=email), term)


def choice_of(parameters: Mapping[str, str], now: datetime, *, email: str = "") -> Choice:
    """Read the filters of an address. Raises IncorrectLookupParameters."""
    status, source = parameters.get(STATUS_VAR, ""), parameters.get(SOURCE_VAR, "")
    reason = parameters.get(REASON_VAR, "")
    if status not in {"", *STATUSES} or source not in {"", *SOURCES} or len(reason) > REASON_LENGTH:
        raise IncorrectLookupParameters(status, source)
    # Midnight, as a position is to mean the same all day.
    oldest = (now - KEPT_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    return Choice(
        status=STATUSES.get(status, FAILED),
        source=source,
        reason_type=reason,
        email=email,
        # DynamoDB removes what has expired within some days.
        since=format_time(oldest) if status == "completed" else "",
    )


class StatusFilter(SimpleListFilter):
    """Stuck, unless something else is chosen."""

    title = "status"
    parameter_name = STATUS_VAR

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: ModelAdmin,  # noqa: ARG002
    ) -> list[tuple[str, str]]:
        """Offer what is no longer stuck."""
        days = KEPT_FOR // timedelta(days=1)
        return [("completed", f"Completed in {days} days"), ("dismissed", "Dismissed")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Name the default for what it is."""
        first, *others = super().choices(changelist)
        yield {**first, "display": "Stuck"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Leave the rows to `onboarding_plan_of`."""


class SourceFilter(SimpleListFilter):
    """By who recorded it."""

    title = "source"
    parameter_name = SOURCE_VAR

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: ModelAdmin,  # noqa: ARG002
    ) -> list[tuple[str, str]]:
        """Offer both."""
        return list(SOURCES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Leave the rows to `onboarding_plan_of`."""


class ReasonFilter(SimpleListFilter):
    """By the type of the last failure; which there are, the list knows once it has been read."""

    title = "reason"
    parameter_name = REASON_VAR

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: ModelAdmin,  # noqa: ARG002
    ) -> list[tuple[str, str]]:
        """Offer nothing yet."""
        return []

    def has_output(self) -> bool:
        """Show the filter always."""
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer the types among the newest records, most frequent first, and what is chosen."""
        listing = getattr(changelist, "listing", None)
        types = dict.fromkeys([*getattr(listing, "reasons", ()), self.value() or ""])
        self.lookup_choices = [(kind, kind) for kind in types if kind]
        return super().choices(changelist)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Leave the rows to `onboarding_plan_of`."""

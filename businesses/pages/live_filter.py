"""Filters for a list whose rows are not in the database."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin


class LiveFilter(SimpleListFilter):
    """A filter that the list's plan applies, not the database."""

    def offered(self) -> list[tuple[str, str]]:
        """Return the choices as pairs of value and name, without the choice "All"."""
        raise NotImplementedError

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: ModelAdmin,  # noqa: ARG002
    ) -> list[tuple[str, str]]:
        """Return the offered choices."""
        return self.offered()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Leave the rows to the plan."""


class LateFilter(LiveFilter):
    """A filter whose choices are known only once the list has been read; it is always shown."""

    def offered(self) -> list[tuple[str, str]]:
        """Return nothing yet."""
        return []

    def offered_late(self, changelist: Any) -> Iterable[str]:
        """Return the choices."""
        raise NotImplementedError

    def has_output(self) -> bool:
        """Show the filter even if it has no choices."""
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer the known choices and the one that is selected."""
        names = dict.fromkeys([*self.offered_late(changelist), self.value() or ""])
        self.lookup_choices = [(name, name) for name in names if name]
        return super().choices(changelist)

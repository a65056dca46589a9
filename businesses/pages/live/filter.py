"""Filters for a list whose rows are not in the database."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from businesses.exceptions import NotUnderstood

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin

TERM_LENGTH = 2048  # characters; a key of DynamoDB has no more, and no name or address is longer


class SearchForm(forms.Form):
    """Takes any search term, because `search_term` says what is wrong with one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields[SEARCH_VAR] = forms.CharField(required=False, strip=False)
        field.validators = []


def search_term(parameters: Mapping[str, str]) -> str:
    """Return the search term of an address, stripped. Raises NotUnderstood."""
    term = parameters.get(SEARCH_VAR, "").strip()
    if "\0" in term:
        why = "no name, address or id has a NUL character"
        raise NotUnderstood(SEARCH_VAR, term.replace("\0", "␀"), why)
    if len(term) > TERM_LENGTH:
        why = f"a search term has at most {TERM_LENGTH:,} characters"
        raise NotUnderstood(SEARCH_VAR, term, why)
    return term


def refuse_contradictions(parameters: Mapping[str, list[str]]) -> None:
    """Raise NotUnderstood if a parameter is there with several values, of which one would count."""
    for name, values in parameters.items():
        if len({*values}) > 1:
            raise NotUnderstood(name, values[-1], "another value is there too")


def first_unknown(
    parameters: Mapping[str, list[str]], filters: Iterable[Any]
) -> tuple[str, str] | None:
    """Return the first parameter that belongs to no filter, with its last value; None if none."""
    known = {name for each in filters for name in each.parameters()}
    unknown = (name for name in parameters if name not in known)
    return next(((name, parameters[name][-1]) for name in unknown), None)


class LiveFilter(SimpleListFilter):
    """A filter that the list's plan applies, not the database."""

    @classmethod
    def parameters(cls) -> tuple[str, ...]:
        """Return the names of the filter's parameters in an address."""
        return (str(cls.parameter_name),)

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

    def offered_late(self, changelist: Any) -> dict[str, str]:
        """Return the choices' names by their values."""
        raise NotImplementedError

    def has_output(self) -> bool:
        """Show the filter even if it has no choices."""
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer the known choices and the one that is selected."""
        chosen = self.value() or ""
        offered = self.offered_late(changelist)
        if chosen and chosen not in offered:
            offered[chosen] = chosen
        self.lookup_choices = list(offered.items())
        return super().choices(changelist)

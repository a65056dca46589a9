"""Sorting by one column, as its index allows; an address names the column, not its place."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal

from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, ChangeList

from businesses.queries.order import Order

Direction = Literal["asc", "desc"]


class SortedChangeList(ChangeList):
    """A list that is sorted by at most one column. order: as the address has it, or ""."""

    order = ""

    @property
    def sorted_by(self) -> Order | None:
        """The column that the list is sorted by, and its direction; None for another order."""
        raise NotImplementedError

    def get_ordering_field_columns(self) -> dict[int, Direction]:
        """Return the direction of the column that the list is sorted by, by its place."""
        if self.sorted_by is None:
            return {}
        fields = [order_field(self, name) for name in self.list_display]
        direction: Direction = "desc" if self.sorted_by.is_descending else "asc"
        column = self.sorted_by.column
        return {fields.index(column): direction} if column in fields else {}

    def get_query_string(
        self, new_params: Mapping[str, Any] | None = None, remove: Iterable[str] | None = None
    ) -> str:
        """Return the address of this list with other parameters; its order only if it can stay."""
        given = dict(new_params or {})
        if ORDER_VAR in given:
            given[ORDER_VAR] = self._named(given[ORDER_VAR])
        elif order := self.kept_order(given):
            given[ORDER_VAR] = order
        return super().get_query_string(given, remove)

    def kept_order(self, changed: Collection[str]) -> str:
        """Return the parameter for the order where these others change; "" if it is left out.

        A search, and most filters, list what they find in an order of their own.
        """
        return self.order if PAGE_VAR in changed else ""

    def _named(self, places: str) -> str | None:
        """Return the parameter for the first of the columns that Django names by their places.

        places: for example "-3.1", for the fourth column descending and then the second.
        """
        place = places.partition(".")[0]
        if not places:
            return None
        field = order_field(self, self.list_display[abs(int(place))])
        return f"-{field}" if place.startswith("-") else field


def order_field(changelist: ChangeList, name: str | Callable[..., Any]) -> str:
    """Return what a column of the list is sorted by; "" if it cannot be sorted."""
    shown = getattr(changelist.model_admin, str(name), None)
    return str(getattr(shown, "admin_order_field", None) or "")

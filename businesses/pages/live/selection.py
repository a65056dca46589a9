"""The rows that staff selected for an action, read by their ids."""

from collections.abc import Callable, Iterable
from typing import Any, Self

from django.db.models import QuerySet


class Selection(QuerySet[Any, Any]):
    """The queryset for an action: empty until `filter(pk__in=...)` reads the selected rows.

    The rows are read once; every queryset derived from this one has the same rows.
    """

    fetch: Callable[[list[str]], list[Any]]

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        """Read the selected rows. Raises NotImplementedError for any other condition."""
        if args or set(kwargs) != {"pk__in"}:
            raise NotImplementedError("Only selected rows can be read.")
        ids: Iterable[str] = kwargs["pk__in"]
        selected = self._clone()
        selected._result_cache = self.fetch(list(ids))  # noqa: SLF001
        return selected

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.fetch = self.fetch
        clone._result_cache = self._result_cache
        return clone

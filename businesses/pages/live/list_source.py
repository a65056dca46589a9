"""Where the rows of a live list come from, and one page of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from businesses.queries.order import UNSORTED, Order
from businesses.queries.paging import Chunk, Cursor, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of rows, as it is read for a list.

    rows: model instances. previous, next: the neighbouring pages; None if there is none.
    approximate_count: the size of the whole table; None when unknown or not worth showing.
    group_names: the groups to filter by; None if they are not known yet. problem: why nothing could
    be listed. notes: further remarks about the page. nothing: the text to show when there are no
    rows.
    """

    rows: list[Any]
    previous: Cursor | None
    next: Cursor | None
    approximate_count: int | None
    group_names: tuple[str, ...] | None = ()
    problem: str = ""
    notes: tuple[str, ...] = ()
    nothing: str = ""


class ListPlan(Protocol):
    """What a list needs to know about its plan."""

    @property
    def group(self) -> str:
        """The group whose members are listed, which works only forwards; "" for none."""

    @property
    def searched(self) -> str:
        """What was searched, in words; "" without a search."""

    @property
    def conflict(self) -> str:
        """Why search, filters and order cannot be combined; "" when they can."""

    @property
    def order(self) -> Order | None:
        """The column that the list is sorted by, and its direction; None for another order."""

    @property
    def columns(self) -> Collection[str]:
        """The columns by which the list can be sorted, by the `ordering` of their display."""

    @property
    def is_newest_first(self) -> bool:
        """Whether whatever comes into the list comes in at its beginning."""

    @property
    def sources(self) -> Sequence[Any]:
        """What the list is read from; just one if it is newest first."""

    @property
    def ends(self) -> tuple[str, str]:
        """What the first and the last page are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """Where the rows of a LiveChangeList come from; a ModelAdmin has it as `list_source`.

    plan: plans the list for these filters, search and order; raises NotUnderstood.
    read_page: reads one page of a plan, and makes every call to AWS that it needs. read_selected:
    reads the rows with these ids, and leaves out those that do not exist. read_newer: reads what a
    plan that is newest first holds before a position, with one Query, up to a limit.
    """

    plan: Callable[[Mapping[str, str]], ListPlan]
    read_page: Callable[[Any, Cursor, int], Listing]
    read_selected: Callable[[list[str]], list[Any]]
    read_newer: Callable[[Any, Position | None, int], Chunk[Any]]


@dataclass(frozen=True, slots=True)
class NothingPlanned:
    """The plan of a list whose address is not understood: nothing is read."""

    group: str = ""
    searched: str = ""
    conflict: str = ""
    order: Order | None = None
    columns: tuple[str, ...] = ()
    is_newest_first: bool = False
    sources: tuple[Any, ...] = ()
    ends: tuple[str, str] = UNSORTED

"""Plans the reads that answer a request for a list of businesses, without AWS or Django."""

from dataclasses import dataclass, replace
from typing import Self

from businesses.queries.business_sources import (
    BY_CREATED_AT,
    BY_EMAIL,
    BY_NAME,
    BY_OWNER,
    ById,
    Index,
    Range,
    Source,
    Span,
)
from businesses.queries.keys import can_be_key
from businesses.queries.order import UNSORTED, Order
from businesses.records.business import TYPENAME, Business
from businesses.records.identity import looks_like_sub
from businesses.records.search_keys import KEY_LENGTH, is_cut, search_key

GROUP_ALONE = (
    "A group cannot be combined with a search or a date, because only Cognito knows who is in a "
    "group; no index of the table does. Nothing was read."
)
OUTSIDE_ALONE = (
    "“Not in its group” cannot be sorted, or combined with a search or another filter, because "
    "another table holds what the sweep found. Nothing was read."
)
GROUP_UNSORTED = (
    "A group cannot be sorted, because Cognito lists its members in an order of its own. Nothing "
    "was read."
)
NAME_ALONE = (
    "Sorted by name, the list cannot be limited to a time, because no index of the table holds "
    "both. Nothing was read."
)
SEARCH_UNSORTED = (
    "What a search finds cannot be sorted in this way, because its index holds it in another "
    "order. Nothing was read."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one list is read.

    sources: in order; none if there is a group or a conflict. order: None for a group, and for a
    search whose sources have orders of their own. group: the group whose members are listed in
    Cognito's order. is_out_of_group: whether the businesses of those are listed whom the sweep
    found out of their group; then there are no sources either. searched: what was searched and in
    what order; "" without a search. conflict: why search, filters and order cannot be combined; ""
    if they can.
    """

    sources: tuple[Source, ...] = ()
    order: Order | None = None
    group: str = ""
    searched: str = ""
    conflict: str = ""
    is_out_of_group: bool = False

    @classmethod
    def of(
        cls,
        term: str = "",
        span: Span | None = None,
        group: str = "",
        order: Order | None = None,
        *,
        is_out_of_group: bool = False,
    ) -> Self:
        """Plan the list for what a person typed and chose; an empty value sets no condition.

        order: None for the one that comes by itself, which is newest first without a search.
        """
        term = term.strip()
        if is_out_of_group:
            conflict = OUTSIDE_ALONE if term or span or group or order else ""
            return cls(is_out_of_group=True, conflict=conflict)
        if group:
            conflict = GROUP_UNSORTED if order else ""
            return cls(group=group, conflict=GROUP_ALONE if term or span else conflict)
        if term:
            return cls._of_search(term, span, order)
        order = order or Order.NEWEST
        if span and not order.is_by_time:
            return cls(conflict=NAME_ALONE)
        index = BY_CREATED_AT if order.is_by_time else BY_NAME
        whole = Range(number=0, index=index, partition=TYPENAME, span=span)
        return cls(sources=(whole,)).sorted(order)

    @classmethod
    def _of_search(cls, term: str, span: Span | None, order: Order | None) -> Self:
        sources, searched = _search(term, span)
        is_by_time = all(source.is_by_time for source in sources) and len(sources) <= 1
        plan = cls(sources=tuple(sources), searched=searched)
        if is_by_time and (order is None or order.is_by_time):
            order = order or Order.NEWEST
            words = f"{searched}, {order.ends[0].lower()} first."
            return replace(plan, searched=words).sorted(order)
        return cls(searched=searched, conflict=SEARCH_UNSORTED) if order else plan

    def sorted(self, order: Order) -> Self:
        """Return the plan with its sources read in this order, which their index must have."""
        sources = tuple(
            replace(source, is_reversed=order in {Order.OLDEST, Order.Z_TO_A})
            for source in self.sources
            if isinstance(source, Range)
        )
        return replace(self, sources=sources, order=order)

    @property
    def is_everything(self) -> bool:
        """Whether the list is the whole table; one that is sorted by name lacks the nameless."""
        return self in EVERYTHING_SORTED

    @property
    def is_newest_first(self) -> bool:
        """Whether whatever comes into the list comes in at its beginning."""
        return self.order == Order.NEWEST

    @property
    def ends(self) -> tuple[str, str]:
        """What the first and the last page are called."""
        return self.order.ends if self.order else UNSORTED

    @property
    def columns(self) -> frozenset[str]:
        """The columns by which the list can be sorted, as they are called in `Order.column`."""
        if self.order is None:
            return frozenset()
        is_whole = not self.searched and not any(source.span for source in self.sources)
        return frozenset({"created", "name"} if is_whole else {"created"})

    def is_of_earlier_source(self, record: Business, number: int) -> bool:
        """Return whether a record found in source `number` already belongs to an earlier source."""
        return any(source.holds(record) for source in self.sources[:number])


def _search(term: str, span: Span | None) -> tuple[list[Source], str]:
    """Choose the sources for a term by its form, and describe the search."""
    if "::" in term:
        return _owners([term], 0, span), f"Searched for the owner “{term}”"
    if looks_like_sub(term):
        ids: list[Source] = [ById(number=0, id=term, span=span)]
        if term != term.lower():
            ids.append(ById(number=1, id=term.lower(), span=span))
        # In a pool where people sign in with their e-mail address, the username is also the sub.
        sub = term.lower()
        owners = _owners([f"{sub}::{sub}", sub], len(ids), span)
        return [*ids, *owners], f"Searched for the id and the owner “{term}”."
    far = f" Only its first {KEY_LENGTH} characters count." if is_cut(term) else ""
    if "@" in term:
        emails = _prefix(0, BY_EMAIL, term, span)
        words = f"Searched for e-mail addresses that begin with “{term}”, from A to Z.{far}"
        return [emails], words
    found: list[Source] = []
    searched = (
        f"Searched for names that begin with “{term}”, then for e-mail addresses that do, each "
        f"from A to Z.{far}"
    )
    if " " not in term and can_be_key(term):
        found.append(ById(number=0, id=term, span=span))
        searched += " A business with exactly this id comes first."
    found.append(_prefix(len(found), BY_NAME, term, span))
    found.append(_prefix(len(found), BY_EMAIL, term, span))
    return found, searched


def _owners(owners: list[str], first: int, span: Span | None) -> list[Source]:
    return [
        Range(number=number, index=BY_OWNER, partition=owner, span=span)
        for number, owner in enumerate(owners, first)
        if can_be_key(owner)
    ]


def _prefix(number: int, index: Index, term: str, span: Span | None) -> Range:
    return Range(number=number, index=index, partition=TYPENAME, prefix=search_key(term), span=span)


EVERYTHING = Plan.of()
EVERYTHING_SORTED = (EVERYTHING, Plan.of(order=Order.OLDEST))

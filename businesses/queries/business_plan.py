"""Plans the reads that answer a request for a list of businesses, without AWS or Django."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from businesses.queries.keys import can_be_key
from businesses.queries.paging import Position
from businesses.records.attributes import text
from businesses.records.business import TYPENAME, Business
from businesses.records.search_keys import search_key

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

GROUP_ALONE = (
    "A group cannot be combined with a search or a date, because only Cognito knows who is in a "
    "group; no index of the table does. Nothing was read."
)
OUTSIDE_ALONE = (
    "“Not in its group” cannot be combined with a search or another filter, because another table "
    "holds what the sweep found. Nothing was read."
)


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index and its key attributes."""

    name: str
    partition: str
    sort: str


BY_CREATED_AT = Index("byCreatedAt", "__typename", "createdAt")
BY_EMAIL = Index("byEmail", "__typename", "emailKey")
BY_NAME = Index("byName", "__typename", "nameKey")
BY_OWNER = Index("byOwner", "owner", "createdAt")


@dataclass(frozen=True, slots=True)
class Span:
    """The records created at `since` or later, but before `until`.

    Both are UTC to the second, `2026-11-01T00:00:00` without a `Z`. Every stored form of that
    second (`...00Z`, `...00.000Z`) sorts after it, so one BETWEEN is exact for all forms.
    """

    since: str
    until: str

    def holds(self, created_at: str) -> bool:
        """Return whether the span includes a record created at this time."""
        return self.since <= created_at <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class ById:
    """At most one record: the one with this id."""

    number: int
    id: str
    span: Span | None = None
    is_by_time: ClassVar[bool] = False

    def holds(self, record: Business) -> bool:
        """Return whether the record is of this source."""
        return record.id == self.id and (not self.span or self.span.holds(record.created_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The records of one partition of an index, or of a part of it.

    prefix: of the sort key; "" for any. span: part of the key condition if `createdAt` is the sort
    key; otherwise a filter expression, so that a Query may read more than it returns.
    """

    number: int
    index: Index
    partition: str
    prefix: str = ""
    span: Span | None = None

    @property
    def is_by_time(self) -> bool:
        """Whether the records are ordered by creation, newest first."""
        return self.index.sort == "createdAt"

    def holds(self, record: Business) -> bool:
        """Return whether the record is of this source."""
        key = text(record.item, self.index.sort)
        return (
            text(record.item, self.index.partition) == self.partition
            and bool(key)  # DynamoDB allows no empty key
            and key.startswith(self.prefix)
            and (not self.span or self.span.holds(record.created_at))
        )

    def position_of(self, item: Mapping[str, Any]) -> Position:
        """Return the position of an item, or of a LastEvaluatedKey, that a Query returned."""
        return Position(self.number, item[self.index.sort]["S"], item["id"]["S"])

    def query(self, *, forwards: bool) -> dict[str, Any]:
        """Return the Query's arguments. Forwards is newest first by time, or else A to Z.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        names = {"#partition": self.index.partition}
        values = {":partition": {"S": self.partition}}
        condition, filters = "#partition = :partition", {}
        if self.prefix:
            condition += " AND begins_with(#sort, :prefix)"
            names["#sort"] = self.index.sort
            values[":prefix"] = {"S": self.prefix}
        if self.span:
            names["#createdAt"] = "createdAt"
            values[":since"], values[":until"] = {"S": self.span.since}, {"S": self.span.until}
            between = "#createdAt BETWEEN :since AND :until"
            if self.is_by_time:
                condition += f" AND {between}"
            else:
                filters = {"FilterExpression": between}
        return {
            "IndexName": self.index.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": forwards != self.is_by_time,
            **filters,
        }

    def start(self, after: Position | None, *, forwards: bool) -> dict[str, Any] | None:
        """Return the argument that starts the Query after a position; None if nothing follows.

        DynamoDB refuses a start outside the key condition. This does happen: if somebody turns the
        page after midnight, "today" has become another day.
        """
        if after is None:
            return {}
        if self.span and self.is_by_time and not self.span.holds(after.key):
            is_ahead = (after.key > self.span.until) == forwards
            return {} if is_ahead else None
        key = {
            self.index.partition: {"S": self.partition},
            self.index.sort: {"S": after.key},
            "id": {"S": after.id},
        }
        return {"ExclusiveStartKey": key}


Source = ById | Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one list is read.

    sources: in order; none if there is a group or a conflict. group: the group whose members are
    listed in Cognito's order. is_out_of_group: whether the businesses of those are listed whom the
    sweep found out of their group; then there are no sources either. searched: what was searched
    and in what order; "" without a search. conflict: why the search and filters cannot be combined;
    "" if they can.
    """

    sources: tuple[Source, ...] = ()
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
        *,
        is_out_of_group: bool = False,
    ) -> Self:
        """Plan the list for what a person typed and chose; an empty value sets no condition."""
        term = term.strip()
        if is_out_of_group:
            conflict = OUTSIDE_ALONE if term or span or group else ""
            return cls(is_out_of_group=True, conflict=conflict)
        if group:
            return cls(group=group, conflict=GROUP_ALONE if term or span else "")
        if not term:
            whole = Range(number=0, index=BY_CREATED_AT, partition=TYPENAME, span=span)
            return cls(sources=(whole,))
        sources, searched = _search(term, span)
        return cls(sources=tuple(sources), searched=searched)

    @property
    def is_everything(self) -> bool:
        """Whether the list is the whole table."""
        return self == EVERYTHING

    @property
    def is_by_time(self) -> bool:
        """Whether the list is ordered by creation, newest first."""
        return len(self.sources) == 1 and self.sources[0].is_by_time

    def is_of_earlier_source(self, record: Business, number: int) -> bool:
        """Return whether a record found in source `number` already belongs to an earlier source."""
        return any(source.holds(record) for source in self.sources[:number])


def _search(term: str, span: Span | None) -> tuple[list[Source], str]:
    """Choose the sources for a term by its form, and describe the search."""
    if "::" in term:
        return _owners([term], 0, span), f"Searched for the owner “{term}”, newest first."
    if _UUID.fullmatch(term):
        ids: list[Source] = [ById(number=0, id=term, span=span)]
        if term != term.lower():
            ids.append(ById(number=1, id=term.lower(), span=span))
        # In a pool where people sign in with their e-mail address, the username is also the sub.
        sub = term.lower()
        owners = _owners([f"{sub}::{sub}", sub], len(ids), span)
        return [*ids, *owners], f"Searched for the id and the owner “{term}”."
    if "@" in term:
        emails = _prefix(0, BY_EMAIL, term, span)
        return [emails], f"Searched for e-mail addresses that begin with “{term}”, from A to Z."
    found: list[Source] = []
    searched = (
        f"Searched for names that begin with “{term}”, then for e-mail addresses that do, each "
        "from A to Z."
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

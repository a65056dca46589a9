"""What one read of the Business table finds: a record by its id, or a run of an index."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from businesses.queries.paging import Position
from businesses.records.attributes import text
from businesses.records.business import Business


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
    key; otherwise a filter expression, so that a Query may read more than it returns. is_reversed:
    whether the list begins with the oldest, or with Z.
    """

    number: int
    index: Index
    partition: str
    prefix: str = ""
    span: Span | None = None
    is_reversed: bool = False

    @property
    def is_by_time(self) -> bool:
        """Whether the records are ordered by creation."""
        return self.index.sort == "createdAt"

    def is_ascending(self, *, forwards: bool) -> bool:
        """Return whether this direction leads to greater sort keys.

        Forwards leads from new to old, or from A to Z, unless the list is reversed.
        """
        return (forwards != self.is_by_time) != self.is_reversed

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
        """Return the Query's arguments; forwards is down the list.

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
            "ScanIndexForward": self.is_ascending(forwards=forwards),
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
            is_ahead = (after.key > self.span.until) != self.is_ascending(forwards=forwards)
            return {} if is_ahead else None
        key = {
            self.index.partition: {"S": self.partition},
            self.index.sort: {"S": after.key},
            "id": {"S": after.id},
        }
        return {"ExclusiveStartKey": key}


Source = ById | Range

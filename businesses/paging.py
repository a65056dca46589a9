"""One page of a plan, read with a bounded number of calls, exact in both directions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from businesses.records import Business
from businesses.search import Plan, Position, Source

# Where a filter or an earlier source takes records away, a page reads on in bigger steps, but not
# for ever: then it says so and leads on from where it stopped.
MORE_READS = 3
MORE_AT_ONCE = 300

Direction = Literal["next", "previous"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which page to read: the records next to a position, on one side of it.

    position: not itself on the page; None is the end that the direction starts from, so
    Cursor("next") is the first page and Cursor("previous") the last.
    token: Cognito's, for a page of a group; "" for the first. Such a list leads one way only.
    """

    direction: Direction = "next"
    position: Position | None = None
    token: str = ""


FIRST, LAST = Cursor("next"), Cursor("previous")


@dataclass(frozen=True, slots=True)
class Page:
    """Some records in the list's order, and the cursors of the pages beside them (None: no page).

    An empty page that was read to its end has neither: whatever was there when its cursor was made
    is gone. looked_at: how many records were read, where that was not enough to fill the page, and
    0 otherwise. without_record: how many members of a group have no record.
    """

    items: tuple[Business, ...] = ()
    previous: Cursor | None = None
    next: Cursor | None = None
    looked_at: int = 0
    without_record: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A record at its position."""

    position: Position
    record: Business


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one call read of a source.

    rest: where to read on, None at the source's end. looked_at: how many records it read.
    """

    rows: tuple[Row, ...] = ()
    rest: Position | None = None
    looked_at: int = 0


class Reader(Protocol):
    """Reads sources: the Business table."""

    def read(self, source: Source, after: Position | None, limit: int, *, forwards: bool) -> Chunk:
        """Read at most `limit` records of a source, beginning after a position."""


def read_page(
    reader: Reader, plan: Plan, cursor: Cursor, limit: int, *, more_at_once: int = MORE_AT_ONCE
) -> Page:
    """Read at most `limit` records beside the cursor.

    Without a filter that is one Query at any depth, and one more for each source that ends on the
    page. One record more is asked for, which tells whether there is a page beyond. On the side
    that the cursor came from there was a record when it was made, so a page is offered there.
    Records written meanwhile appear on the page they sort into; none is skipped or repeated.
    more_at_once: how many records each further call reads, at most MORE_READS times.
    """
    rows, unread = _collect(reader, plan, cursor, limit + 1, more_at_once)
    ahead = rows[limit - 1].position if len(rows) > limit else unread.rest
    rows = rows[:limit]
    beside = rows[0].position if rows else unread.rest
    behind = beside if cursor.position else None
    if cursor.direction == "previous":
        rows.reverse()
        ahead, behind = behind, ahead
    return Page(
        tuple(row.record for row in rows),
        previous=Cursor("previous", behind) if behind else None,
        next=Cursor("next", ahead) if ahead else None,
        looked_at=unread.looked_at,
    )


def _collect(
    reader: Reader, plan: Plan, cursor: Cursor, wanted: int, more_at_once: int
) -> tuple[list[Row], Chunk]:
    """Read rows away from the cursor; the chunk tells where it had to stop before its time."""
    forwards, found, looked_at, more_reads = cursor.direction == "next", list[Row](), 0, 0
    for source, start in _sources_ahead(plan, cursor):
        chunk = reader.read(source, start, wanted - len(found), forwards=forwards)
        while True:
            looked_at += chunk.looked_at
            found += [
                row
                for row in chunk.rows
                if not plan.is_of_earlier_source(row.record, source.number)
            ]
            if len(found) >= wanted:
                return found[:wanted], Chunk()
            if chunk.rest is None:
                break
            if more_reads == MORE_READS:
                return found, Chunk(rest=chunk.rest, looked_at=looked_at)
            more_reads += 1
            chunk = reader.read(source, chunk.rest, more_at_once, forwards=forwards)
    return found, Chunk()


def _sources_ahead(plan: Plan, cursor: Cursor) -> Iterator[tuple[Source, Position | None]]:
    """Yield the sources in reading order from the cursor's on, and where to begin in each."""
    position = cursor.position
    forwards = cursor.direction == "next"
    for source in plan.sources if forwards else reversed(plan.sources):
        if position is None or source.number == position.source:
            yield source, position
        elif (source.number > position.source) == forwards:
            yield source, None

"""Reads one page of a plan with a limited number of calls, exact in both directions, without AWS.

A plan is a list of sources, each a run of records that one index (or one key) holds in order. The
list consists of all records of the first source, then those of the second that the first does not
hold, and so on. So every record has exactly one place, in whichever direction somebody pages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

Record = TypeVar("Record")

# If a filter or an earlier source removes records, a page reads on in bigger steps, but only so
# often. Then it says that it is not full, and its link continues from where it stopped.
MORE_READS = 3
MORE_AT_ONCE = 300

Direction = Literal["next", "previous"]


@dataclass(frozen=True, slots=True)
class Position:
    """A record's place in a plan: its source's number, the index's sort key, and the record's id.

    The id makes pages exact among records that have the same sort key.
    """

    source: int
    key: str
    id: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which page to read: the records next to a position, on one side of it.

    position: not itself on the page. None means the end that the direction starts from, so
    Cursor("next") is the first page and Cursor("previous") is the last.
    token: Cognito's token for a page of a group; "" for the first. Such a list only goes forwards.
    """

    direction: Direction = "next"
    position: Position | None = None
    token: str = ""


FIRST, LAST = Cursor("next"), Cursor("previous")


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    """Some records in the list's order, and the cursors of the pages next to them, or None.

    An empty page that was read to its end has neither cursor, because the records that were there
    when its own cursor was made are gone. looked_at: how many records were read if they did not
    fill the page, and 0 otherwise. without_record: how many members of a group have no record.
    """

    items: tuple[Record, ...] = ()
    previous: Cursor | None = None
    next: Cursor | None = None
    looked_at: int = 0
    without_record: int = 0


@dataclass(frozen=True, slots=True)
class Positioned(Generic[Record]):
    """A record at its position."""

    position: Position
    record: Record


@dataclass(frozen=True, slots=True)
class Chunk(Generic[Record]):
    """What one call read from a source.

    rest: where to continue reading; None at the source's end. looked_at: how many records it read.
    """

    rows: tuple[Positioned[Record], ...] = ()
    rest: Position | None = None
    looked_at: int = 0


class Numbered(Protocol):
    """What a source must have."""

    @property
    def number(self) -> int:
        """The source's place among the plan's sources."""


Source = TypeVar("Source", bound=Numbered)
Source_contra = TypeVar("Source_contra", contravariant=True)
Record_contra = TypeVar("Record_contra", contravariant=True)
Source_co = TypeVar("Source_co", covariant=True)


class Reader(Protocol[Source_contra, Record]):
    """Something that reads sources, such as a table."""

    def read(
        self, source: Source_contra, after: Position | None, limit: int, *, forwards: bool
    ) -> Chunk[Record]:
        """Read at most `limit` records of a source, starting after a position."""


class Readable(Protocol[Source_co, Record_contra]):
    """What a plan must have."""

    @property
    def sources(self) -> Sequence[Source_co]:
        """The sources, in the order of the list."""

    def is_of_earlier_source(self, record: Record_contra, number: int) -> bool:
        """Return whether a record found in source `number` already belongs to an earlier source."""


def read_page(
    reader: Reader[Source, Record],
    plan: Readable[Source, Record],
    cursor: Cursor,
    limit: int,
    *,
    more_at_once: int = MORE_AT_ONCE,
) -> Page[Record]:
    """Read at most `limit` records next to the cursor.

    Without a filter, this takes one Query at any depth, plus one for each source that ends on the
    page. One extra record is requested, to learn whether there is another page beyond. On the side
    that the cursor came from, there was a record when the cursor was made, so a page is offered
    there. Records written in the meantime appear on the page they sort into; none is skipped or
    repeated. more_at_once: how many records each further call reads, at most MORE_READS times.
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
    reader: Reader[Source, Record],
    plan: Readable[Source, Record],
    cursor: Cursor,
    wanted: int,
    more_at_once: int,
) -> tuple[list[Positioned[Record]], Chunk[Record]]:
    """Read rows from the cursor on; the chunk tells where reading stopped early, if it did."""
    forwards, found, looked_at, more_reads = (
        cursor.direction == "next",
        list[Positioned[Record]](),
        0,
        0,
    )
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


def _sources_ahead(
    plan: Readable[Source, Record], cursor: Cursor
) -> Iterator[tuple[Source, Position | None]]:
    """Yield the sources in reading order from the cursor's own, and where to start in each."""
    position = cursor.position
    forwards = cursor.direction == "next"
    for source in plan.sources if forwards else reversed(plan.sources):
        if position is None or source.number == position.source:
            yield source, position
        elif (source.number > position.source) == forwards:
            yield source, None

"""Makes every record of the Business table right, such as its search keys or its owner."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from businesses.aws.tables.record_rewrites import ScannedPage
from businesses.records.record_change import RecordChange


class Refreshed(StrEnum):
    """What became of one record."""

    RIGHT = "RIGHT"  # it was as it should be
    WRITTEN = "WRITTEN"  # it was made right now, or would be in a dry run
    CHANGED = "CHANGED"  # somebody else changed what the new texts were told by
    ODD = "ODD"  # it cannot be told how it should be, or that cannot be written


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshedRecord:
    """One record. why: what is odd about it; "" if nothing is."""

    id: str
    result: Refreshed
    why: str = ""


class Table(Protocol):
    """What a refresh needs of the Business table."""

    def page(self, after: str) -> ScannedPage:
        """Read the next items."""

    def write(self, change: RecordChange) -> bool:
        """Write the new texts; False if the record has changed since. Raises ValueError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """A refresh of all records.

    change_of: tells how an item should be. wait: called before each call to the table.
    """

    table: Table
    change_of: Callable[[Mapping[str, Any]], RecordChange]
    wait: Callable[[], object]

    def run(self, *, after: str, dry_run: bool) -> Iterator[RefreshedRecord]:
        """Yield what became of each record of the table, in the table's own order.

        after: the id to go on after; "" for all. What is right is not written, so it may stop
        anywhere and be run again.
        """
        while True:
            self.wait()
            page = self.table.page(after)
            for item in page.items:
                yield self._refresh_one(self.change_of(item), dry_run=dry_run)
            if not page.last:
                return
            after = page.last

    def _refresh_one(self, change: RecordChange, *, dry_run: bool) -> RefreshedRecord:
        """Write the texts that can be told, even of a record that is odd otherwise."""
        result, problems = Refreshed.RIGHT, list(change.problems)
        if change.texts:
            result = Refreshed.WRITTEN
            if not dry_run:
                self.wait()
                try:
                    written = self.table.write(change)
                    result = Refreshed.WRITTEN if written else Refreshed.CHANGED
                except ValueError as error:
                    problems.append(f"DynamoDB refused the change: {error}")
        if problems:
            return RefreshedRecord(id=change.id, result=Refreshed.ODD, why="; ".join(problems))
        return RefreshedRecord(id=change.id, result=result)

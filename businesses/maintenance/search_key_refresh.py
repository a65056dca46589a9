"""Gives records the search keys that the site searches by today."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from businesses.aws.tables.search_key_writes import ScannedPage
from businesses.records.key_changes import KeyChange


class Refreshed(StrEnum):
    """What became of one record."""

    RIGHT = "RIGHT"  # it had the keys that it should have
    WRITTEN = "WRITTEN"  # it got them now, or would get them in a dry run
    CHANGED = "CHANGED"  # somebody else wrote its name or address meanwhile, and so the keys
    ODD = "ODD"  # a key cannot be told or written


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

    def write(self, change: KeyChange) -> bool:
        """Write keys; False if the record has changed since. Raises ValueError."""


def refresh(
    table: Table, *, after: str, dry_run: bool, wait: Callable[[], object]
) -> Iterator[RefreshedRecord]:
    """Yield what became of each record of the table, in the table's own order.

    after: the id to go on after; "" for all. wait: called before each call to the table. What is
    right is not written, so it may stop anywhere and be run again.
    """
    while True:
        wait()
        page = table.page(after)
        for item in page.items:
            yield _refresh_one(table, KeyChange.of(item), dry_run=dry_run, wait=wait)
        if not page.last:
            return
        after = page.last


def _refresh_one(
    table: Table, change: KeyChange, *, dry_run: bool, wait: Callable[[], object]
) -> RefreshedRecord:
    """Write the keys that can be told, even of a record that is odd otherwise."""
    result, problems = Refreshed.RIGHT, list(change.problems)
    if change.keys:
        result = Refreshed.WRITTEN
        if not dry_run:
            wait()
            try:
                result = Refreshed.WRITTEN if table.write(change) else Refreshed.CHANGED
            except ValueError as error:
                problems.append(f"DynamoDB refused its keys: {error}")
    if problems:
        return RefreshedRecord(id=change.id, result=Refreshed.ODD, why="; ".join(problems))
    return RefreshedRecord(id=change.id, result=result)

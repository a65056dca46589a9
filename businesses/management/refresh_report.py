"""The text of a refresh of all records to the operator. Nothing here does any I/O."""

import json
import shlex
from collections import Counter
from dataclasses import dataclass

from businesses.maintenance.refresh import Refreshed, RefreshedRecord
from businesses.management.progress_line import bar, share_and_total


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshWords:
    """A refresh in words.

    new: what it writes, such as "new keys". mend: how to mend what it cannot. changed: what else
    happened to a record that was changed meanwhile, such as ", with their keys".
    """

    new: str
    mend: str
    changed: str = ""


class RefreshTally:
    """Counts the records so far. last: the id of the last one; "" before the first."""

    def __init__(self, words: RefreshWords) -> None:
        self._words = words
        self._counts = Counter[Refreshed]()
        self.last = ""

    def add(self, record: RefreshedRecord) -> None:
        """Count one record."""
        self._counts[record.result] += 1
        self.last = record.id

    @property
    def done(self) -> int:
        """How many records have been counted."""
        return self._counts.total()

    @property
    def odd(self) -> int:
        """How many of them cannot be made right."""
        return self._counts[Refreshed.ODD]

    def summary(self, *, dry_run: bool) -> str:
        """Return the counts: "1,000 records read: 3 got new keys, 997 were right already."."""
        counts, words = self._counts, self._words
        parts = [
            f"{counts[Refreshed.WRITTEN]:,} {'would get' if dry_run else 'got'} {words.new}",
            f"{counts[Refreshed.RIGHT]:,} were right already",
        ]
        if counts[Refreshed.CHANGED]:
            parts.append(f"{counts[Refreshed.CHANGED]:,} were changed meanwhile{words.changed}")
        if self.odd:
            parts.append(f"{self.odd:,} cannot be made right")
        return f"{self.done:,} records read: {', '.join(parts)}."


def format_odd(record: RefreshedRecord) -> str:
    """Return one line, without personal data, about a record that cannot be made right."""
    name = record.id if record.id.isprintable() else json.dumps(record.id)
    return f"{name}  {record.why}"


def format_progress(tally: RefreshTally, total: int, seconds: float) -> str:
    """Return one line of progress. total: roughly how many there are; seconds: since the start."""
    share, total = share_and_total(tally.done, total)
    rate = tally.done / seconds if seconds else 0
    return f"{bar(share)} {tally.done:,} of about {total:,} records, {rate:,.0f}/s"


def how_to_go_on(tally: RefreshTally) -> str:
    """Say what is true after a refresh that ended early, and how to do the rest."""
    said = "What was written so far is kept. Run it again; it leaves alone what is right."
    if not tally.last.isprintable() or not tally.last:  # nobody could type it
        return said
    return f"{said} To start where it ended, add --continue-from={shlex.quote(tally.last)}"

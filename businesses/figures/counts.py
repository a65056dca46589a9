"""What the front page counts by days: who was onboarded, mended, and set aside by a dismissal.

What is settled is counted once and kept in Django's cache, so that a page reads only what is new.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from businesses.aws.stack import BUSINESS_TABLE, ONBOARDING_TABLE, Stack
from businesses.aws.tables.time_reads import CREATED, STATUS, read_newest
from businesses.backend import READ_SHARE, Backend
from businesses.figures import cached
from businesses.figures.days import Window
from businesses.figures.tally import Budget, Chunk, Tally, Times, renew
from businesses.queries.business_sources import Index
from businesses.records.attributes import members, text
from businesses.records.business import DELETED, TYPENAME, is_deleted
from businesses.records.onboarding import COMPLETED, DISMISSED, NOT_IN_ITS_GROUP
from businesses.typed_cache import TypedCache

BUDGET_SHARE = 0.3  # of the deadline: no call begins after it, and the last one may take until 0.8
FRESH_SECONDS = 300
SETTLED_SECONDS = 24 * 60 * 60
FIRST_FAILED = "firstFailedAt"
TALLIES = TypedCache(Tally)


@dataclass(frozen=True, slots=True)
class Counted:
    """Records that are counted by days.

    table: the key of the stack output that names it. fresh_seconds: how long a count is shown
    without a call. is_final: whether its records stay as they are; dismissed ones are reopened.
    """

    figure: str
    table: str
    index: Index
    partition: str
    fresh_seconds: int
    is_final: bool = True


ONBOARDED = Counted(cached.ONBOARDED, BUSINESS_TABLE, CREATED, TYPENAME, 0)
MENDED = Counted(cached.MENDED, ONBOARDING_TABLE, STATUS, COMPLETED, FRESH_SECONDS)
SET_ASIDE = Counted(
    cached.SET_ASIDE, ONBOARDING_TABLE, STATUS, DISMISSED, FRESH_SECONDS, is_final=False
)


def tally_of(backend: Backend, counted: Counted, window: Window) -> Tally:
    """Return the counts of a window. Raises BackendUnavailable or TableMissing."""
    fresh_key = cached.fresh_key(counted.figure)
    settled_key = cached.settled_key(counted.figure)
    fresh = TALLIES.get(fresh_key)
    if fresh and fresh.until == window.until:
        return fresh.within(window)
    kept = TALLIES.get(settled_key) if counted.is_final else None

    def count(stack: Stack) -> tuple[Tally, Tally]:
        return renew(kept, _Reader(stack, counted).read, window, budget())

    shown, settled = backend.ask(count, READ_SHARE)
    if counted.is_final:
        TALLIES.set(settled_key, settled, SETTLED_SECONDS)
    if counted.fresh_seconds:
        TALLIES.set(fresh_key, shown, counted.fresh_seconds)
    return shown


def budget() -> Budget:
    """Return how much one page of the site may read of one index."""
    return Budget(settings.AWS_DEADLINE_SECONDS * BUDGET_SHARE)


@dataclass(frozen=True, slots=True)
class _Reader:
    stack: Stack
    counted: Counted

    def read(self, since: str, until: str) -> Iterator[Chunk]:
        """Read the records between two times.

        People who only left their group were not stuck, and what DataStore deleted is gone.
        """
        sort, table = self.counted.index.sort, self.stack.outputs[self.counted.table]
        names = (sort, FIRST_FAILED, "reason") if self.counted.index == STATUS else (sort, DELETED)
        answers = read_newest(
            self.stack.client("dynamodb"),
            table,
            self.counted.index,
            self.counted.partition,
            names,
            between=(since, until),
        )
        for each in answers:
            rows = [
                Times(text(item, sort), text(item, FIRST_FAILED))
                for item in each.items
                if text(members(item.get("reason")), "type") != NOT_IN_ITS_GROUP
                and not is_deleted(item)
            ]
            yield Chunk(rows, each.is_last)

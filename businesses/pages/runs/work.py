"""One request's share of a run: as many rows as time allows, and what came of each."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import takewhile

from businesses.audit.history import Staff, storable
from businesses.audit.runs import Run
from businesses.exceptions import BusinessesError, HistoryUnwritable
from businesses.models import HistoryEntry
from businesses.pages.runs.action import RunAction, Selected
from businesses.retry.audited import both

MOST_AT_ONCE = 100  # rows in one answer; the batches of the page's own script are smaller
# No row is begun later than this after the request, as proxies give up after 30 or 60 seconds. What
# is under way then is finished: an answer of the API, and the writes of the records.
BATCH_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Worked:
    """What one request did.

    subs: the rows of the batch. entries: the last one about each row that was tried. problem: why
    the batch ended early, or None.
    """

    subs: tuple[str, ...] = ()
    entries: tuple[HistoryEntry, ...] = ()
    problem: BusinessesError | None = None


@contextmanager
def time_limit(seconds: float = BATCH_SECONDS) -> Iterator[threading.Event]:
    """Yield an event that is set once the time is up."""
    over = threading.Event()
    timer = threading.Timer(seconds, over.set)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
        timer.join()


def work(
    run: Run,
    action: RunAction,
    staff: Staff,
    *,
    size: int = MOST_AT_ONCE,
    time: Callable[[], AbstractContextManager[threading.Event]] = time_limit,
) -> Worked:
    """Do the next batch of a run, and record how far the run is.

    size: the most rows. time: yields an event that is set once no further row may be begun.
    """
    if run.finished_at is not None:
        return Worked()  # somebody else has done the rest
    before = HistoryEntry.objects.filter(run=run.pk).order_by("-pk").values_list("pk").first()
    with time() as stop:
        try:
            run.touch()
            selected = _selected(run, action, size)
        except BusinessesError as error:
            return Worked(problem=error)
        problem = action.do(run, staff.in_run(run.pk), selected.subs, stop)
    entries = _results(run, action, before[0] if before else 0)
    tried = [sub for sub in selected.subs if storable(sub) in entries]
    try:
        run.go_on(tried, _following(run, selected, set(tried)))
    except HistoryUnwritable as error:
        problem = both(problem, error)
    return Worked(selected.subs, tuple(entries.values()), problem)


def _selected(run: Run, action: RunAction, size: int) -> Selected:
    left = run.left
    return action.select(run, size) if left is None else Selected(tuple(left[:size]), lambda _: "")


def _results(run: Run, action: RunAction, after: int) -> dict[str, HistoryEntry]:
    """Return the last entry about each row that this batch was the last to try."""
    entries = HistoryEntry.objects.filter(run=run.pk, pk__gt=after, action__in=action.results)
    return {entry.object_id: entry for entry in entries.order_by("pk")}


def _following(run: Run, selected: Selected, tried: set[str]) -> str | None:
    """Return where a run of all that match goes on."""
    # Rows end in any order, so the next batch starts at the first one that was not tried.
    done = len(list(takewhile(tried.__contains__, selected.subs)))
    return selected.after(done) if done or not selected.subs else run.position

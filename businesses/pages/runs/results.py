"""What came of the rows of a run, as its page and its script show it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.text import capfirst

from businesses.audit.history import storable
from businesses.audit.runs import Run
from businesses.exceptions import BusinessesError
from businesses.models import HistoryEntry
from businesses.pages.errors.plain_errors import problem_as_json
from businesses.pages.errors.staff_words import staff_words
from businesses.pages.runs.action import RowName, RunAction

MOST_SHOWN = 200  # of the rows that need attention, and of the others; the history has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What came of one row, and its state after that.

    fine: whether nothing is left to do. reason: why not, in a few words.
    """

    sub: str
    title: str
    url: str
    state: str
    business_url: str
    result: str
    text: str
    fine: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SameReason:
    """The rows of a run that need attention for one reason."""

    reason: str
    rows: tuple[RowResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. others, fine: the newest results; others_count, fine_count: of all."""

    others: tuple[RowResult, ...]
    fine: tuple[RowResult, ...]
    others_count: int
    fine_count: int

    @property
    def done(self) -> int:
        """The number of rows that were tried."""
        return self.others_count + self.fine_count

    @property
    def by_reason(self) -> list[SameReason]:
        """The others that are shown, grouped by their reasons, the most frequent first."""
        groups = defaultdict[str, list[RowResult]](list)
        for row in self.others:
            groups[row.reason].append(row)
        ordered = sorted(groups.items(), key=lambda each: -len(each[1]))
        return [SameReason(reason, tuple(rows)) for reason, rows in ordered]

    @property
    def outcome(self) -> str:
        """What came of the rows so far: "fine", "failed", or "mixed"; "" while there is nothing."""
        if self.others_count and self.fine_count:
            return "mixed"
        return ("failed" if self.others_count else "fine") if self.done else ""


def results_of(
    action: RunAction, entries: Iterable[HistoryEntry], subs: Iterable[str] = ()
) -> list[RowResult]:
    """Return the result that each entry tells of, with the names of the rows.

    subs: those that may be stored in another way in the history, where they are known.
    """
    entries, stored = list(entries), {storable(sub): sub for sub in subs}
    of_row = [stored.get(entry.object_id, entry.object_id) for entry in entries]
    names = action.names(of_row)
    return [
        _result(action, entry, sub, names.get(sub))
        for sub, entry in zip(of_row, entries, strict=True)
    ]


def progress_of(run: Run, action: RunAction) -> Progress:
    """Read how far a run is from the history, and the names of the rows that are shown."""
    last = run.results(action.results)
    numbers: dict[bool, list[int]] = {True: [], False: []}
    for number, result in reversed(last.values()):
        numbers[result in action.fine].append(number)
    shown = [number for some in numbers.values() for number in some[:MOST_SHOWN]]
    entries = HistoryEntry.objects.in_bulk(shown)
    results = results_of(action, (entries[number] for number in shown if number in entries))
    return Progress(
        others=tuple(each for each in results if not each.fine),
        fine=tuple(each for each in results if each.fine),
        others_count=len(numbers[False]),
        fine_count=len(numbers[True]),
    )


def as_json(results: Iterable[RowResult]) -> list[dict[str, Any]]:
    """Return the results as the script reads them."""
    return [asdict(each) for each in results]


def ending_as_json(problem: BusinessesError | None) -> dict[str, Any]:
    """Return why a batch ended early, in staff's words, as the script reads it."""
    if problem is None:
        return {"problem": None}
    words = staff_words(problem)
    return problem_as_json(words.head, words.what_to_do)


def _result(action: RunAction, entry: HistoryEntry, sub: str, name: RowName | None) -> RowResult:
    name, is_fine = name or RowName(title=sub), entry.action in action.fine
    return RowResult(
        sub=sub,
        title=name.title,
        url=name.url,
        state=name.state,
        business_url=name.business_url,
        result=entry.get_action_display(),
        text=entry.message,
        fine=is_fine,
        reason="" if is_fine else name.reason or capfirst(entry.get_action_display()),
    )

"""Counting by quarters of an hour: nothing is lost or counted twice from one page to the next."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from businesses.figures.days import Window
from businesses.figures.tally import Budget, Chunk, Tally, Times, between, in_day, renew
from businesses.records.business import format_time
from tests.harness.counts import count
from tests.harness.examples import examples

NOW = datetime(2026, 11, 27, 12, 7, tzinfo=UTC)


class Index:
    """An index that answers with so many records in each call, and counts the calls."""

    def __init__(self, size: int) -> None:
        self.rows: list[str] = []
        self.size, self.calls = size, 0

    def read(self, since: str, until: str) -> Iterator[Chunk]:
        rows = sorted((each for each in self.rows if since <= each <= until), reverse=True)
        for start in range(0, max(len(rows), 1), self.size):
            self.calls += 1
            some = [Times(each, each) for each in rows[start : start + self.size]]
            yield Chunk(some, is_last=start + self.size >= len(rows))


def budget(pages: int) -> Budget:
    return Budget(seconds=60, pages=pages)


def day_counts(tally: Tally, window: Window) -> list[int]:
    return [in_day(tally.at, day) for day in window.days]


@settings(max_examples=examples(100))
@given(
    written=st.lists(
        st.tuples(st.integers(0, 40 * 86_400), st.lists(st.integers(0, 86_400), max_size=6)),
        min_size=1,
        max_size=8,
    ),
    size=st.integers(1, 5),
    pages=st.integers(1, 4),
)
def test_what_is_known_is_exact_after_any_writes_and_whatever_the_budget(
    written: list[tuple[int, list[int]]], size: int, pages: int
) -> None:
    """Each step, time passes, records are written, and the front page is opened."""
    index, now, kept = Index(size), NOW, None
    for passed, ages in written:
        now += timedelta(seconds=passed)
        # A record is in the index by the time its quarter counts as settled.
        index.rows += [format_time(now - timedelta(seconds=min(age, passed) % 600)) for age in ages]
        window = Window(now)
        shown, kept = renew(kept, index.read, window, budget(pages))
        for day in window.days:
            if day.since >= shown.since:
                wanted = sum(day.since <= row < day.until for row in index.rows)
                assert in_day(shown.at, day) == wanted
        known = sum(row >= shown.since for row in index.rows)
        assert between(shown.at, shown.since, window.until) == known
        count("tallies renewed")


def test_a_tally_that_was_cut_reaches_further_back_with_every_page() -> None:
    index, window, kept = Index(size=20), Window(NOW), None
    index.rows = [format_time(NOW - timedelta(hours=hour)) for hour in range(1, 500)]
    reached = []
    for _ in range(40):
        shown, kept = renew(kept, index.read, window, budget(2))
        reached.append(shown.since)
    assert reached[0] > window.since
    assert reached == sorted(reached, reverse=True)
    assert reached[-1] == window.since
    assert sum(day_counts(shown, window)) == 499


def test_once_everything_is_counted_only_the_new_is_read() -> None:
    index, window = Index(size=100), Window(NOW)
    index.rows = [format_time(NOW - timedelta(hours=hour)) for hour in range(1, 100)]
    _, kept = renew(None, index.read, window, budget(8))
    index.calls = 0
    later = Window(NOW + timedelta(minutes=1))
    index.rows.append(format_time(NOW))
    shown, kept = renew(kept, index.read, later, budget(8))
    assert (index.calls, sum(day_counts(shown, later))) == (1, 100)


def test_a_tally_from_before_the_window_or_from_the_future_is_not_used() -> None:
    index = Index(size=100)
    index.rows = [format_time(NOW)]
    for other in (NOW - timedelta(days=60), NOW + timedelta(days=60)):
        _, kept = renew(None, index.read, Window(other), budget(8))
        shown, _ = renew(kept, index.read, Window(NOW), budget(8))
        assert sum(day_counts(shown, Window(NOW))) == 1


def test_time_ends_a_budget_too() -> None:
    ticks = iter([0.0, 0.5, 1.5])
    spent = Budget(seconds=1, clock=lambda: next(ticks))
    assert not spent.is_spent
    assert spent.is_spent

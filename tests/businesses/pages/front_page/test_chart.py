"""Where the chart draws what, for any counts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from businesses.figures.days import DAYS, Window
from businesses.figures.stuck import Stuck
from businesses.figures.tally import Tally
from businesses.pages.front_page.bars import BASE, MARGIN, ROOM, SMALLEST, TOP, UPPER
from businesses.pages.front_page.chart import Chart, chart_of
from businesses.pages.front_page.parts import Parts
from tests.harness.counts import count

WINDOW = Window(datetime(2026, 11, 27, 12, tzinfo=ZoneInfo("Europe/Berlin")))
counts = st.lists(st.integers(0, 10**9) | st.just(0), min_size=DAYS, max_size=DAYS)


def tally(at: list[int], first: list[int] | None = None, *, known_days: int = DAYS) -> Tally:
    days = [day.since for day in WINDOW.days]
    return Tally(
        days[-known_days],
        WINDOW.until,
        at=dict(zip(days, at, strict=True)),
        first=dict(zip(days, first or [0] * DAYS, strict=True)),
    )


def parts(
    onboarded: Tally | None = None, mended: Tally | None = None, *, is_all: bool = True
) -> Parts:
    nobody = Stuck(number=0, is_all=is_all, longest=None, causes=(), first={})
    return Parts(
        stuck=nobody,
        out_of_group=None,
        onboarded=onboarded,
        mended=mended,
        set_aside=tally([0] * DAYS),
        backend=None,
        problems=(),
    )


def drawn(chart: Chart, kind: str) -> list[tuple[int, float, float]]:
    """Return the day's number, the top and the height of each bar."""
    return [
        (number, float(bar.y), float(bar.height))
        for number, column in enumerate(chart.columns)
        for bar in column.bars
        if bar.kind == kind
    ]


@settings(max_examples=60)
@given(onboarded=counts, mended=counts, stuck=counts)
def test_every_bar_is_in_its_place_and_the_tallest_fills_it(
    onboarded: list[int], mended: list[int], stuck: list[int]
) -> None:
    read = parts(tally(onboarded), tally(mended, stuck))
    chart = chart_of(read, WINDOW, sees_businesses=True)
    places = (
        ("onboarded", onboarded, TOP, BASE),
        ("stuck", stuck, UPPER, chart.middle),
        ("mended", mended, chart.middle, chart.height - MARGIN),
    )
    assert any([*stuck, *mended]) or chart.height == UPPER + MARGIN
    for kind, given_counts, top, bottom in places:
        bars = drawn(chart, kind)
        assert [number for number, _, _ in bars] == [
            number for number, each in enumerate(given_counts) if each
        ]
        for number, y, height in bars:
            # Where the line is in the middle is rounded, and a bar of one in a thousand is seen.
            assert top - SMALLEST <= y
            assert y + height <= bottom + SMALLEST
            area = chart.areas[kind]
            assert area.y - SMALLEST <= y
            assert y + height <= area.y + area.height + SMALLEST
            if given_counts[number] == max(given_counts):
                assert height == pytest.approx(max(bottom - top, SMALLEST), abs=0.51)
    below = [height for kind in ("stuck", "mended") for _, _, height in drawn(chart, kind)]
    assert max(below, default=ROOM) >= ROOM / 2 - 0.01
    count("charts drawn")


def test_columns_fill_the_width_and_every_seventh_has_its_date() -> None:
    chart = chart_of(parts(tally([1] * DAYS)), WINDOW, sees_businesses=True)
    last = chart.columns[-1]
    assert float(last.x) + float(last.width) == pytest.approx(100, abs=0.02)
    labels = [column.label for column in chart.columns if column.label]
    assert labels == ["30 Oct", "6 Nov", "13 Nov", "20 Nov", "27 Nov"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (7, "7"),
        (999, "999"),
        (1_000, "1k"),
        (1_299, "1.2k"),
        (12_999, "12k"),
        (2_500_000, "2.5m"),
        (10**10, "10bn"),
    ],
)
def test_a_bar_has_its_count_at_its_end_and_the_highest_has_it_on_a_phone_too(
    number: int, shown: str
) -> None:
    chart = chart_of(
        parts(tally([number, number - 1, *[0] * 28]), tally([number, *[0] * 29])),
        WINDOW,
        sees_businesses=True,
    )
    first, second = chart.columns[:2]
    [onboarded, mended] = first.bars
    assert (onboarded.count, mended.count) == (shown, shown)
    assert float(onboarded.text_y) < float(onboarded.y)
    assert float(mended.text_y) > float(mended.y) + float(mended.height)
    assert onboarded.is_highest
    assert not second.bars[0].is_highest
    assert chart.sums == {"onboarded": f"{2 * number - 1:,}", "stuck": "0", "mended": f"{number:,}"}


def test_days_that_are_not_counted_yet_are_not_drawn_as_none() -> None:
    read = parts(tally([1] * DAYS, known_days=10), tally([0] * DAYS))
    chart = chart_of(read, WINDOW, sees_businesses=True)
    assert chart.is_partial
    assert len(drawn(chart, "onboarded")) == 10
    assert chart.columns[0].counts.onboarded is None
    assert chart.words == "In 30 days: at least 10 onboarded, 0 got stuck, 0 mended."


def test_a_part_that_is_unknown_is_not_nothing() -> None:
    chart = chart_of(parts(), WINDOW, sees_businesses=True)
    assert chart.words.startswith("In 30 days: an unknown number onboarded, an unknown number got")
    counts_of = chart.columns[0].counts
    assert (counts_of.onboarded, counts_of.stuck, counts_of.mended) == (None, None, None)
    assert counts_of.words == "Thursday, 29 October: not counted yet"


def test_a_chart_of_more_stuck_people_than_were_read_says_so() -> None:
    assert chart_of(parts(is_all=False), WINDOW, sees_businesses=True).is_cut

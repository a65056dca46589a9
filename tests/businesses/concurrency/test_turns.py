from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses.concurrency.turn_waits import MOST_MISSED
from businesses.concurrency.turns import SLACK_SECONDS, EvenRate, Turns


class Time:
    """A clock that moves when somebody waits, and is late by so many seconds each time."""

    def __init__(self, late: float = 0.0) -> None:
        self.now, self._late = 100.0, late

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        if seconds:
            self.now += seconds + self._late


def starts(rate: EvenRate, time: Time, count: int) -> list[float]:
    """Return when so many calls begin; a call that would be late lets its turn pass."""
    found = list[float]()
    for _ in range(count):
        for _ in range(MOST_MISSED):
            at = rate.reserve()
            time.wait(at - time.now)
            if time.now - at <= SLACK_SECONDS:
                break
        found.append(time.now)
    return found


def most_in_a_second(times: list[float]) -> int:
    return max(sum(start <= time < start + 1 for time in times) for start in times)


@pytest.mark.parametrize("late", [0.0, 0.001, 0.01, 0.02, 0.029, 0.04, 0.09])
@pytest.mark.parametrize("per_second", [1, 2, 20, 25])
def test_the_rate_holds_though_every_timer_is_late(per_second: int, late: float) -> None:
    time = Time(late)
    begun = starts(EvenRate(per_second, clock=time), time, 201)
    assert most_in_a_second(begun) <= per_second
    assert 200 / (begun[-1] - begun[0]) >= 0.95 * per_second or late > SLACK_SECONDS


@given(late=st.lists(st.floats(0, 0.06), min_size=30, max_size=90), per_second=st.integers(1, 25))
def test_the_rate_holds_however_late_each_timer_is(late: list[float], per_second: int) -> None:
    time = Time()
    rate = EvenRate(per_second, clock=time)
    begun = []
    for each in late:
        at = rate.reserve()
        time.now = max(time.now, at) + each
        if time.now - at <= SLACK_SECONDS:
            begun.append(time.now)
    assert not begun or most_in_a_second(begun) <= per_second


def test_a_pause_is_not_caught_up_with() -> None:
    time = Time()
    rate = EvenRate(20, clock=time)
    before = starts(rate, time, 30)
    time.now += 5
    after = starts(rate, time, 30)
    assert most_in_a_second([*before, *after]) <= 20
    assert most_in_a_second([each for each in after if each < after[0] + 0.1]) <= 5


def test_a_rate_below_one_is_kept_too() -> None:
    time = Time()
    begun = starts(EvenRate(0.5, clock=time), time, 10)
    assert min(after - before for before, after in pairwise(begun)) >= 2


def test_a_clock_that_was_set_back_stops_nobody_for_long() -> None:
    turns = Turns(due=10_000.0, times=(9_999.0,) * 25).next(100.0, 20)
    assert 100 < turns.times[0] < 102
    assert turns.next(100.0, 20).times[0] < 103


def test_without_a_limit_nobody_waits() -> None:
    time = Time()
    assert EvenRate(None, clock=time).reserve() == time.now

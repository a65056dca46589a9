import pytest

from businesses.concurrency.rate_limits import CAUGHT_UP, MOST_PER_SECOND, EvenRate


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
    found = []
    for _ in range(count):
        time.wait(rate.reserve())
        found.append(time.now)
    return found


def most_in_a_second(times: list[float]) -> int:
    return max(sum(start <= time < start + 1 for time in times) for start in times)


@pytest.mark.parametrize("late", [0.0, 0.001, 0.02, 0.04, 0.09])
def test_the_rate_holds_though_every_timer_is_late(late: float) -> None:
    time = Time(late)
    begun = starts(EvenRate(20, clock=time), time, 201)
    assert 200 / (begun[-1] - begun[0]) == pytest.approx(20, rel=0.05)
    assert most_in_a_second(begun) <= 20 + 1 + CAUGHT_UP


def test_a_pause_is_not_caught_up_with() -> None:
    time = Time()
    rate = EvenRate(20, clock=time)
    before = starts(rate, time, 30)
    time.now += 5
    after = starts(rate, time, 30)
    assert most_in_a_second([*before, *after]) <= 20 + 1 + CAUGHT_UP


def test_never_more_begin_in_a_second_than_cognito_allows() -> None:
    time = Time()
    assert most_in_a_second(starts(EvenRate(1000, clock=time), time, 200)) <= MOST_PER_SECOND


def test_without_a_limit_nobody_waits() -> None:
    assert EvenRate(None).reserve() == 0.0

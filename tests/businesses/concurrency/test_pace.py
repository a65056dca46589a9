"""Turns under a quota."""

from concurrent.futures import ThreadPoolExecutor

from businesses.concurrency.rate_limits import QuotaLimiter


class Time:
    """Time that passes by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_as_many_calls_as_the_quota_begin_at_once_and_the_next_a_second_later() -> None:
    time = Time()
    limiter = QuotaLimiter(3, clock=time.clock, sleep=time.sleep)
    begun = []
    for _ in range(7):
        assert limiter.wait(2)
        begun.append(time.now)
    assert begun == [0, 0, 0, 1, 1, 1, 2]


def test_no_second_sees_more_calls_than_the_quota() -> None:
    time = Time()
    limiter = QuotaLimiter(3, clock=time.clock, sleep=time.sleep)
    begun = []
    for number in range(40):
        time.now += (number % 5) / 8
        assert limiter.wait(2)
        begun.append(time.now)
    assert all(later - earlier >= 1 for earlier, later in zip(begun, begun[3:], strict=False))


def test_who_would_wait_too_long_is_sent_away_and_takes_no_turn() -> None:
    time = Time()
    limiter = QuotaLimiter(1, clock=time.clock, sleep=time.sleep)
    assert limiter.wait(0)
    assert not limiter.wait(0.5)
    time.now = 1.0
    assert limiter.wait(0)


def test_threads_share_the_turns() -> None:
    time = Time()
    naps: list[float] = []
    limiter = QuotaLimiter(10, clock=time.clock, sleep=naps.append)
    with ThreadPoolExecutor(8) as executor:
        assert all(executor.map(limiter.wait, [5.0] * 25))
    assert sorted(naps) == [1.0] * 10 + [2.0] * 5

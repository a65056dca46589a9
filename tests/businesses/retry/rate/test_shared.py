"""One rate for several processes, in the database; and a part of it while that is gone."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings

from businesses.concurrency.turns import SLACK_SECONDS, EvenRate
from businesses.retry.rate.in_database import RetryTurns, TurnsInDatabase
from businesses.retry.rate.of_site import site_rate
from businesses.retry.rate.shared import ALONE_SECONDS, SharedRate, StoreGone
from tests.businesses.retry.rate.takers import most_in_a_second, rate_of, taken_by_processes

UseFile = Callable[[str], Path]
RATE = 20


def test_processes_that_use_one_database_share_one_rate(database_file: UseFile) -> None:
    variables = {"DATABASE_URL": f"sqlite:///{database_file('')}"}
    times = taken_by_processes(
        variables | {"RETRY_RATE_PER_SECOND": str(RATE)}, seconds=2, number=2
    )
    together = [each for some in times for each in some]
    assert most_in_a_second(together) <= RATE
    # bench/shared_rate.py measures 95 %; the machine that runs tests may be busy.
    assert rate_of(together) > 0.3 * RATE
    assert all(len(some) > 1 for some in times)


def test_threads_take_the_turns_of_one_row_in_turn(database_file: UseFile) -> None:
    database_file("")

    def take() -> None:
        turns = TurnsInDatabase("rate", RATE)
        for _ in range(10):
            turns.reserve()
        turns.close()

    began = time.time()
    threads = [threading.Thread(target=take) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    [row] = RetryTurns.objects.all()
    due, *_ = json.loads(row.turns_as_json)
    # Each of the forty moved the next turn on; one that two threads took would be missing here.
    # SQLite tells the time in milliseconds.
    assert due - began > 40 * (1 + SLACK_SECONDS) / RATE - 0.001
    connection.close()


def test_a_database_that_is_gone_is_told_and_no_file_is_made(database_file: UseFile) -> None:
    file = database_file("")
    connection.close()
    file.unlink()
    with pytest.raises(StoreGone):
        TurnsInDatabase("rate", RATE).reserve()
    assert not file.exists()


def test_a_database_that_is_not_migrated_is_told(database_file: UseFile) -> None:
    file = database_file("")
    connection.close()
    file.write_bytes(b"")
    with pytest.raises(StoreGone, match="OperationalError"):
        TurnsInDatabase("rate", RATE).reserve()


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Store:
    """A store of turns that can be taken away."""

    def __init__(self, time: Time) -> None:
        self._turns, self.is_there, self.asked = EvenRate(RATE, clock=time), True, 0

    def reserve(self) -> float:
        self.asked += 1
        if not self.is_there:
            raise StoreGone("ConnectionError")
        return self._turns.reserve()

    def close(self) -> None:
        """Hold nothing."""


def begun(rate: SharedRate, time: Time, until: float) -> list[float]:
    """Return when calls begin until that time."""
    found = list[float]()
    while time.now < until:
        time.now = max(time.now, rate.reserve())
        found.append(time.now)
    return found


def test_without_the_store_a_process_keeps_to_its_part(caplog: pytest.LogCaptureFixture) -> None:
    time = Time()
    store = Store(time)
    rate = SharedRate(store, EvenRate(RATE / 4, clock=time), clock=time, sleep=time.sleep)
    together = begun(rate, time, 110.0)
    store.is_there = False
    alone = begun(rate, time, 120.0)
    assert most_in_a_second(alone) <= RATE / 4
    assert rate_of(alone) >= 0.95 * RATE / 4
    store.is_there, asked = True, store.asked
    alone += begun(rate, time, 110.0 + ALONE_SECONDS - 0.5)
    assert store.asked == asked  # it is left alone for a while
    again = begun(rate, time, 150.0)
    assert 0.95 * RATE <= rate_of(again[40:]) <= RATE
    assert most_in_a_second([*together, *alone, *again]) <= RATE
    gone, back = caplog.messages
    assert "(ConnectionError), so each keeps to its part of it (RETRY_WORKERS)" in gone
    assert back == "The processes of the site share the rate of retries again."


def test_a_site_in_memory_shares_its_rate_with_nobody() -> None:
    assert isinstance(site_rate(), EvenRate)


def test_a_site_without_its_database_divides_the_rate(database_file: UseFile) -> None:
    file = database_file("")
    connection.close()
    file.unlink()
    with override_settings(RETRY_RATE_PER_SECOND=10, RETRY_WORKERS=5):
        rate = site_rate()
        first, second = rate.reserve(), rate.reserve()
    assert second - first >= 0.5

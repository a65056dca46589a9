"""One sweep of a stack at a time, whatever becomes of the one before."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from businesses.exceptions import SweepRunning, SweepTakenOver
from businesses.models import Sweep
from businesses.sweep.lease import KILLED, LEASE, RENEWED_EVERY, SweepLease
from tests.harness.counts import count
from tests.harness.examples import examples

START = datetime(2026, 11, 27, 12, tzinfo=UTC)
STACKS = [("one", "eu-central-1"), ("one", "eu-west-1"), ("two", "eu-central-1")]


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def lease(clock: Clock, stack: str = "one", region: str = "eu-central-1") -> SweepLease:
    return SweepLease(stack, region, dry_run=False, clock=clock)


@pytest.mark.django_db
def test_a_second_sweep_is_told_who_runs_and_when_it_may_start() -> None:
    clock = Clock()
    lease(clock)
    clock.now += timedelta(minutes=3)
    with pytest.raises(SweepRunning) as caught:
        lease(clock)
    assert str(caught.value).startswith(
        "Another sweep of one has been running since 27 Nov 2026, 12:00:00 UTC: process "
    )
    assert caught.value.hint.endswith("another can start at 27 Nov 2026, 12:10:00 UTC.")


@pytest.mark.django_db
def test_a_killed_sweep_holds_its_stack_until_its_lease_runs_out_and_is_kept_as_such() -> None:
    clock = Clock()
    first = lease(clock)
    clock.now += LEASE
    second = lease(clock)
    killed, running = Sweep.objects.all()
    assert (killed.error, killed.finished_at) == (KILLED, START + LEASE)
    assert running.finished_at is None
    clock.now += RENEWED_EVERY
    with pytest.raises(SweepTakenOver):
        first.renew()
    first.end(found=7)
    killed.refresh_from_db()
    assert (killed.error, killed.found) == (KILLED, 0)
    second.renew()
    second.end(found=1)
    lease(clock)


Step = tuple[
    str, int, int
]  # what happens, to which of the stacks or sweeps, after how many seconds
steps = st.lists(
    st.tuples(
        st.sampled_from(["begin", "begin", "renew", "end", "kill"]),
        st.integers(0, 2),
        st.sampled_from([0, 1, 29, 31, 299, 599, 600, 601, 1_300]),
    ),
    max_size=25,
)


@pytest.mark.django_db
@given(story=steps)
@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_happens_at_most_one_sweep_of_a_stack_has_its_lease(story: list[Step]) -> None:
    Sweep.objects.all().delete()
    clock = Clock()
    running: dict[int, tuple[SweepLease, datetime]] = {}  # by stack; until when it holds its lease
    killed: dict[int, datetime] = {}
    for what, which, seconds in story:
        clock.now += timedelta(seconds=seconds)
        held = running.get(which)
        if what == "begin":
            is_held = max(killed.get(which, START), held[1] if held else START) > clock.now
            try:
                running[which] = lease(clock, *STACKS[which]), clock.now + LEASE
                assert not is_held
                killed.pop(which, None)
            except SweepRunning:
                assert is_held
        elif held and what == "renew":
            held[0].renew()
            row = Sweep.objects.get(
                finished_at=None, stack=STACKS[which][0], region=STACKS[which][1]
            )
            assert row.leased_until is not None
            assert row.leased_until > clock.now or row.leased_until == held[1]
            running[which] = held[0], row.leased_until
        elif held and what == "end":
            held[0].end()
            del running[which]
        elif held:
            killed[which] = held[1]
            del running[which]
    count("stories of sweeps")


def test_of_sweeps_that_start_at_the_same_moment_one_begins(
    database_file: Callable[[str], Path],
) -> None:
    database_file("")
    together = threading.Barrier(4)

    def begin(_number: int) -> Any:
        try:
            together.wait(20)
            return lease(Clock())
        except SweepRunning as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as executor:
        outcomes = list(executor.map(begin, range(4)))
    assert sum(isinstance(each, SweepLease) for each in outcomes) == 1
    assert Sweep.objects.filter(finished_at=None).count() == 1

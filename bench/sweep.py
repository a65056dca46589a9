"""What a sweep of 20,000 users costs: `python -m bench.sweep`.

AWS is a stub in a process of its own that answers at once. It generates 20,000 users, of whom 95 in
a hundred should have a Business and two do not. The times leave out Cognito's quota of 30 calls a
second that list users; the time at that quota is a column of its own.

The least possible number of calls: each user and each member is listed once, 60 a page; each due
user is looked up in both tables, 100 keys a call; each finding is one write; one call reads which
dismissed records soon expire. Peak memory is what
Python allocated during the sweep (tracemalloc), in a second run, because tracing slows it down.

Exits with 1 if a sweep makes more calls than that, or if the memory grows with the number of users.
"""

import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

import boto3
from botocore.config import Config

from businesses.aws.cognito.user_pool import LIST_CALLS_PER_SECOND, PAGE_SIZE, UserPool
from businesses.aws.tables.batch_reads import BATCH_SIZE
from businesses.aws.tables.business_table import BusinessTable
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.management.sweep_report import SweepTally
from businesses.sweep.service import WRITES_AT_ONCE, Backlog, Sweeper
from businesses.sweep.user_id_set import UserIdSet
from tests.businesses.sweep import big_pool

SIZES = (2_000, 20_000)
MEMBERS = 1_000_000
NO_LIMIT = 10**9  # calls a second
MOST_GROWTH = 1_000_000  # bytes; the digests of 18,000 more members take 260,000
MEGABYTE = 1_000_000


@dataclass
class Run:
    """One measured sweep. calls: as counted by the stub, set once the stub has ended."""

    tally: SweepTally = field(default_factory=SweepTally)
    calls: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    peak_bytes: int = 0


def main() -> int:
    """Print the table; return 1 if a limit is exceeded."""
    print(
        f"{'users':>8}{'calls':>8}{'least':>8}{'time':>9}{'users/s':>9}{'at quota':>10}{'peak':>9}"
    )
    peaks, is_fine = list[int](), True
    for users in SIZES:
        run, traced = _sweep(users), _sweep(users, trace=True)
        calls, least = sum(run.calls.values()), _least_calls(users)
        listings = run.calls["ListUsers"] + run.calls["ListUsersInGroup"]
        print(
            f"{users:>8,}{calls:>8,}{least:>8,}{run.seconds:>7.1f} s{users / run.seconds:>9,.0f}"
            f"{max(run.seconds, listings / LIST_CALLS_PER_SECOND):>8.1f} s"
            f"{traced.peak_bytes / MEGABYTE:>6.1f} MB"
        )
        peaks.append(traced.peak_bytes)
        is_fine = is_fine and calls <= least
    print(f"\nThe digests of {MEMBERS:,} members: {_size_of_members() / MEGABYTE:.1f} MB")
    return 0 if is_fine and peaks[-1] - peaks[0] <= MOST_GROWTH else 1


def _least_calls(users: int) -> int:
    """Return the least number of calls that a sweep of this many users needs."""
    pool = big_pool.BigPool(users)
    hundreds = users // 100
    due = users - hundreds * len(big_pool.UNCONFIRMED | big_pool.DISABLED)
    stuck = big_pool.OUTSIDE | big_pool.WITHOUT_BUSINESS
    written = stuck | big_pool.DRIFTED | big_pool.FAILED_YET_FINE
    pages = ceil(users / PAGE_SIZE) + ceil(pool.members / PAGE_SIZE)
    return 2 + pages + 2 * ceil(due / BATCH_SIZE) + hundreds * len(written)


def _sweep(users: int, *, trace: bool = False) -> Run:
    run = Run()
    with _stub(users, run) as url, _backlog(url) as backlog:
        if trace:
            tracemalloc.start()
        began = time.perf_counter()
        with ThreadPoolExecutor(WRITES_AT_ONCE) as executor:
            sweeper = Sweeper(
                backlog, older_than=timedelta(minutes=5), dry_run=False, executor=executor
            )
            for step in sweeper.steps():
                run.tally.add(step)
        run.seconds = time.perf_counter() - began
        if trace:
            _, run.peak_bytes = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    return run


@contextmanager
def _stub(users: int, run: Run) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.businesses.sweep.big_pool", str(users)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()
        run.calls = json.loads(process.stdout.read())


@contextmanager
def _backlog(url: str) -> Iterator[Backlog]:
    session = boto3.Session(
        region_name="eu-central-1", aws_access_key_id="bench", aws_secret_access_key="bench"
    )
    config = Config(max_pool_connections=WRITES_AT_ONCE)
    cognito = session.client("cognito-idp", endpoint_url=url, config=config)
    dynamodb = session.client("dynamodb", endpoint_url=url, config=config)
    yield Backlog(
        pool=UserPool(cognito, big_pool.POOL, limiter=QuotaLimiter(NO_LIMIT)),
        businesses=BusinessTable(dynamodb, big_pool.BUSINESSES),
        onboardings=OnboardingTable(dynamodb, big_pool.ONBOARDINGS),
        group=big_pool.GROUP,
    )
    cognito.close()
    dynamodb.close()


def _size_of_members() -> int:
    tracemalloc.start()
    members = UserIdSet()
    for number in range(MEMBERS):
        members.add(big_pool.sub_of(number))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size


if __name__ == "__main__":
    sys.exit(main())

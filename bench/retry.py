"""How fast retries go: `python -m bench.retry`.

This runs 300 retries against a stub in a process of its own, whose AppSync takes 150 ms and whose
DynamoDB answers at once. With 32 at once and no rate limit, the ideal is 300 / 32 x 0.15 s. This
measures the mutations alone, and whole retries: two reads for many records at once, the mutation,
and the write of the record. At the rate that the settings allow, it measures the rate and the most
calls that arrive in any one second.

Exits with 1 if whole retries take more than 1.25 times the ideal, the rate is off by more than 5 %,
or more than 25 calls arrive in a second. Run it on a machine that does nothing else: client and
stub need one processor each.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from bench.retry_stub import SECONDS
from businesses.aws.api.appsync import Api
from businesses.aws.api.mutation import Mutation, MutationCalls
from businesses.aws.tables.business_table import BusinessTable
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.concurrency.turns import MOST_PER_SECOND, EvenRate
from businesses.concurrency.worker_pool import WorkerPool
from businesses.retry.outcomes import Result
from businesses.retry.service import Retry
from tests.businesses.onboardings import onboarding

REGION = "eu-central-1"
RETRIES = 300
AT_ONCE = 32
RATE = 20
ROUNDS = 3
IDEAL_SECONDS = RETRIES / AT_ONCE * SECONDS
MOST_TIMES_IDEAL = 1.25
MOST_OFF = 0.05

SUBS = [onboarding(number).sub for number in range(RETRIES)]


class Stub:
    """The stub's process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout
        self.url = self._stdout.readline().strip()

    def arrivals(self) -> list[float]:
        """Return when mutations arrived since the last call: seconds on the monotonic clock."""
        self._stdin.write("\n")
        self._stdin.flush()
        arrivals: list[float] = json.loads(self._stdout.readline())
        return arrivals


def main() -> int:
    """Print the ratios; return 1 if a limit is exceeded."""
    with _stub() as stub, _retries(stub.url) as make:
        _mutations_alone(stub.url)  # the first run opens files and fills caches
        alone = median(_timed(lambda: _mutations_alone(stub.url)) for _ in range(ROUNDS))
        whole = median(_timed(lambda: _run(make(EvenRate(None), AT_ONCE))) for _ in range(ROUNDS))
        stub.arrivals()
        _run(make(EvenRate(RATE), 16))
        arrivals = stub.arrivals()
    rate = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])
    most = max(sum(start <= each < start + 1 for each in arrivals) for start in arrivals)
    print(f"{RETRIES} retries, {AT_ONCE} at once, no rate limit; ideal: {IDEAL_SECONDS:.2f} s")
    print(f"  mutations alone   {alone:6.2f} s  {alone / IDEAL_SECONDS:.2f} times the ideal")
    print(f"  whole retries     {whole:6.2f} s  {whole / IDEAL_SECONDS:.2f} times the ideal")
    print(f"{RETRIES} retries at {RATE} a second")
    print(f"  rate              {rate:6.2f}/s {rate / RATE:.3f} times the target")
    print(f"  in any one second {most:6} at most")
    return int(
        whole > MOST_TIMES_IDEAL * IDEAL_SECONDS
        or abs(rate / RATE - 1) > MOST_OFF
        or most > MOST_PER_SECOND
        or len(arrivals) != RETRIES
    )


@contextmanager
def _stub() -> Iterator[Stub]:
    with subprocess.Popen(
        [sys.executable, "-m", "bench.retry_stub"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Stub(process)
        assert process.stdin is not None
        process.stdin.close()


def _api(url: str) -> Api:
    return Api(
        url=f"https://abc.appsync-api.{REGION}.amazonaws.com/graphql",
        region=REGION,
        credentials=Credentials("AKIAEXAMPLE", "example"),
        connect_url=url,
    )


@contextmanager
def _retries(url: str) -> Iterator[Callable[[EvenRate, int], Retry]]:
    client = boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
        config=Config(max_pool_connections=AT_ONCE),
    )
    try:
        yield lambda rate, at_once: Retry(
            OnboardingTable(client, "onboardings"),
            BusinessTable(client, "businesses"),
            Mutation(_api(url), rate=rate),
            at_once=at_once,
        )
    finally:
        client.close()


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _mutations_alone(url: str) -> None:
    stop = threading.Event()
    mutation = Mutation(_api(url), rate=EvenRate(None))
    workers = WorkerPool(
        partial(mutation.connected, stop), MutationCalls.onboard, stop=stop, at_once=AT_ONCE
    )
    reasons = list(workers.run(onboarding(number).person for number in range(RETRIES)))
    assert reasons == [None] * RETRIES


def _run(retry: Retry) -> None:
    results = [outcome.result for outcome in retry.run(SUBS, by="bench")]
    assert results == [Result.COMPLETED] * RETRIES


if __name__ == "__main__":
    sys.exit(main())

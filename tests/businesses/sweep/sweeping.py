"""Helpers that the tests of the sweep share."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import boto3
from botocore.config import Config

from businesses.aws.cognito.user_pool import LIST_CALLS_PER_SECOND, UserPool
from businesses.aws.tables.business_table import BusinessTable
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.management.sweep_report import SweepTally
from businesses.sweep.service import Backlog, Sweeper
from tests.businesses.sweep import big_pool

FIVE_MINUTES = timedelta(minutes=5)


class Time:
    """A clock that only moves when somebody sleeps."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def backlog(url: str, time: Time) -> Iterator[Backlog]:
    session = boto3.Session(
        region_name="eu-central-1", aws_access_key_id="AKIA", aws_secret_access_key="secret"
    )
    config = Config(retries={"mode": "standard", "total_max_attempts": 10})
    cognito = session.client("cognito-idp", endpoint_url=url, config=config)
    dynamodb = session.client("dynamodb", endpoint_url=url, config=config)
    try:
        yield Backlog(
            pool=UserPool(
                cognito,
                big_pool.POOL,
                limiter=QuotaLimiter(LIST_CALLS_PER_SECOND, clock=time, sleep=time.sleep),
            ),
            businesses=BusinessTable(dynamodb, big_pool.BUSINESSES),
            onboardings=OnboardingTable(dynamodb, big_pool.ONBOARDINGS),
            group=big_pool.GROUP,
        )
    finally:
        cognito.close()
        dynamodb.close()


def sweep(
    given: Backlog,
    *,
    dry_run: bool = False,
    stop_after: int = 0,
    watch: Callable[[SweepTally], None] = lambda _: None,
) -> SweepTally:
    """Run a sweep and return its tally. watch: called after each step."""
    tally = SweepTally()
    with ThreadPoolExecutor(4) as executor:
        sweeper = Sweeper(given, older_than=FIVE_MINUTES, dry_run=dry_run, executor=executor)
        for number, step in enumerate(sweeper.steps(), 1):
            tally.add(step)
            watch(tally)
            if number == stop_after:
                break
    return tally

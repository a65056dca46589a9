"""The backend for commands, which can wait longer than a page."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from botocore.config import Config
from django.conf import settings

from businesses.aws.cognito.user_pool import LIST_CALLS_PER_SECOND, UserPool
from businesses.aws.stack import GROUP, POOL, Stack, say_to_operator, translated_errors
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.retry.rate.of_site import site_rate
from businesses.retry.service import TABLE_CALLS_AT_ONCE, Retry
from businesses.sweep.service import WRITES_AT_ONCE, Backlog

# Ten attempts with up to 20 seconds between them last longer than a minute of throttling.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
CLIENT_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 10},
    max_pool_connections=max(WRITES_AT_ONCE, TABLE_CALLS_AT_ONCE),
)
# Every command reads its stack first, so a missing network is reported within seconds.
STACK_CONFIG = Config()


@contextmanager
def command_stack() -> Iterator[Stack]:
    """Open the stack that the settings name, with clients that wait patiently once it is found.

    The clients are closed at the end. If AWS refuses or does not answer inside the block, that
    becomes BackendUnavailable, with a hint about what to do.
    """
    name, region = settings.BACKEND_STACK_NAME, settings.AWS_REGION
    stack = Stack(name, region, config=STACK_CONFIG, say=say_to_operator)
    with translated_errors(), closing(stack):
        yield stack.with_config(CLIENT_CONFIG)


def command_backlog(stack: Stack, since: datetime | None) -> Backlog:
    """Return the pool and tables that a sweep uses, limited to Cognito's quota.

    since: as for Backlog, in place of what the stack says, and whoever was created after it counts,
    through whichever app client they signed up; None for what the stack says.
    """
    limiter, use = QuotaLimiter(LIST_CALLS_PER_SECOND), stack.pool_use()
    return Backlog(
        pool=UserPool(stack.client("cognito-idp"), stack.outputs[POOL], limiter=limiter),
        businesses=stack.businesses(),
        onboardings=stack.onboardings(),
        group=stack.outputs[GROUP],
        since=since or use.since,
        is_shared=use.is_shared and since is None,
    )


def command_retry(stack: Stack) -> Retry:
    """Return the retry service, limited to the rate that the settings allow."""
    return Retry.of_stack(stack, rate=site_rate())

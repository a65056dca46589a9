"""The service that retries as a page lends it: within a page's patience, at one rate a process."""

import time
from collections.abc import Callable

from botocore.config import Config
from django.conf import settings

from businesses.aws.mutation import Mutation, Patience
from businesses.aws.stack import Stack
from businesses.concurrency.even_rate import EvenRate
from businesses.retry.service import TABLE_CALLS_AT_ONCE, Retry

# Proxies give up after 30 or 60 s. A batch begins nobody after BATCH_SECONDS (retry_batches.py);
# what is under way then ends within one answer of the API, and one write of the record.
RETRY_CONFIG = Config(
    connect_timeout=2,
    read_timeout=4,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=4 * TABLE_CALLS_AT_ONCE,  # of some who retry at the same time
)
RETRY_PATIENCE = Patience(seconds=6, connect_seconds=2, busy_tries=5, unanswered_tries=2)


class RetryDesk:
    """Makes the services that retry; whoever retries in this process shares one rate.

    clock: as of a Stack.
    """

    def __init__(
        self, stack_name: str, region: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stack = Stack(stack_name, region, config=RETRY_CONFIG, clock=clock)
        self._rate = EvenRate(settings.RETRY_RATE_PER_SECOND)

    def service(self) -> Retry:
        """Return a service. Raises what a Stack raises."""
        mutation = Mutation(self._stack.api(), rate=self._rate, patience=RETRY_PATIENCE)
        return Retry(self._stack.onboardings(), self._stack.presence(), mutation)

    def forget_outputs(self) -> None:
        """Let the stack's outputs be read anew."""
        self._stack.forget_outputs()

    def close(self) -> None:
        """Close every connection; the next service reads the credentials anew."""
        self._stack.close()

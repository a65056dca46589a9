"""The retry service for pages: waits no longer than a page may, at the site's one rate."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config

from businesses.aws.api.mutation import RetryPolicy
from businesses.aws.stack import translated_errors
from businesses.backend import Backend, get_backend
from businesses.exceptions import ApiRefused, CredentialsRefused, TableMissing
from businesses.retry.rate.of_site import site_rate
from businesses.retry.service import TABLE_CALLS_AT_ONCE, Retry

# A batch starts no call after BATCH_SECONDS, which is in pages/runs/work.py; those under way end
# after one more answer of the API and two writes of records, one behind the other.
RETRY_CONFIG = Config(
    connect_timeout=2,
    read_timeout=4,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=2 * TABLE_CALLS_AT_ONCE,  # enough for a few staff retrying at once
)
PAGE_RETRY_POLICY = RetryPolicy(seconds=6, connect_seconds=2, busy_tries=5, unanswered_tries=2)


class RetryServices:
    """Creates retry services, which all share the site's rate.

    backend: used to find the stack.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._stack = backend.stack_with(RETRY_CONFIG)
        self._rate = site_rate()

    @contextmanager
    def service(self) -> Iterator[Retry]:
        """Open the service that retries stuck onboardings.

        A refusal by AWS inside the block is raised as BackendUnavailable. If other credentials may
        help, or the stack may have a new API or table, the next service starts from scratch.
        """
        try:
            with translated_errors():
                yield self.backend.ask(
                    lambda _: Retry.of_stack(self._stack, rate=self._rate, policy=PAGE_RETRY_POLICY)
                )
        except (ApiRefused, CredentialsRefused, TableMissing):
            self._stack.outputs.forget()
            self._stack.close()
            raise


@functools.lru_cache(maxsize=1)
def get_retry_services() -> RetryServices:
    """Return the one object in this process that creates retry services."""
    return RetryServices(get_backend())

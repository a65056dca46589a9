"""The threads and the limits of a process's calls to the user pool, one pair for each kind."""

from typing import TypedDict

from businesses.aws.cognito.drifts import DRIFT_CALLS_PER_SECOND
from businesses.aws.cognito.memberships import GROUP_CALLS_PER_SECOND
from businesses.aws.cognito.user_directory import ACCOUNT_CALLS_PER_SECOND
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.concurrency.threads import Threads

GROUP_CALLS_AT_ONCE, ACCOUNT_CALLS_AT_ONCE, DRIFT_CALLS_AT_ONCE = 16, 8, 4
CALLS_AT_ONCE = GROUP_CALLS_AT_ONCE + ACCOUNT_CALLS_AT_ONCE + DRIFT_CALLS_AT_ONCE


class NamedCalls(TypedDict):
    """Arguments of UserDirectory."""

    executor: Threads
    account_executor: Threads
    drift_executor: Threads
    limiter: QuotaLimiter
    account_limiter: QuotaLimiter
    drift_limiter: QuotaLimiter


class PoolCalls:
    """What all directories of a process share. groups: the threads of the calls for groups."""

    def __init__(self) -> None:
        self.groups = Threads(GROUP_CALLS_AT_ONCE, "groups")
        self._named = NamedCalls(
            executor=self.groups,
            account_executor=Threads(ACCOUNT_CALLS_AT_ONCE, "accounts"),
            drift_executor=Threads(DRIFT_CALLS_AT_ONCE, "drift"),
            limiter=QuotaLimiter(GROUP_CALLS_PER_SECOND),
            account_limiter=QuotaLimiter(ACCOUNT_CALLS_PER_SECOND),
            drift_limiter=QuotaLimiter(DRIFT_CALLS_PER_SECOND),
        )

    def named(self) -> NamedCalls:
        """Return them as arguments of UserDirectory."""
        return self._named

    def shutdown(self) -> None:
        """Wait for the calls under way."""
        for kind in ("executor", "account_executor", "drift_executor"):
            self._named[kind].shutdown()

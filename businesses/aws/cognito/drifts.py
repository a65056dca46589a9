"""Whether records are still what Cognito holds of many users, asked within a part of the quota."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING

from businesses.aws.cognito.memberships import FindUser
from businesses.concurrency.ask_each import QuotaExhausted, ask_each
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.records.drift import Drift, drift_of
from businesses.records.onboarding import Person
from businesses.records.user import PoolUser
from businesses.typed_cache import TypedCache

if TYPE_CHECKING:
    from django.core.cache import BaseCache

CACHE_SECONDS = 300
# Half of the site's calls for accounts; searches and confirmations need the others.
DRIFT_CALLS_PER_SECOND = 10


class Drifts:
    """The differences between records and the user pool, for lists that show them late.

    find_user: looks a user up. executor: runs only these calls, which wait long for their turns.
    For the other arguments, see UserDirectory.
    """

    def __init__(  # noqa: PLR0913
        self,
        find_user: FindUser,
        user_pool_id: str,
        *,
        cache: "BaseCache",
        executor: Executor,
        timeout_seconds: float,
        limiter: QuotaLimiter,
    ) -> None:
        self._find_user, self._user_pool_id = find_user, user_pool_id
        self._known, self._executor = TypedCache(Drift, cache), executor
        self._timeout_seconds, self._limiter = timeout_seconds, limiter

    def cached(self, people: Iterable[Person]) -> dict[Person, Drift]:
        """Return the answers that are not yet five minutes old, without asking for others."""
        keys = {each: self._cache_key(each) for each in people if each.sub}
        known = self._known.get_many(keys.values())
        return {each: known[key] for each, key in keys.items() if key in known}

    def of(
        self, people: Iterable[Person], *, is_wanted: Callable[[], bool] = lambda: True
    ) -> dict[Person, Drift | None]:
        """Return how each record differs; None if Cognito did not answer, or had no turn left.

        Whoever asks again gets what is cached by then, and further answers. is_wanted: as in
        `Memberships.of`. Raises UserPoolMissing.
        """
        keys = {each: self._cache_key(each) for each in people if each.sub}
        found = self.cached(keys)

        def submit(sub: str) -> "Future[PoolUser | None]":
            return self._executor.submit(self._read, sub, is_wanted)

        users = ask_each(
            submit,
            list(dict.fromkeys(each.sub for each in keys if each not in found)),
            timeout_seconds=self._timeout_seconds,
            subject="accounts",
        )
        drifts = self.keep(keys, users)
        return {each: found.get(each, drifts.get(each)) for each in keys}

    def keep(
        self, people: Iterable[Person], users: Mapping[str, PoolUser | None]
    ) -> dict[Person, Drift]:
        """Compare these records' data with users that were just read, and cache what differs.

        users: by sub, None for whom the pool does not list. Those without a user are left out.
        """
        drifts = {each: drift_of(each, users[each.sub]) for each in people if each.sub in users}
        cached = {self._cache_key(each): drift for each, drift in drifts.items()}
        self._known.set_many(cached, CACHE_SECONDS)
        return drifts

    def _read(self, sub: str, is_wanted: Callable[[], bool]) -> PoolUser | None:
        if not is_wanted() or not self._limiter.wait(self._timeout_seconds) or not is_wanted():
            raise QuotaExhausted  # others need it
        return self._find_user("sub", sub, self._timeout_seconds)

    def _cache_key(self, person: Person) -> str:
        # What is compared is hashed, so that the cache has neither names nor addresses.
        named = f"{person.sub}\0{person.email}\0{person.name}"
        digest = hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()
        return f"businesses:drift:{self._user_pool_id}:{digest}"

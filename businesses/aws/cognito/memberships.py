"""The groups of users, read live from the user pool: never those of somebody with the same name."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from typing import TYPE_CHECKING

from businesses.aws.cognito.limits import can_be_name
from businesses.concurrency.ask_each import QuotaExhausted, ask_each
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.exceptions import UserPoolMissing
from businesses.records.identity import Identity, Membership
from businesses.records.onboarding import Person
from businesses.records.user import PoolUser
from businesses.typed_cache import TypedCache

if TYPE_CHECKING:
    from django.core.cache import BaseCache
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

CACHE_SECONDS = 60
PAGE_SIZE = 60  # the most groups that one call returns
GROUP_CALLS_PER_SECOND = 50  # Cognito's quota for AdminListGroupsForUser, unless it was raised

# Returns the user whose `sub` or `username` (the first argument) is the second, or None if the pool
# lists none. The third says how many seconds to wait for a turn; it raises QuotaExhausted.
FindUser = Callable[[str, str, float], PoolUser | None]
Compare = Callable[[Iterable[Person], Mapping[str, PoolUser | None]], object]


class Memberships:
    """The groups of many users at once.

    AdminListGroupsForUser takes a username and answers for whoever has it now. Unless the username
    is the sub, the user whom the pool lists for the sub is looked up first. That takes one call of
    ListUsers for each user, from a small quota. Without a turn at once, a user is not checked.

    find_user: looks a user up. compare: compares records with users who were looked up. executor:
    runs the calls for usernames that are subs. checking_executor: runs the others. For the other
    arguments, see UserDirectory.
    """

    def __init__(  # noqa: PLR0913
        self,
        client: "CognitoIdentityProviderClient",
        user_pool_id: str,
        *,
        find_user: FindUser,
        compare: Compare,
        cache: "BaseCache",
        executor: Executor,
        checking_executor: Executor,
        timeout_seconds: float,
        limiter: QuotaLimiter,
    ) -> None:
        self._client, self._user_pool_id = client, user_pool_id
        self._find_user, self._compare, self._cache = find_user, compare, cache
        self._known = TypedCache(Membership, cache)
        self._executor, self._checking_executor = executor, checking_executor
        self._timeout_seconds, self._limiter = timeout_seconds, limiter

    def cached(self, identities: Iterable[Identity]) -> dict[Identity, Membership]:
        """Return the answers that are not yet a minute old, without asking for others."""
        keys = {each: self._cache_key(each) for each in identities if each.sub}
        known = self._known.get_many(keys.values())
        return {each: known[key] for each, key in keys.items() if key in known}

    def of(
        self,
        identities: Iterable[Identity],
        *,
        fresh: bool = False,
        usernames: Mapping[str, str | None] | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
        compared: Collection[Person] = (),
    ) -> dict[Identity, Membership | None]:
        """Return each user's membership; None if Cognito did not answer, or had no turn left.

        Answers are cached for a minute, unless fresh ones are wanted; unknown ones are requested
        again. A user who pages quickly waits for a turn, so that Cognito's quota is not exceeded.
        usernames: by sub, the username that the pool lists, or None if it lists no such user; for
        callers who have looked it up. Then nobody else is looked up. is_wanted: whether somebody
        still waits for the answers; otherwise, no further user is asked about. compared: what
        records hold of some of the users; whoever has to be looked up is compared with it at that,
        so that `Drifts` need not ask again. Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListGroupsForUser.html
        """
        keys = {each: self._cache_key(each) for each in identities if each.sub}
        if fresh:
            self._cache.delete_many(keys.values())
        found = self.cached(keys)
        looked_up = dict[str, PoolUser | None]()
        asked = ask_each(
            partial(self._submit, usernames, is_wanted, looked_up),
            [each for each in keys if each not in found],
            timeout_seconds=self._timeout_seconds,
            subject="groups",
        )
        self._compare(compared, looked_up.copy())
        # Callers that want a fresh answer are about to change the memberships.
        kept = {} if fresh else {keys[each]: answer for each, answer in asked.items() if answer}
        self._known.set_many(kept, CACHE_SECONDS)
        return {each: found.get(each, asked.get(each)) for each in keys}

    def _submit(
        self,
        usernames: Mapping[str, str | None] | None,
        is_wanted: Callable[[], bool],
        looked_up: dict[str, PoolUser | None],
        identity: Identity,
    ) -> "Future[Membership | None]":
        def read() -> Membership | None:
            if not is_wanted():
                raise QuotaExhausted  # others need it
            if identity.is_unmistakable:
                return self._read_groups(identity.username)
            return self._read_checked(identity, usernames, looked_up)

        executor = self._executor if identity.is_unmistakable else self._checking_executor
        return executor.submit(read)

    def _read_checked(
        self,
        identity: Identity,
        usernames: Mapping[str, str | None] | None,
        looked_up: dict[str, PoolUser | None],
    ) -> Membership | None:
        """Return the membership of the user with this sub, whoever has the username."""
        if usernames is None:
            user = looked_up[identity.sub] = self._find_user("sub", identity.sub, 0)
            username = user.username if user else None
        elif identity.sub in usernames:
            username = usernames[identity.sub]
        else:
            raise QuotaExhausted
        if username is not None:
            return self._read_groups(username)
        return self._read_missing(identity) if identity.username else None

    def _read_missing(self, identity: Identity) -> Membership | None:
        """Say what became of a user whom the pool does not list: gone, replaced, or too new."""
        holder = self._find_user("username", identity.username, self._timeout_seconds)
        if holder is not None and holder.sub != identity.sub:
            return Membership(user_exists=False, is_replaced=True)
        membership = self._read_groups(identity.username)
        if holder is not None:
            return membership
        # Somebody has the username. Until the pool lists them, it is not known who they are.
        return None if membership.user_exists else membership

    def _read_groups(self, username: str) -> Membership:
        if not can_be_name(username):
            return Membership(user_exists=False)
        if not self._limiter.wait(self._timeout_seconds):
            raise QuotaExhausted
        groups: list[str] = []
        pages = self._client.get_paginator("admin_list_groups_for_user").paginate(
            UserPoolId=self._user_pool_id,
            Username=username,
            PaginationConfig={"PageSize": PAGE_SIZE},
        )
        try:
            for page in pages:
                groups += [group["GroupName"] for group in page["Groups"]]
        except (
            self._client.exceptions.UserNotFoundException,
            self._client.exceptions.InvalidParameterException,  # no user can have such a name
        ):
            return Membership(user_exists=False)
        except self._client.exceptions.ResourceNotFoundException as error:
            raise UserPoolMissing(self._user_pool_id) from error
        return Membership(tuple(groups))

    def _cache_key(self, identity: Identity) -> str:
        # A name may be too long for a cache key, or contain characters that a key must not have.
        named = f"{identity.sub}\0{identity.username}".encode("utf-8", "surrogatepass")
        return f"businesses:groups:{self._user_pool_id}:{hashlib.sha256(named).hexdigest()}"

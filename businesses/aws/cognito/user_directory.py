"""The accounts and groups of the businesses' owners, read live from the user pool."""

from collections.abc import Iterable
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any

from businesses.aws.cognito.drifts import DRIFT_CALLS_PER_SECOND, Drifts
from businesses.aws.cognito.limits import can_be_name, filter_for
from businesses.aws.cognito.memberships import GROUP_CALLS_PER_SECOND, Memberships
from businesses.aws.cognito.user_search import UserSearch
from businesses.concurrency.ask_each import QuotaExhausted, ask_each
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.exceptions import GroupMissing, GroupPageGone, UserPoolMissing
from businesses.queries.group_members import GroupMembers
from businesses.records.addresses import folded, spellings
from businesses.records.business import User
from businesses.records.identity import Identity
from businesses.records.user import PoolUser
from businesses.typed_cache import TypedCache

if TYPE_CHECKING:
    from django.core.cache import BaseCache
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import UserTypeTypeDef

PAGE_SIZE = 60  # the most groups, or users, that one call returns
# ListUsers and ListUsersInGroup share a quota of 30 that cannot be raised, and searches need a part
# of it. A sweep uses all 30; calls that exceed the quota are throttled, and botocore repeats them.
ACCOUNT_CALLS_PER_SECOND = 20
NAMES_CACHE_SECONDS = 300
MOST_NAMES = 300  # a pool may have 10,000 groups, but nobody chooses from such a long list
MOST_FOUND = 10  # users may share an address, if some of them sign in with another provider


class UserDirectory:
    """The user pool, which can be asked about many users at once.

    cache: stores the answers. executor: runs the calls for users' groups. account_executor: runs
    the calls for users' accounts, which wait longer for their turns and would delay the calls for
    groups in the same executor. drift_executor: runs those that compare the rows of a list, which
    wait longest. The executors' sizes limit how many calls are under way, and the
    client needs as many connections. timeout_seconds: how long one question may take in all; users
    for whom Cognito has not answered by then are unknown. limiter: for the calls for groups.
    account_limiter: for the calls for accounts; drift_limiter: for their part that compares rows.
    All directories of a process share the limiters. memberships: the groups of users. drifts: how
    records differ from users. searching: finds users by the beginnings of their names.
    """

    def __init__(  # noqa: PLR0913
        self,
        client: "CognitoIdentityProviderClient",
        user_pool_id: str,
        *,
        cache: "BaseCache",
        executor: Executor,
        account_executor: Executor | None = None,
        drift_executor: Executor | None = None,
        timeout_seconds: float = 2.0,
        limiter: QuotaLimiter | None = None,
        account_limiter: QuotaLimiter | None = None,
        drift_limiter: QuotaLimiter | None = None,
    ) -> None:
        self._client = client
        self.user_pool_id = user_pool_id
        self._known_names: TypedCache[tuple[str, ...]] = TypedCache(tuple[str, ...], cache)
        self._account_executor = account_executor or executor
        self._timeout_seconds = timeout_seconds
        self._account_limiter = account_limiter or QuotaLimiter(ACCOUNT_CALLS_PER_SECOND)
        self.drifts = Drifts(
            self.find_user,
            user_pool_id,
            cache=cache,
            executor=drift_executor or self._account_executor,
            timeout_seconds=timeout_seconds,
            limiter=drift_limiter or QuotaLimiter(DRIFT_CALLS_PER_SECOND),
        )
        self.memberships = Memberships(
            client,
            user_pool_id,
            find_user=self.find_user,
            compare=self.drifts.keep,
            cache=cache,
            executor=executor,
            checking_executor=self._account_executor,
            timeout_seconds=timeout_seconds,
            limiter=limiter or QuotaLimiter(GROUP_CALLS_PER_SECOND),
        )
        self.searching = UserSearch(
            self._listed, executor=self._account_executor, timeout_seconds=timeout_seconds
        )

    def known_group_names(self) -> tuple[str, ...] | None:
        """Return what `group_names` would, without asking Cognito; None if it would have to."""
        return self._known_names.get(self._names_key)

    def group_names(self) -> tuple[str, ...]:
        """Return the names of the pool's first 300 groups, sorted and at most 5 minutes old.

        Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListGroups.html
        """
        names = self.known_group_names()
        if names is None:
            pages = self._client.get_paginator("list_groups").paginate(
                UserPoolId=self.user_pool_id,
                PaginationConfig={"PageSize": PAGE_SIZE, "MaxItems": MOST_NAMES},
            )
            try:
                found = [group["GroupName"] for page in pages for group in page["Groups"]]
            except self._client.exceptions.ResourceNotFoundException as error:
                raise UserPoolMissing(self.user_pool_id) from error
            names = tuple(sorted(found, key=str.casefold))
            self._known_names.set(self._names_key, names, NAMES_CACHE_SECONDS)
        return names

    def has_group(self, name: str) -> bool:
        """Return whether the pool has this group now.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetGroup.html
        """
        try:
            self._client.get_group(UserPoolId=self.user_pool_id, GroupName=name)
        except self._client.exceptions.ResourceNotFoundException:
            return False
        return True

    @property
    def _names_key(self) -> str:
        return f"businesses:group-names:{self.user_pool_id}"

    def members(self, group: str, limit: int, token: str = "") -> GroupMembers:
        """Return up to `limit` members of a group, but never more than 60, in Cognito's order.

        token: from the previous members; "" for the first. Raises GroupMissing (also if the whole
        pool is missing) or GroupPageGone.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsersInGroup.html
        """
        if not can_be_name(group):
            raise GroupMissing(group)
        following: Any = {"NextToken": token} if token else {}
        try:
            answer = self._client.list_users_in_group(
                UserPoolId=self.user_pool_id,
                GroupName=group,
                Limit=min(limit, PAGE_SIZE),
                **following,
            )
        except self._client.exceptions.ResourceNotFoundException as error:
            raise GroupMissing(group) from error
        except self._client.exceptions.InvalidParameterException as error:
            if token:
                raise GroupPageGone(group) from error
            raise GroupMissing(group) from error  # no group can have such a name
        attributes = (user["Attributes"] for user in answer["Users"])
        subs = [each["Value"] for user in attributes for each in user if each["Name"] == "sub"]
        return GroupMembers(tuple(subs), answer.get("NextToken", ""))

    def look_up(self, term: str) -> list[PoolUser]:
        """Return the few users who have this e-mail address, sub or username.

        An address is looked up as typed and in other spellings; see `spellings`. Nobody has one
        that is too long to be asked for; see `filter_for`. A user who was created just now may not
        be listed yet. Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        if "@" in term:
            wanted = [("email", value) for value in spellings(term)]
        else:
            wanted = [("sub", term), ("username", term)]
        users = [
            PoolUser.from_api(raw)
            for attribute, value in wanted
            for raw in self._listed(attribute, value)
        ]
        return list(
            {
                user.username: user
                for user in users
                # It is not documented how Cognito interprets unusual values in a filter.
                if term in {user.username, user.sub}
                or folded(term) == folded(user.attributes.get("email", ""))
            }.values()
        )

    def find(self, identity: Identity) -> User | None:
        """Return this user; None if the pool lists none (or there can be none).

        This does not call AdminGetUser, which would count the user as active in that month. A user
        who was created just now may not be listed yet. Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        if not can_be_name(identity.sub):
            return None
        if identity.is_unmistakable:
            users = self._listed("username", identity.username)
            found = (user for user in users if user["Username"] == identity.username)
        else:
            users = self._listed("sub", identity.sub)
            found = (user for user in users if PoolUser.from_api(user).sub == identity.sub)
        # It is not documented how Cognito interprets unusual values; never show somebody else.
        return next(map(User.from_api, found), None)

    def accounts_of(self, subs: Iterable[str]) -> dict[str, PoolUser | None]:
        """Return the users with these subs as they are now; None for those the pool does not list.

        Users for whom Cognito did not answer are left out. ListUsers takes one user per call and
        only a part of its quota is ours, so ask for few. Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        wanted = [sub for sub in dict.fromkeys(subs) if can_be_name(sub)]
        read = partial(self.find_user, "sub", patience_seconds=self._timeout_seconds)
        return ask_each(
            partial(self._account_executor.submit, read),
            wanted,
            timeout_seconds=self._timeout_seconds,
            subject="accounts",
        )

    def find_user(self, attribute: str, value: str, patience_seconds: float) -> PoolUser | None:
        """Return the user whose `sub` or `username` is this one; None if the pool lists none.

        Raises QuotaExhausted if there is no turn within that time, or UserPoolMissing.
        """
        if not can_be_name(value):
            return None
        if not self._account_limiter.wait(patience_seconds):
            raise QuotaExhausted
        users = map(PoolUser.from_api, self._listed(attribute, value))
        # It is not documented how Cognito interprets unusual values; never show somebody else.
        return next((user for user in users if getattr(user, attribute) == value), None)

    def _listed(self, attribute: str, value: str, operator: str = "=") -> "list[UserTypeTypeDef]":
        expression = filter_for(attribute, value, operator)
        if expression is None:
            return []
        try:
            answer = self._client.list_users(
                UserPoolId=self.user_pool_id, Filter=expression, Limit=MOST_FOUND
            )
        except self._client.exceptions.InvalidParameterException:
            return []  # only the value varies, so it is one that no user can have
        except self._client.exceptions.ResourceNotFoundException as error:
            raise UserPoolMissing(self.user_pool_id) from error
        return answer["Users"]

"""Group membership of the businesses' owners, read live from the user pool."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, TypeVar

from businesses.concurrency.ask_each import QuotaExhausted, ask_each
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.exceptions import GroupMissing, GroupPageGone, UserPoolMissing
from businesses.queries.group_members import GroupMembers
from businesses.records.business import Membership, User
from businesses.records.user import PoolUser

if TYPE_CHECKING:
    from django.core.cache import BaseCache
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import UserTypeTypeDef

Answer = TypeVar("Answer")

CACHE_SECONDS = 60
PAGE_SIZE = 60  # the most groups, or users, that one call answers
GROUP_CALLS_PER_SECOND = 50  # Cognito's quota on AdminListGroupsForUser, unless it was raised
# Of 30 on ListUsers and ListUsersInGroup together, which can't be raised: searches need some, too.
# A sweep takes all 30 at once; what exceeds them beside it is throttled, and botocore repeats it.
ACCOUNT_CALLS_PER_SECOND = 20
NAMES_CACHE_SECONDS = 300
MOST_NAMES = 300  # a pool may have 10,000 groups; nobody chooses from a longer list
USERNAME_LENGTH = 128  # characters of the longest name in a user pool
TERM_LENGTH = 320  # characters of the longest e-mail address
MOST_FOUND = 10  # several users may share an address: one signed up, others came by a provider


class UserDirectory:
    """The user pool, asked for many users at once.

    cache: keeps the answers. executor: runs the calls for one user's groups, account_executor those
    for one user's account, whose turns come late: where both are one, they keep groups waiting.
    Their sizes bound how many calls are under way, and the client needs as many connections.
    timeout_seconds: how long one question may take in all; users that Cognito has not answered for
    by then are unknown. limiter: of the calls for groups; account_limiter: of those for accounts;
    all directories of a process share them.
    """

    def __init__(  # noqa: PLR0913
        self,
        client: "CognitoIdentityProviderClient",
        user_pool_id: str,
        *,
        cache: "BaseCache",
        executor: Executor,
        account_executor: Executor | None = None,
        timeout_seconds: float = 2.0,
        limiter: QuotaLimiter | None = None,
        account_limiter: QuotaLimiter | None = None,
    ) -> None:
        self._client = client
        self.user_pool_id = user_pool_id
        self._cache = cache
        self._executor = executor
        self._account_executor = account_executor or executor
        self._timeout_seconds = timeout_seconds
        self._group_limiter = limiter or QuotaLimiter(GROUP_CALLS_PER_SECOND)
        self._account_limiter = account_limiter or QuotaLimiter(ACCOUNT_CALLS_PER_SECOND)

    def groups_of(
        self, usernames: Iterable[str], *, fresh: bool = False
    ) -> dict[str, Membership | None]:
        """Return the membership of each user; None where Cognito did not answer.

        Answers are kept for a minute, unless a fresh one is wanted; what is unknown is asked for
        again. Somebody who leafs quickly waits for a turn rather than exceed Cognito's quota.
        Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListGroupsForUser.html
        """
        keys = {name: self._cache_key(name) for name in usernames if name}
        if fresh:
            self._cache.delete_many(keys.values())
        cached = self._cache.get_many(keys.values())
        found = {name: cached[key] for name, key in keys.items() if key in cached}
        unknown = [name for name in keys if name not in found]
        asked = self._ask_each(self._executor, self._read_groups, unknown, "groups")
        # Who wants a fresh answer is about to change what it says.
        kept = {} if fresh else {keys[name]: answer for name, answer in asked.items()}
        self._cache.set_many(kept, CACHE_SECONDS)
        return {name: found.get(name, asked.get(name)) for name in keys}

    def group_names(self) -> tuple[str, ...]:
        """Return the pool's groups by name, the first 300 of them, as they were 5 minutes ago.

        Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListGroups.html
        """
        key = f"businesses:group-names:{self.user_pool_id}"
        names: tuple[str, ...] | None = self._cache.get(key)
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
            self._cache.set(key, names, NAMES_CACHE_SECONDS)
        return names

    def members(self, group: str, limit: int, token: str = "") -> GroupMembers:
        """Return at most `limit` members of a group, 60 at most, in Cognito's order.

        token: of the members before them, "" for the first. Raises GroupMissing (where the whole
        pool is missing, too) or GroupPageGone.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsersInGroup.html
        """
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
        """Return the users of that e-mail address, sub or username, some few at most.

        An address is looked for as it was typed and in lower case. A user who was created just now
        may not be listed yet. Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        if not 0 < len(term) <= TERM_LENGTH:
            return []
        if "@" in term:
            wanted = [("email", value) for value in dict.fromkeys((term, term.lower()))]
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
                # How Cognito reads odd values in a filter is not documented.
                if term in {user.username, user.sub}
                or term.lower() == user.attributes.get("email", "").lower()
            }.values()
        )

    def find(self, username: str) -> User | None:
        """Return one user; None when the pool lists none of that name (or no name is like that).

        Not AdminGetUser, which makes the user count as active in that month. A user who was
        created just now may not be listed yet. Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        if not 0 < len(username) <= USERNAME_LENGTH:
            return None
        users = self._listed("username", username)
        # How Cognito reads odd names in a filter is not documented: never show somebody else.
        found = (user for user in users if user["Username"] == username)
        return next(map(User.from_api, found), None)

    def accounts_of(self, subs: Iterable[str]) -> dict[str, PoolUser | None]:
        """Return the users of some subs as they are now, None for one whom the pool does not list.

        Whoever Cognito did not answer for is left out. ListUsers takes one user in a call, and
        little of its quota is ours: ask for few. Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        wanted = [sub for sub in dict.fromkeys(subs) if 0 < len(sub) <= USERNAME_LENGTH]
        return self._ask_each(self._account_executor, self._read_account, wanted, "accounts")

    def _ask_each(
        self,
        executor: Executor,
        question: Callable[[str], Answer],
        names: list[str],
        subject: str,
    ) -> dict[str, Answer]:
        seconds = self._timeout_seconds
        return ask_each(executor, question, names, timeout_seconds=seconds, subject=subject)

    def _listed(self, attribute: str, value: str) -> "list[UserTypeTypeDef]":
        quoted = value.replace("\\", r"\\").replace('"', r"\"")
        try:
            answer = self._client.list_users(
                UserPoolId=self.user_pool_id, Filter=f'{attribute} = "{quoted}"', Limit=MOST_FOUND
            )
        except self._client.exceptions.ResourceNotFoundException as error:
            raise UserPoolMissing(self.user_pool_id) from error
        return answer["Users"]

    def _read_groups(self, username: str) -> Membership:
        if not self._group_limiter.wait(self._timeout_seconds):
            raise QuotaExhausted
        groups: list[str] = []
        pages = self._client.get_paginator("admin_list_groups_for_user").paginate(
            UserPoolId=self.user_pool_id,
            Username=username,
            PaginationConfig={"PageSize": PAGE_SIZE},
        )
        try:
            for page in pages:
                groups += [group["GroupName"] for group in page["Groups"]]
        except self._client.exceptions.UserNotFoundException:
            return Membership(user_exists=False)
        except self._client.exceptions.ResourceNotFoundException as error:
            raise UserPoolMissing(self.user_pool_id) from error
        return Membership(tuple(groups))

    def _read_account(self, sub: str) -> PoolUser | None:
        if not self._account_limiter.wait(self._timeout_seconds):
            raise QuotaExhausted
        users = map(PoolUser.from_api, self._listed("sub", sub))
        # How Cognito reads odd values in a filter is not documented: never show somebody else.
        return next((user for user in users if user.sub == sub), None)

    def _cache_key(self, username: str) -> str:
        # A name may be longer than a cache takes and hold characters that it refuses.
        digest = hashlib.sha256(username.encode()).hexdigest()
        return f"businesses:groups:{self.user_pool_id}:{digest}"

"""Group membership of the businesses' owners, read live from the user pool."""

import hashlib
import logging
from collections.abc import Iterable
from concurrent.futures import Executor, wait
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from businesses.exceptions import UserPoolMissing
from businesses.records import Membership

if TYPE_CHECKING:
    from django.core.cache import BaseCache
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

logger = logging.getLogger(__name__)

CACHE_SECONDS = 60
PAGE_SIZE = 60  # the most groups that one AdminListGroupsForUser answers


class UserDirectory:
    """The user pool, asked for many users at once.

    cache: keeps the answers. executor: runs the calls; its size bounds how many are under way, and
    the client needs as many connections. timeout_seconds: how long one question may take in all;
    users that Cognito has not answered for by then are unknown.
    """

    def __init__(
        self,
        client: "CognitoIdentityProviderClient",
        user_pool_id: str,
        *,
        cache: "BaseCache",
        executor: Executor,
        timeout_seconds: float = 2.0,
    ) -> None:
        self._client = client
        self.user_pool_id = user_pool_id
        self._cache = cache
        self._executor = executor
        self._timeout_seconds = timeout_seconds

    def groups_of(self, usernames: Iterable[str]) -> dict[str, Membership | None]:
        """Return the membership of each user; None where Cognito did not answer.

        Answers are kept for a minute, so that leafing back and forth stays within Cognito's 50
        calls a second; what is unknown is asked for again. Raises UserPoolMissing.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListGroupsForUser.html
        """
        keys = {name: self._cache_key(name) for name in usernames if name}
        cached = self._cache.get_many(keys.values())
        found = {name: cached[key] for name, key in keys.items() if key in cached}
        fresh = self._ask([name for name in keys if name not in found])
        self._cache.set_many({keys[name]: answer for name, answer in fresh.items()}, CACHE_SECONDS)
        return {name: found.get(name, fresh.get(name)) for name in keys}

    def _ask(self, usernames: list[str]) -> dict[str, Membership]:
        asked = {self._executor.submit(self._read, name): name for name in usernames}
        done, late = wait(asked, timeout=self._timeout_seconds)
        for future in late:
            future.cancel()
        answers, failures = dict[str, Membership](), ["no answer in time"] * len(late)
        for future in done:
            try:
                answers[asked[future]] = future.result()
            except ClientError as error:
                failures.append(error.response["Error"]["Code"])
            except BotoCoreError as error:
                failures.append(type(error).__name__)
        if failures:
            reasons = ", ".join(sorted(set(failures)))
            logger.warning("The groups of %d users are unknown: %s", len(failures), reasons)
        return answers

    def _read(self, username: str) -> Membership:
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

    def _cache_key(self, username: str) -> str:
        # A name may be longer than a cache takes and hold characters that it refuses.
        digest = hashlib.sha256(username.encode()).hexdigest()
        return f"businesses:groups:{self.user_pool_id}:{digest}"

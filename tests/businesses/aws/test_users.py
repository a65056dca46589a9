"""One user of the pool, looked up by name."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache

from businesses.aws.user_directory import GROUP_CALLS_PER_SECOND, UserDirectory
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.exceptions import UserPoolMissing
from tests.businesses.account import REGION, Account
from tests.businesses.stub import scripted_aws

USER = {
    "Username": "ann",
    "UserStatus": "CONFIRMED",
    "Enabled": True,
    "UserCreateDate": 1_763_888_400,
    "UserLastModifiedDate": 1_763_888_400,
}


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def directory(client: Any, pool: str, executor: ThreadPoolExecutor) -> UserDirectory:
    limiter = QuotaLimiter(GROUP_CALLS_PER_SECOND)
    return UserDirectory(client, pool, cache=cache, executor=executor, limiter=limiter)


def test_a_user_is_found_by_the_whole_name(account: Account, executor: ThreadPoolExecutor) -> None:
    account.create_user("ann")
    account.create_user("anna")
    found = directory(account.cognito, account.user_pool_id, executor).find("ann")
    assert found is not None
    assert (found.username, found.enabled, found.email) == ("ann", True, "")
    assert found.created_at.tzinfo is not None


@pytest.mark.parametrize("name", ["", "nobody", "ann' or '", "x" * 129])
def test_who_is_not_in_the_pool_is_not_found(
    account: Account, executor: ThreadPoolExecutor, name: str
) -> None:
    account.create_user("ann")
    assert directory(account.cognito, account.user_pool_id, executor).find(name) is None


@pytest.mark.verified_by("odd_values_in_a_filter")
def test_quotation_marks_cannot_end_the_filter(executor: ThreadPoolExecutor) -> None:
    with scripted_aws("cognito-idp", [{"Users": []}]) as (client, requests):
        assert directory(client, f"{REGION}_p", executor).find('a"b\\') is None
    assert [request["Filter"] for request in requests] == [r'username = "a\"b\\"']


def test_nobody_else_is_shown_whatever_the_filter_found(executor: ThreadPoolExecutor) -> None:
    with scripted_aws("cognito-idp", [{"Users": [USER]}]) as (client, _):
        assert directory(client, f"{REGION}_p", executor).find("ben") is None


def test_a_pool_that_is_not_there_is_named(account: Account, executor: ThreadPoolExecutor) -> None:
    with pytest.raises(UserPoolMissing, match=f"no user pool {REGION}_nopool"):
        directory(account.cognito, f"{REGION}_nopool", executor).find("ann")

"""One user of the pool, looked up by what a record names."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache

from businesses.aws.cognito.memberships import GROUP_CALLS_PER_SECOND
from businesses.aws.cognito.user_directory import UserDirectory
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.exceptions import UserPoolMissing
from businesses.records.identity import Identity
from tests.businesses.account import REGION, Account
from tests.businesses.stub import scripted_aws

USER = {
    "Username": "ann",
    "UserStatus": "CONFIRMED",
    "Enabled": True,
    "Attributes": [{"Name": "sub", "Value": "s1"}],
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


def ann(account: Account) -> Identity:
    return Identity(account.create_user("ann"), "ann")


def test_a_user_is_found_by_the_sub(account: Account, executor: ThreadPoolExecutor) -> None:
    identity = ann(account)
    account.create_user("anna")
    found = directory(account.cognito, account.user_pool_id, executor).find(identity)
    assert found is not None
    assert (found.username, found.enabled, found.email) == ("ann", True, "")
    assert found.created_at.tzinfo is not None


def test_somebody_else_with_the_username_is_not_the_user(
    account: Account, executor: ThreadPoolExecutor
) -> None:
    identity = ann(account)
    account.cognito.admin_delete_user(UserPoolId=account.user_pool_id, Username="ann")
    account.create_user("ann")
    assert directory(account.cognito, account.user_pool_id, executor).find(identity) is None


@pytest.mark.parametrize("text", ["", "nobody", "ann' or '", "x" * 129])
@pytest.mark.parametrize("username", ["ann", "nobody", ""])
def test_who_is_not_in_the_pool_is_not_found(
    account: Account, executor: ThreadPoolExecutor, text: str, username: str
) -> None:
    account.create_user("ann")
    users = directory(account.cognito, account.user_pool_id, executor)
    assert users.find(Identity(text, username)) is None
    assert users.find(Identity(text, text)) is None


@pytest.mark.verified_by("odd_values_in_a_filter")
def test_quotation_marks_cannot_end_the_filter(executor: ThreadPoolExecutor) -> None:
    odd = 'a"b\\'
    with scripted_aws("cognito-idp", [{"Users": []}] * 2) as (client, requests):
        users = directory(client, f"{REGION}_p", executor)
        assert users.find(Identity(odd, odd)) is users.find(Identity(odd, "ann")) is None
    assert [request["Filter"] for request in requests] == [
        r'username = "a\"b\\"',
        r'sub = "a\"b\\"',
    ]


@pytest.mark.parametrize("identity", [Identity("ben", "ben"), Identity("s2", "ann")])
def test_nobody_else_is_shown_whatever_the_filter_found(
    executor: ThreadPoolExecutor, identity: Identity
) -> None:
    with scripted_aws("cognito-idp", [{"Users": [USER]}]) as (client, _):
        assert directory(client, f"{REGION}_p", executor).find(identity) is None


def test_a_pool_that_is_not_there_is_named(account: Account, executor: ThreadPoolExecutor) -> None:
    with pytest.raises(UserPoolMissing, match=f"no user pool {REGION}_nopool"):
        directory(account.cognito, f"{REGION}_nopool", executor).find(Identity("s", "ann"))

"""Searching the user pool for the beginnings of what a user is known by."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache

from businesses.aws.cognito.user_directory import UserDirectory
from businesses.aws.cognito.user_search import FoundUsers
from tests.businesses.account import Account


def search(account: Account, term: str) -> FoundUsers:
    with ThreadPoolExecutor(4) as executor:
        directory = UserDirectory(
            account.cognito, account.user_pool_id, cache=cache, executor=executor
        )
        return directory.searching.find(term)


@pytest.fixture
def pool(account: Account) -> Account:
    """A pool with three users."""
    for username, email, name in (
        ("ann", "ann@example.com", "Zoe Flowers"),
        ("annabel", "Zoe@example.com", "Flowers"),
        ("bob", "bob@example.com", "Bob"),
    ):
        account.cognito.admin_create_user(
            UserPoolId=account.user_pool_id,
            Username=username,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "name", "Value": name}],
        )
    return account


@pytest.mark.parametrize(
    ("term", "usernames"),
    [
        ("ann", {"ann", "annabel"}),
        ("Zoe", {"ann", "annabel"}),
        ("Flowers", {"annabel"}),
        ("Zoe@example.com", {"annabel"}),
        ("BOB@example.com", {"bob"}),
        ("nobody", set()),
        ("", set()),
        ("x" * 300, set()),
        ('"', set()),
    ],
)
def test_users_are_found_by_how_they_begin(pool: Account, term: str, usernames: set[str]) -> None:
    found = search(pool, term)
    assert {user.username for user in found.users} == usernames
    assert found.is_whole


def test_a_sub_finds_its_user_alone(pool: Account) -> None:
    user = pool.cognito.admin_get_user(UserPoolId=pool.user_pool_id, Username="bob")
    [sub] = (each["Value"] for each in user["UserAttributes"] if each["Name"] == "sub")
    assert [each.username for each in search(pool, sub).users] == ["bob"]
    assert search(pool, sub[:-1]).users == ()


def test_an_answer_that_is_missing_is_told(pool: Account) -> None:
    pool.aws.faults.fail("ListUsers", "NotAuthorizedException")  # which is not tried again
    found = search(pool, "ann")
    pool.aws.faults.clear()
    assert not found.is_whole

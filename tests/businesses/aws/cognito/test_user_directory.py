"""The groups of a pool and their members, over HTTP against the embedded AWS."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache

from businesses.aws.cognito.user_directory import UserDirectory
from businesses.exceptions import GroupMissing, GroupPageGone, UserPoolMissing
from businesses.records.identity import Identity
from tests.businesses.account import REGION, Account
from tests.businesses.stub import scripted_aws


def test_the_groups_of_the_pool_are_listed_once_in_a_while(
    account: Account, directory: UserDirectory
) -> None:
    for name in ("Partners", "admins"):
        account.cognito.create_group(UserPoolId=account.user_pool_id, GroupName=name)
    assert directory.group_names() == ("admins", "businesses", "Partners")
    assert directory.group_names() == ("admins", "businesses", "Partners")
    assert account.aws.faults.calls("ListGroups") == 1


def test_no_more_groups_are_listed_than_anybody_reads(executor: ThreadPoolExecutor) -> None:
    answers: list[dict[str, Any]] = [
        {
            "Groups": [{"GroupName": f"g{page}-{number:02}"} for number in range(60)],
            "NextToken": f"t{page}",
        }
        for page in range(6)
    ]
    with scripted_aws("cognito-idp", answers) as (client, requests):
        directory = UserDirectory(client, "eu-central-1_p", cache=cache, executor=executor)
        assert len(directory.group_names()) == 300
    assert len(requests) == 5


def test_the_members_of_a_group_come_page_by_page(
    account: Account, directory: UserDirectory
) -> None:
    subs = {account.create_user(f"user-{number}", "businesses") for number in range(5)}
    first = directory.members("businesses", 3)
    second = directory.members("businesses", 3, first.token)
    assert (len(first.subs), len(second.subs)) == (3, 2)
    assert {*first.subs, *second.subs} == subs
    assert second.token == ""


def test_a_group_that_is_not_there_is_named(account: Account, directory: UserDirectory) -> None:
    with pytest.raises(GroupMissing, match='no group "nobodies"'):
        directory.members("nobodies", 3)


def test_a_page_of_a_group_that_is_no_longer_known_is_named(
    account: Account, directory: UserDirectory
) -> None:
    account.aws.faults.fail("ListUsersInGroup", "InvalidParameterException", times=2)
    with pytest.raises(GroupPageGone, match='this page of the group "businesses"'):
        directory.members("businesses", 3, "stale")
    with pytest.raises(GroupMissing):
        directory.members("businesses", 3)


def test_a_pool_that_is_not_there_is_named(
    account: Account, cognito: Any, executor: ThreadPoolExecutor
) -> None:
    account.let_in(UserPoolId=f"{REGION}_nopool")
    directory = UserDirectory(cognito, f"{REGION}_nopool", cache=cache, executor=executor)
    with pytest.raises(UserPoolMissing, match=f"no user pool {REGION}_nopool"):
        directory.memberships.of([Identity("ann", "ann")])
    with pytest.raises(UserPoolMissing):
        directory.group_names()

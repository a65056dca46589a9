"""Group membership over HTTP against the embedded AWS."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from django.core.cache import cache

from businesses.aws.user_directory import UserDirectory
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.exceptions import GroupMissing, GroupPageGone, UserPoolMissing
from businesses.records.business import Membership
from tests.businesses.account import REGION, Account
from tests.businesses.stub import scripted_aws

READ = "AdminListGroupsForUser"
LONG = 30  # seconds: what is tested is the answer, on a machine that may be busy


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as executor:
        yield executor


@pytest.fixture
def cognito(account: Account) -> Iterator[Any]:
    # The environment leads to the embedded AWS. One attempt: a fault is not retried away.
    client = boto3.Session().client(
        "cognito-idp",
        region_name=REGION,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=16
        ),
    )
    yield client
    client.close()


@pytest.fixture
def directory(account: Account, cognito: Any, executor: ThreadPoolExecutor) -> UserDirectory:
    return UserDirectory(
        cognito, account.user_pool_id, cache=cache, executor=executor, timeout_seconds=LONG
    )


def test_each_user_has_their_groups(account: Account, directory: UserDirectory) -> None:
    account.create_user("ann", "businesses")
    account.create_user("ben")
    assert directory.groups_of(["ann", "ben"]) == {
        "ann": Membership(("businesses",)),
        "ben": Membership(()),
    }


def test_a_user_who_is_gone_is_not_a_user_without_groups(directory: UserDirectory) -> None:
    assert directory.groups_of(["nobody"]) == {"nobody": Membership(user_exists=False)}


def test_each_user_is_asked_for_once_and_then_remembered(
    account: Account, directory: UserDirectory
) -> None:
    account.create_user("ann", "businesses")
    names = ["ann", "ann", "nobody", ""]
    first = directory.groups_of(names)
    assert account.aws.faults.calls(READ) == 2
    assert directory.groups_of(names) == first
    assert account.aws.faults.calls(READ) == 2


def test_what_cognito_does_not_answer_is_unknown_and_asked_again(
    account: Account, directory: UserDirectory, caplog: pytest.LogCaptureFixture
) -> None:
    account.create_user("ann", "businesses")
    account.aws.faults.fail(READ, "TooManyRequestsException")
    assert directory.groups_of(["ann"]) == {"ann": None}
    assert caplog.messages == ["The groups of 1 users are unknown: TooManyRequestsException"]
    assert directory.groups_of(["ann"]) == {"ann": Membership(("businesses",))}


def test_a_lost_connection_leaves_one_user_unknown(
    account: Account, directory: UserDirectory
) -> None:
    account.create_user("ann")
    account.create_user("ben")
    account.aws.faults.lose_connection(READ)
    assert sorted(map(str, directory.groups_of(["ann", "ben"]).values())) == sorted(
        map(str, [None, Membership(())])
    )


def test_who_is_not_answered_for_in_time_is_unknown(
    account: Account, cognito: Any, executor: ThreadPoolExecutor
) -> None:
    account.create_user("ann")
    hurried = UserDirectory(
        cognito, account.user_pool_id, cache=cache, executor=executor, timeout_seconds=0
    )
    assert hurried.groups_of(["ann"]) == {"ann": None}


@pytest.mark.verified_by("the_groups_of_a_user_come_in_pages")
def test_every_page_of_groups_is_read(executor: ThreadPoolExecutor) -> None:
    answers: list[dict[str, Any]] = [
        {"Groups": [{"GroupName": "a"}], "NextToken": "more"},
        {"Groups": [{"GroupName": "b"}]},
    ]
    with scripted_aws("cognito-idp", answers) as (client, requests):
        directory = UserDirectory(
            client, "eu-central-1_p", cache=cache, executor=executor, timeout_seconds=LONG
        )
        assert directory.groups_of(["ann"]) == {"ann": Membership(("a", "b"))}
    assert [request.get("NextToken") for request in requests] == [None, "more"]
    assert all(request["Limit"] == 60 for request in requests)


def test_any_name_can_be_remembered(account: Account, directory: UserDirectory) -> None:
    name = "ü" * 128
    account.create_user(name, "businesses")
    assert directory.groups_of([name]) == directory.groups_of([name])
    assert account.aws.faults.calls(READ) == 1


def test_pools_are_remembered_apart(
    account: Account, cognito: Any, executor: ThreadPoolExecutor, directory: UserDirectory
) -> None:
    account.create_user("ann", "businesses")
    assert directory.groups_of(["ann"]) == {"ann": Membership(("businesses",))}
    pool = account.create_user_pool()
    account.let_in(UserPoolId=pool)
    other = UserDirectory(cognito, pool, cache=cache, executor=executor, timeout_seconds=LONG)
    assert other.groups_of(["ann"]) == {"ann": Membership(user_exists=False)}


def test_who_cannot_have_a_turn_in_time_is_unknown(
    account: Account, cognito: Any, executor: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    in_time = LONG + 1  # one at once, and one in each second
    names = [f"user-{number}" for number in range(in_time + 2)]
    directory = UserDirectory(
        cognito,
        account.user_pool_id,
        cache=cache,
        executor=executor,
        timeout_seconds=LONG,
        limiter=QuotaLimiter(1, clock=lambda: 0, sleep=lambda _: None),
    )
    found = directory.groups_of(names)
    assert list(found.values()).count(Membership(user_exists=False)) == in_time
    assert list(found.values()).count(None) == 2
    assert account.aws.faults.calls(READ) == in_time
    assert caplog.messages == ["The groups of 2 users are unknown: no turn in time"]


def test_accounts_that_wait_for_a_turn_keep_no_groups_waiting(
    account: Account, cognito: Any
) -> None:
    is_asleep, is_over = threading.Event(), threading.Event()

    def nap(_: float) -> None:
        is_asleep.set()
        is_over.wait()

    groups, accounts, page = (ThreadPoolExecutor(1) for _ in range(3))
    with groups, accounts, page:
        directory = UserDirectory(
            cognito,
            account.user_pool_id,
            cache=cache,
            executor=groups,
            account_executor=accounts,
            timeout_seconds=LONG,
            account_limiter=QuotaLimiter(1, sleep=nap),
        )
        asked = page.submit(directory.accounts_of, ["sub-1", "sub-2"])
        try:
            assert is_asleep.wait(LONG)
            assert directory.groups_of(["ann"]) == {"ann": Membership(user_exists=False)}
        finally:
            is_over.set()
        assert asked.result() == {"sub-1": None, "sub-2": None}


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
        directory.groups_of(["ann"])
    with pytest.raises(UserPoolMissing):
        directory.group_names()

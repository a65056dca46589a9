"""The groups of users over HTTP against the embedded AWS."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache

from businesses.aws.cognito.user_directory import UserDirectory
from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.records.identity import Identity, Membership
from tests.businesses.account import REGION, Account
from tests.businesses.aws.conftest import LONG
from tests.businesses.stub import scripted_aws

READ = "AdminListGroupsForUser"


def named(name: str) -> Identity:
    """Return a user whose username is the sub, as where people sign in with their address."""
    return Identity(name, name)


ANN, BEN = named("ann"), named("ben")
GONE = Membership(user_exists=False)


def test_each_user_has_their_groups(account: Account, directory: UserDirectory) -> None:
    account.create_user("ann", "businesses")
    account.create_user("ben")
    assert directory.memberships.of([ANN, BEN]) == {
        ANN: Membership(("businesses",)),
        BEN: Membership(()),
    }


def test_a_user_who_is_gone_is_not_a_user_without_groups(directory: UserDirectory) -> None:
    assert directory.memberships.of([named("nobody")]) == {named("nobody"): GONE}


def test_each_user_is_asked_for_once_and_then_remembered(
    account: Account, directory: UserDirectory
) -> None:
    account.create_user("ann", "businesses")
    names = [named(name) for name in ("ann", "ann", "nobody", "")]
    first = directory.memberships.of(names)
    assert account.aws.faults.calls(READ) == 2
    assert directory.memberships.of(names) == first
    assert account.aws.faults.calls(READ) == 2


def test_what_cognito_does_not_answer_is_unknown_and_asked_again(
    account: Account, directory: UserDirectory, caplog: pytest.LogCaptureFixture
) -> None:
    account.create_user("ann", "businesses")
    account.aws.faults.fail(READ, "TooManyRequestsException")
    assert directory.memberships.of([ANN]) == {ANN: None}
    assert caplog.messages == ["The groups of 1 users are unknown: TooManyRequestsException"]
    assert directory.memberships.of([ANN]) == {ANN: Membership(("businesses",))}


def test_a_lost_connection_leaves_one_user_unknown(
    account: Account, directory: UserDirectory
) -> None:
    account.create_user("ann")
    account.create_user("ben")
    account.aws.faults.lose_connection(READ)
    assert sorted(map(str, directory.memberships.of([ANN, BEN]).values())) == sorted(
        map(str, [None, Membership(())])
    )


def test_who_is_not_answered_for_in_time_is_unknown(
    account: Account, cognito: Any, executor: ThreadPoolExecutor
) -> None:
    account.create_user("ann")
    hurried = UserDirectory(
        cognito, account.user_pool_id, cache=cache, executor=executor, timeout_seconds=0
    )
    assert hurried.memberships.of([ANN]) == {ANN: None}


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
        assert directory.memberships.of([ANN]) == {ANN: Membership(("a", "b"))}
    assert [request.get("NextToken") for request in requests] == [None, "more"]
    assert all(request["Limit"] == 60 for request in requests)


def test_any_name_can_be_remembered(account: Account, directory: UserDirectory) -> None:
    name = "ü" * 128
    account.create_user(name, "businesses")
    assert directory.memberships.of([named(name)]) == directory.memberships.of([named(name)])
    assert account.aws.faults.calls(READ) == 1


def test_pools_are_remembered_apart(
    account: Account, cognito: Any, executor: ThreadPoolExecutor, directory: UserDirectory
) -> None:
    account.create_user("ann", "businesses")
    assert directory.memberships.of([ANN]) == {ANN: Membership(("businesses",))}
    pool = account.create_user_pool()
    account.let_in(UserPoolId=pool)
    other = UserDirectory(cognito, pool, cache=cache, executor=executor, timeout_seconds=LONG)
    assert other.memberships.of([ANN]) == {ANN: GONE}


def test_who_cannot_have_a_turn_in_time_is_unknown(
    account: Account, cognito: Any, executor: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    in_time = LONG + 1  # one at once, and one in each second
    names = [named(f"user-{number}") for number in range(in_time + 2)]
    directory = UserDirectory(
        cognito,
        account.user_pool_id,
        cache=cache,
        executor=executor,
        timeout_seconds=LONG,
        limiter=QuotaLimiter(1, clock=lambda: 0, sleep=lambda _: None),
    )
    found = directory.memberships.of(names)
    assert list(found.values()).count(GONE) == in_time
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
            assert directory.memberships.of([ANN]) == {ANN: GONE}
        finally:
            is_over.set()
        assert asked.result() == {"sub-1": None, "sub-2": None}


# Where a username is not the sub, and may be somebody else's by now


def ann(account: Account, *groups: str) -> Identity:
    """Create somebody called Ann."""
    return Identity(account.create_user("ann", *groups), "ann")


def delete_ann(account: Account) -> None:
    account.cognito.admin_delete_user(UserPoolId=account.user_pool_id, Username="ann")


def test_a_user_has_the_groups_of_the_user_with_the_sub(
    account: Account, directory: UserDirectory
) -> None:
    identity = ann(account, "businesses")
    assert directory.memberships.of([identity]) == {identity: Membership(("businesses",))}
    assert directory.memberships.of([identity]) == {identity: Membership(("businesses",))}
    assert (account.aws.faults.calls("ListUsers"), account.aws.faults.calls(READ)) == (1, 1)


def test_somebody_else_with_the_username_has_other_groups(
    account: Account, directory: UserDirectory
) -> None:
    first = ann(account, "businesses")
    delete_ann(account)
    second = ann(account, "businesses")
    replaced = Membership(user_exists=False, is_replaced=True)
    assert directory.memberships.of([first, second]) == {
        first: replaced,
        second: Membership(("businesses",)),
    }
    assert directory.memberships.of([second, first]) == {
        first: replaced,
        second: Membership(("businesses",)),
    }
    assert directory.memberships.of([first], usernames={first.sub: None}) == {first: replaced}


def test_a_user_who_is_gone_and_whose_username_nobody_has_is_gone(
    account: Account, directory: UserDirectory
) -> None:
    identity = ann(account)
    delete_ann(account)
    assert directory.memberships.of([identity]) == {identity: GONE}


def test_a_record_that_names_another_username_has_the_groups_of_the_sub(
    account: Account, directory: UserDirectory
) -> None:
    sub = ann(account, "businesses").sub
    account.create_user("ben")
    odd, bare = Identity(sub, "ben"), Identity(sub, "")
    found = directory.memberships.of([odd, bare])
    assert found == dict.fromkeys((odd, bare), Membership(("businesses",)))


def test_a_sub_that_the_pool_does_not_list_is_unknown_without_a_username(
    account: Account, directory: UserDirectory
) -> None:
    ann(account, "businesses")
    bare = Identity("ann", "")
    assert directory.memberships.of([bare]) == {bare: None}


def listed(*users: tuple[str, str]) -> dict[str, Any]:
    """Return ListUsers' answer with users of these subs and usernames."""
    at = {"UserCreateDate": 1_763_888_400, "UserLastModifiedDate": 1_763_888_400}
    given = {"UserStatus": "CONFIRMED", "Enabled": True, **at}
    return {
        "Users": [
            {"Username": name, "Attributes": [{"Name": "sub", "Value": sub}], **given}
            for sub, name in users
        ]
    }


@pytest.mark.parametrize(
    ("by_username", "membership"),
    [
        (listed(), None),  # whoever has the username is not listed yet
        (
            listed(("s1", "ann")),
            Membership(("businesses",)),
        ),  # listed by now
    ],
)
def test_a_user_who_is_too_new_to_be_listed_is_not_gone(
    executor: ThreadPoolExecutor, by_username: dict[str, Any], membership: Membership | None
) -> None:
    answers = [listed(), by_username, {"Groups": [{"GroupName": "businesses"}]}]
    with scripted_aws("cognito-idp", answers) as (client, requests):
        directory = UserDirectory(
            client, f"{REGION}_p", cache=cache, executor=executor, timeout_seconds=LONG
        )
        identity = Identity("s1", "ann")
        assert directory.memberships.of([identity]) == {identity: membership}
    assert [request.get("Filter") for request in requests] == [
        'sub = "s1"',
        'username = "ann"',
        None,
    ]


def test_users_without_a_turn_are_not_checked_and_keep_nobody_waiting(
    account: Account, cognito: Any, executor: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    """A page of fifty owners would wait for seconds, so some are looked up when it is reloaded."""
    names = [f"user-{number}" for number in range(5)]
    identities = [Identity(account.create_user(name), name) for name in names]
    now = [0.0]
    directory = UserDirectory(
        cognito,
        account.user_pool_id,
        cache=cache,
        executor=executor,
        timeout_seconds=LONG,
        account_limiter=QuotaLimiter(
            2, clock=lambda: now[0], sleep=lambda _: pytest.fail("It waited.")
        ),
    )

    def unknown() -> int:
        return list(directory.memberships.of(identities).values()).count(None)

    assert (unknown(), unknown()) == (3, 3)
    assert caplog.messages == ["The groups of 3 users are unknown: no turn in time"] * 2
    now[0] += 1
    assert unknown() == 1
    now[0] += 1
    assert unknown() == 0
    assert account.aws.faults.calls("ListUsers") == 5


def test_nobody_is_looked_up_twice(account: Account, directory: UserDirectory) -> None:
    known = ann(account, "businesses")
    unknown = Identity(account.create_user("ben"), "ben")
    assert directory.memberships.of([known, unknown], usernames={known.sub: "ann"}) == {
        known: Membership(("businesses",)),
        unknown: None,
    }
    assert account.aws.faults.calls("ListUsers") == 0


def test_nobody_else_is_asked_about_once_the_answers_are_unwanted(
    account: Account, directory: UserDirectory
) -> None:
    people = [named(f"user-{number}") for number in range(40)]
    asked = iter([True] * 3)
    found = directory.memberships.of(people, is_wanted=lambda: next(asked, False))
    assert account.aws.faults.calls(READ) == 3
    assert sorted(map(str, found.values())) == [str(GONE)] * 3 + ["None"] * 37

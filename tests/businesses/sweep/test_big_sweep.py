"""A sweep over many users, against a stub that computes them."""

import gc
from math import ceil

import pytest

from businesses.aws.cognito.user_pool import LIST_CALLS_PER_SECOND, PAGE_SIZE
from businesses.aws.tables.batch_reads import BATCH_SIZE
from businesses.aws.tables.business_table import BusinessTable
from businesses.management.sweep_report import SweepTally
from businesses.records.business import BusinessSummary
from businesses.records.user import PoolUser
from tests.businesses.stub import scripted_aws
from tests.businesses.sweep import big_pool
from tests.businesses.sweep.big_pool import BigPool, serving
from tests.businesses.sweep.sweeping import Time, backlog, sweep


@pytest.mark.parametrize("number", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_many_users_take_as_few_calls_as_there_are_pages_and_no_more_memory(number: int) -> None:
    pool, time, alive = BigPool(number), Time(), list[tuple[int, int]]()

    def watch(tally: SweepTally) -> None:
        """Count the users in memory, and all objects that may hold others."""
        if tally.users and tally.users % (number * 3 // 20) == 0:
            gc.collect()
            objects = gc.get_objects()
            alive.append((sum(type(each) is PoolUser for each in objects), len(objects)))

    with serving(pool) as url, backlog(url, time) as given:
        tally = sweep(given, watch=watch)
    users, objects = zip(*alive, strict=True)
    assert len(alive) == 6
    # A page, the batch that was decided last, and those who wait for the next.
    assert max(users) < PAGE_SIZE + 2 * BATCH_SIZE
    # Three quarters of the users came between the first look and the last, and each would be an
    # object at least. Half as many are more than the stub keeps of the records that were written.
    assert objects[-1] - objects[0] < number * 3 // 8
    assert (tally.users, tally.members) == (number, pool.members)
    one_percent = number // 100
    assert tally.found == 2 * one_percent
    assert tally.completed == tally.drifted == one_percent
    due = 95 * one_percent
    assert pool.calls == {
        "ListUsers": ceil(number / 60),
        "ListUsersInGroup": ceil(pool.members / 60),
        "Query": 2,  # for dismissed records that soon expire, and people out of their group
        "BatchGetItem": 2 * ceil(due / 100),
        "UpdateItem": 4 * one_percent,
    }
    listings = pool.calls["ListUsers"] + pool.calls["ListUsersInGroup"]
    # Nobody waits longer than the quota asks for, nor any shorter.
    assert listings // LIST_CALLS_PER_SECOND == int(time.now)


def test_users_in_every_state_get_what_is_theirs() -> None:
    pool = BigPool(100)
    with serving(pool) as url, backlog(url, Time()) as given:
        sweep(given)
    status = {number: item["status"]["S"] for number, item in pool.written.items()}
    stuck = {number for number in status if status[number] == "FAILED"}
    assert stuck == big_pool.OUTSIDE | big_pool.WITHOUT_BUSINESS
    assert {pool.written[number]["source"]["S"] for number in stuck} == {"sweep"}
    [outside], [without] = big_pool.OUTSIDE, big_pool.WITHOUT_BUSINESS
    reasons = {number: pool.written[number]["reason"]["M"]["type"]["S"] for number in stuck}
    assert reasons == {outside: "NotInGroup", without: "NoBusiness"}
    assert status.keys() - stuck == big_pool.FAILED_YET_FINE | big_pool.DRIFTED
    assert {status[number] for number in big_pool.DRIFTED} == {"OUT_OF_GROUP"}
    assert {status[number] for number in big_pool.FAILED_YET_FINE} == {"COMPLETED"}


def test_a_second_run_changes_nothing() -> None:
    pool = BigPool(1_000)
    with serving(pool) as url, backlog(url, Time()) as given:
        first, writes = sweep(given), pool.calls["UpdateItem"]
        second = sweep(given)
    assert (first.found, first.completed, first.drifted) == (20, 10, 10)
    assert (second.found, second.completed, second.drifted) == (0, 0, 10)
    assert pool.calls["UpdateItem"] == writes


def test_a_run_that_was_stopped_is_made_up_for_by_the_next() -> None:
    pool = BigPool(1_000)
    with serving(pool) as url, backlog(url, Time()) as given:
        first = sweep(given, stop_after=ceil(pool.members / 60) + 9)
        second = sweep(given)
    assert 0 < first.found < 20
    assert first.found + second.found == 20
    assert first.completed + second.completed == 10


def test_a_dry_run_counts_the_same_and_writes_nothing() -> None:
    pool = BigPool(1_000)
    with serving(pool) as url, backlog(url, Time()) as given:
        dry = sweep(given, dry_run=True)
    assert (dry.found, dry.completed, dry.drifted) == (20, 10, 10)
    assert not pool.written
    assert not pool.calls["UpdateItem"]


def test_no_page_is_read_before_its_turn() -> None:
    pool = BigPool(2_000)
    with serving(pool) as url, backlog(url, Time()) as given:
        sweep(given, stop_after=ceil(pool.members / 60) + 3)
    assert pool.calls["ListUsers"] == 3


def test_throttling_is_outlived() -> None:
    pool = BigPool(300, throttle_every=4)
    with serving(pool) as url, backlog(url, Time()) as given:
        tally = sweep(given)
    assert (tally.users, tally.found) == (300, 6)
    assert pool.calls["any"] > ceil(300 / 60) + ceil(pool.members / 60)


def test_keys_that_dynamodb_left_unprocessed_are_asked_for_again() -> None:
    keys = [{"id": {"S": sub}} for sub in ("sub-0001", "sub-0002")]
    first = {
        "Responses": {"business": [{**keys[0], "groupName": {"S": "businesses"}}]},
        "UnprocessedKeys": {"business": {"Keys": keys[1:]}},
    }
    second = {"Responses": {"business": keys[1:]}, "UnprocessedKeys": {}}
    with scripted_aws("dynamodb", [first, second]) as (client, requests):
        found = BusinessTable(client, "business").summaries(["sub-0001", "sub-0002", "sub-0001"])
    assert found == {
        "sub-0001": BusinessSummary(group_name="businesses", created_at=None),
        "sub-0002": BusinessSummary(group_name="", created_at=None),
    }
    assert [each["RequestItems"]["business"]["Keys"] for each in requests] == [keys, keys[1:]]

"""The Business table over HTTP against the embedded AWS."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from businesses.dynamodb import NEWEST, OLDEST, BusinessTable, Cursor
from businesses.exceptions import TableMissing
from tests.businesses.account import Account, business
from tests.businesses.stub import scripted_aws


@pytest.fixture
def table(account: Account) -> BusinessTable:
    return BusinessTable(account.dynamodb, account.table_name)


def walk(
    table: BusinessTable,
    cursor: Cursor | None,
    limit: int,
    between: Callable[[], None] = lambda: None,
) -> Iterator[list[str]]:
    """Yield each page's ids, newest first, leafing in the direction of the first cursor."""
    while cursor:
        page = table.page(cursor, limit)
        yield [record.id for record in page.items]
        cursor = page.older if cursor.direction == "older" else page.newer
        between()


def test_a_record_is_found_by_id(account: Account, table: BusinessTable) -> None:
    account.write([business(1)])
    assert table.get("sub-0001") == business(1)
    assert table.get("nobody") is None


@pytest.mark.parametrize("impossible", ["", "x" * 2049, "ü" * 1025])
def test_what_cannot_be_a_key_is_not_found(
    account: Account, table: BusinessTable, impossible: str
) -> None:
    assert table.get(impossible) is None
    assert account.aws.faults.calls("GetItem") == 0


def test_many_records_are_found_in_the_order_asked_for(
    account: Account, table: BusinessTable
) -> None:
    account.write(business(number) for number in range(130))
    wanted = [f"sub-{number:04}" for number in reversed(range(130))]
    found = table.get_many([*wanted, "nobody", wanted[0]])
    assert list(found) == wanted
    assert found["sub-0007"] == business(7)
    assert account.aws.faults.calls("BatchGetItem") == 2
    assert table.get_many([]) == {}


def test_unprocessed_keys_are_asked_for_again() -> None:
    first, second = business(1), business(2)
    answers: list[dict[str, Any]] = [
        {
            "Responses": {"t": [first.to_item()]},
            "UnprocessedKeys": {"t": {"Keys": [{"id": {"S": second.id}}]}},
        },
        {"Responses": {"t": [second.to_item()]}, "UnprocessedKeys": {}},
    ]
    with scripted_aws("dynamodb", answers) as (client, requests):
        found = BusinessTable(client, "t").get_many([first.id, second.id])
    assert found == {first.id: first, second.id: second}
    assert [request["RequestItems"]["t"]["Keys"] for request in requests] == [
        [{"id": {"S": first.id}}, {"id": {"S": second.id}}],
        [{"id": {"S": second.id}}],
    ]


def test_a_query_that_stops_at_one_megabyte_still_leads_on() -> None:
    key = {"id": {"S": "sub-0001"}}
    with scripted_aws(
        "dynamodb", [{"Items": [business(1).to_item()], "LastEvaluatedKey": key}]
    ) as (client, _):
        page = BusinessTable(client, "t").page(NEWEST, 50)
    assert page.older is not None
    assert page.older.position is not None
    assert page.older.position.id == "sub-0001"


def test_the_newest_page_comes_newest_first(account: Account, table: BusinessTable) -> None:
    account.write(business(number) for number in range(5))
    page = table.page(NEWEST, 3)
    assert [record.id for record in page.items] == ["sub-0004", "sub-0003", "sub-0002"]
    assert page.newer is None
    assert page.older is not None


def test_the_oldest_page_is_full_and_newest_first(account: Account, table: BusinessTable) -> None:
    account.write(business(number) for number in range(5))
    page = table.page(OLDEST, 3)
    assert [record.id for record in page.items] == ["sub-0002", "sub-0001", "sub-0000"]
    assert page.older is None
    assert page.newer is not None


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_that_holds_everything_leads_nowhere(
    account: Account, table: BusinessTable, count: int
) -> None:
    account.write(business(number) for number in range(count))
    for cursor in (NEWEST, OLDEST):
        page = table.page(cursor, 3)
        assert len(page.items) == count
        assert (page.newer, page.older) == (None, None)


def test_an_empty_table_is_an_empty_page(table: BusinessTable) -> None:
    for cursor in (NEWEST, OLDEST):
        page = table.page(cursor, 3)
        assert (page.items, page.newer, page.older) == ((), None, None)


def test_a_page_whose_records_are_gone_is_empty(account: Account, table: BusinessTable) -> None:
    account.write(business(number) for number in range(4))
    older = table.page(NEWEST, 3).older
    assert older is not None
    account.dynamodb.delete_item(TableName=account.table_name, Key={"id": {"S": "sub-0000"}})
    assert table.page(older, 3).items == ()


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_leafing_meets_every_record_once_among_ties(
    account: Account, table: BusinessTable, limit: int
) -> None:
    account.write(business(number, minute=number // 20) for number in range(130))
    forwards = list(walk(table, NEWEST, limit))
    backwards = list(walk(table, OLDEST, limit))
    order = [record_id for page in forwards for record_id in page]
    assert sorted(order) == [f"sub-{number:04}" for number in range(130)]
    assert [record_id for page in reversed(backwards) for record_id in page] == order
    assert all(len(page) == limit for page in forwards[:-1] + backwards[:-1])


def test_going_back_shows_the_very_same_page(account: Account, table: BusinessTable) -> None:
    account.write(business(number, minute=number // 10) for number in range(40))
    first = table.page(NEWEST, 7)
    assert first.older is not None
    second = table.page(first.older, 7)
    assert second.newer is not None
    again = table.page(second.newer, 7)
    assert again.items == first.items
    assert again.newer is None


@pytest.mark.parametrize("start", [NEWEST, OLDEST])
def test_records_written_while_leafing_neither_repeat_nor_hide_others(
    account: Account, table: BusinessTable, start: Cursor
) -> None:
    account.write(business(number, minute=number // 20) for number in range(130))
    late = iter(range(1000, 1100))

    def write_at_both_ends_and_among_ties() -> None:
        for minute in (-1, 3, 99):
            account.write([business(next(late), minute=minute)])

    pages = list(walk(table, start, 7, write_at_both_ends_and_among_ties))
    met = [record_id for page in pages for record_id in page]
    assert len(met) == len(set(met))
    assert {f"sub-{number:04}" for number in range(130)} <= set(met)


def test_a_page_is_one_query_at_any_depth(account: Account, table: BusinessTable) -> None:
    account.write(business(number) for number in range(40))
    pages = list(walk(table, NEWEST, 3))
    assert account.aws.faults.calls("Query") == len(pages)
    assert account.aws.faults.calls("Scan") == 0


def test_other_kinds_of_items_are_not_listed(account: Account, table: BusinessTable) -> None:
    account.put(business(1))
    account.put(business(2), __typename={"S": "Draft"})
    assert [record.id for record in table.page(NEWEST, 3).items] == ["sub-0001"]


def test_the_size_of_the_table_is_dynamodbs_count(account: Account, table: BusinessTable) -> None:
    account.write(business(number) for number in range(3))
    assert table.approximate_count() == 3


def test_a_table_that_is_not_there_is_named(account: Account) -> None:
    table = BusinessTable(account.dynamodb, "elsewhere")
    for ask in (
        lambda: table.get("a"),
        lambda: table.get_many(["a"]),
        lambda: table.page(NEWEST, 1),
        table.approximate_count,
    ):
        with pytest.raises(TableMissing, match="no DynamoDB table elsewhere"):
            ask()


def test_any_other_error_of_dynamodb_passes(account: Account, table: BusinessTable) -> None:
    account.aws.faults.fail("GetItem", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        table.get("a")

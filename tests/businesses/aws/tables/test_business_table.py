"""The Business table over HTTP against the embedded AWS."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from businesses.aws.tables.business_table import BusinessTable
from businesses.exceptions import IndexMissing, TableMissing
from businesses.queries.business_plan import EVERYTHING, Plan
from businesses.queries.paging import FIRST, LAST, Cursor, Page, read_page
from businesses.records.business import Business
from tests.businesses.account import Account, business
from tests.businesses.stub import scripted_aws


@pytest.fixture
def table(account: Account) -> BusinessTable:
    return BusinessTable(account.dynamodb, account.table_name)


def newest_first(table: BusinessTable, cursor: Cursor, limit: int) -> Page[Business]:
    return read_page(table, EVERYTHING, cursor, limit)


def walk(
    table: BusinessTable,
    cursor: Cursor | None,
    limit: int,
    between: Callable[[], None] = lambda: None,
) -> Iterator[list[str]]:
    """Yield each page's ids, newest first, leafing in the direction of the first cursor."""
    while cursor:
        page = newest_first(table, cursor, limit)
        yield [record.id for record in page.items]
        cursor = page.next if cursor.direction == "next" else page.previous
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


def test_a_query_that_stops_at_one_megabyte_is_read_on() -> None:
    first, second = business(2).to_item(), business(1).to_item()
    key = {name: first[name] for name in ("__typename", "createdAt", "id")}
    answers: list[dict[str, Any]] = [
        {"Items": [first], "ScannedCount": 1, "LastEvaluatedKey": key},
        {"Items": [second], "ScannedCount": 1},
    ]
    with scripted_aws("dynamodb", answers) as (client, requests):
        page = newest_first(BusinessTable(client, "t"), FIRST, 50)
    assert [record.id for record in page.items] == ["sub-0002", "sub-0001"]
    assert (page.previous, page.next, page.looked_at) == (None, None, 0)
    assert [request.get("ExclusiveStartKey") for request in requests] == [None, key]


def test_the_newest_page_comes_newest_first(account: Account, table: BusinessTable) -> None:
    account.write(business(number) for number in range(5))
    page = newest_first(table, FIRST, 3)
    assert [record.id for record in page.items] == ["sub-0004", "sub-0003", "sub-0002"]
    assert page.previous is None
    assert page.next is not None


def test_the_oldest_page_is_full_and_newest_first(account: Account, table: BusinessTable) -> None:
    account.write(business(number) for number in range(5))
    page = newest_first(table, LAST, 3)
    assert [record.id for record in page.items] == ["sub-0002", "sub-0001", "sub-0000"]
    assert page.next is None
    assert page.previous is not None


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_that_holds_everything_leads_nowhere(
    account: Account, table: BusinessTable, count: int
) -> None:
    account.write(business(number) for number in range(count))
    for cursor in (FIRST, LAST):
        page = newest_first(table, cursor, 3)
        assert len(page.items) == count
        assert (page.previous, page.next) == (None, None)


def test_an_empty_table_is_an_empty_page(table: BusinessTable) -> None:
    for cursor in (FIRST, LAST):
        page = newest_first(table, cursor, 3)
        assert (page.items, page.previous, page.next) == ((), None, None)


def test_a_page_whose_records_are_gone_is_empty(account: Account, table: BusinessTable) -> None:
    account.write(business(number) for number in range(4))
    older = newest_first(table, FIRST, 3).next
    assert older is not None
    account.dynamodb.delete_item(TableName=account.table_name, Key={"id": {"S": "sub-0000"}})
    assert newest_first(table, older, 3).items == ()


@pytest.mark.parametrize(("limit", "count"), [(1, 45), (7, 130), (50, 130)])
def test_leafing_meets_every_record_once_among_ties(
    account: Account, table: BusinessTable, limit: int, count: int
) -> None:
    account.write(business(number, minute=number // 20) for number in range(count))
    forwards = list(walk(table, FIRST, limit))
    backwards = list(walk(table, LAST, limit))
    order = [record_id for page in forwards for record_id in page]
    assert sorted(order) == [f"sub-{number:04}" for number in range(count)]
    assert [record_id for page in reversed(backwards) for record_id in page] == order
    assert all(len(page) == limit for page in forwards[:-1] + backwards[:-1])


def test_going_back_shows_the_very_same_page(account: Account, table: BusinessTable) -> None:
    account.write(business(number, minute=number // 10) for number in range(40))
    first = newest_first(table, FIRST, 7)
    assert first.next is not None
    second = newest_first(table, first.next, 7)
    assert second.previous is not None
    again = newest_first(table, second.previous, 7)
    assert again.items == first.items
    assert again.previous is None


@pytest.mark.parametrize("start", [FIRST, LAST])
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
    pages = list(walk(table, FIRST, 3))
    assert account.aws.faults.calls("Query") == len(pages)
    assert account.aws.faults.calls("Scan") == 0


def test_other_kinds_of_items_are_not_listed(account: Account, table: BusinessTable) -> None:
    account.put(business(1))
    account.put(business(2), __typename={"S": "Draft"})
    assert [record.id for record in newest_first(table, FIRST, 3).items] == ["sub-0001"]


def test_the_size_of_the_table_is_dynamodbs_count(account: Account, table: BusinessTable) -> None:
    account.write(business(number) for number in range(3))
    assert table.approximate_count() == 3


def test_a_table_that_is_not_there_is_named(account: Account) -> None:
    table = BusinessTable(account.dynamodb, "elsewhere")
    for ask in (
        lambda: table.get("a"),
        lambda: table.get_many(["a"]),
        lambda: newest_first(table, FIRST, 1),
        table.approximate_count,
    ):
        with pytest.raises(TableMissing, match="no DynamoDB table elsewhere"):
            ask()


@pytest.mark.parametrize(
    ("term", "index"),
    [("", "byCreatedAt"), ("anna@", "byEmail"), ("anna", "byName"), ("a::b", "byOwner")],
)
def test_an_index_that_is_not_there_is_named(account: Account, term: str, index: str) -> None:
    table = BusinessTable(account.dynamodb, account.create_bare_table("bare"))
    with pytest.raises(IndexMissing, match=f"table bare has no index {index}") as caught:
        read_page(table, Plan.of(term), FIRST, 50)
    assert "deploy_backend" in caught.value.hint


def test_any_other_error_of_dynamodb_passes(account: Account, table: BusinessTable) -> None:
    account.aws.faults.fail("GetItem", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        table.get("a")

"""What DataStore deleted stays in the table for a while, and is shown and counted nowhere.

https://docs.aws.amazon.com/appsync/latest/devguide/conflict-detection-and-sync.html
"""

import itertools

import pytest

from businesses.aws.tables.business_table import BusinessTable
from businesses.queries.business_plan import EVERYTHING
from businesses.queries.paging import FIRST, read_page
from businesses.queries.word_search import Words
from tests.businesses.account import Account, business

VERSIONED = {"_version": {"N": "2"}, "_lastChangedAt": {"N": "1764244800000"}}
GONE = {**VERSIONED, "_deleted": {"BOOL": True}, "_ttl": {"N": "1766836800"}}
KEPT = {**VERSIONED, "_deleted": {"BOOL": False}}


@pytest.fixture
def table(account: Account) -> BusinessTable:
    for number in range(1, 8):
        account.put(business(number), **(KEPT if number % 3 else GONE))
    return BusinessTable(account.dynamodb, account.table_name)


def test_lists_of_any_page_length_leave_it_out(table: BusinessTable) -> None:
    for limit in (1, 2, 5, 50):
        page = read_page(table, EVERYTHING, FIRST, limit)
        listed = [record.id for record in page.items]
        while page.next:
            page = read_page(table, EVERYTHING, page.next, limit)
            listed += [record.id for record in page.items]
        assert listed == ["sub-0007", "sub-0005", "sub-0004", "sub-0002", "sub-0001"]


def test_the_search_for_words_and_reads_by_id_leave_it_out(table: BusinessTable) -> None:
    found = table.holding(Words.of("business"), 100)
    assert len(list(itertools.chain.from_iterable(each.rows for each in found))) == 5
    assert table.get("sub-0003") is None
    assert table.get("sub-0004") == business(4)
    everybody = [f"sub-{number:04}" for number in range(1, 8)]
    there = {"sub-0001", "sub-0002", "sub-0004", "sub-0005", "sub-0007"}
    assert table.get_many(everybody).keys() == there
    assert table.summaries(everybody).keys() == there

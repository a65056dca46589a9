"""Pages of a plan over HTTP against the embedded AWS: exact, in both directions, bounded."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from businesses.aws.tables.business_table import BusinessTable
from businesses.queries.business_plan import EVERYTHING, Plan
from businesses.queries.business_sources import Span
from businesses.queries.paging import FIRST, LAST, MORE_AT_ONCE, MORE_READS, Cursor, Page, read_page
from businesses.records.business import Business
from tests.businesses.account import Account, business

TIED = 80  # records of the same minute
FIRST_HOUR = Span("2026-11-23T09:00:00", "2026-11-23T10:00:00")


@pytest.fixture
def table(account: Account) -> BusinessTable:
    return BusinessTable(account.dynamodb, account.table_name)


def pages(table: BusinessTable, plan: Plan, start: Cursor, limit: int) -> Iterator[Page[Business]]:
    """Yield the pages from one end of the list to the other."""
    cursor: Cursor | None = start
    while cursor:
        page = read_page(table, plan, cursor, limit)
        yield page
        cursor = page.next if cursor.direction == "next" else page.previous


def ids(table: BusinessTable, plan: Plan, start: Cursor, limit: int) -> list[str]:
    """Return all ids of a list in its own order, read in the direction of the cursor."""
    found = [[record.id for record in page.items] for page in pages(table, plan, start, limit)]
    if start == LAST:
        found.reverse()
    return [record_id for page in found for record_id in page]


# Ties, and sign-ups while somebody leafs


@dataclass
class Arrivals:
    """People who sign up while a list is read: before, behind and among what was read.

    minutes: how many minutes the records that were there at first are spread over.
    """

    account: Account
    first: int
    minutes: int
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    all: set[str] = field(default_factory=set)
    ahead: set[str] = field(default_factory=set)

    def arrive(self, last_read: Business, *, forwards: bool) -> None:
        """Sign four up, two of them at the time of others; note who must still be met."""
        among = [self.rng.randrange(self.minutes) for _ in range(2)]
        minutes = [-1, *among, 1000]
        numbers = range(self.first + len(self.all), self.first + len(self.all) + 4)
        records = [
            business(number, minute=minute) for number, minute in zip(numbers, minutes, strict=True)
        ]
        self.account.write(records)
        self.all |= {record.id for record in records}
        for record in records:
            older = record.created_at < last_read.created_at
            newer = record.created_at > last_read.created_at
            if older if forwards else newer:
                self.ahead.add(record.id)


@pytest.mark.parametrize(
    ("records", "limit", "pages_between"),
    [
        (480, 23, 2),
        (480, 50, 2),
        pytest.param(2000, 23, 4, marks=pytest.mark.long),
        pytest.param(2000, 50, 2, marks=pytest.mark.long),
    ],
)
def test_records_with_ties_are_met_once_each_while_more_sign_up(
    account: Account, table: BusinessTable, records: int, limit: int, pages_between: int
) -> None:
    # So many share each minute that most pages begin and end among equals, some the same ones.
    account.write(business(number, minute=number // TIED) for number in range(records))
    there = {f"sub-{number:04}" for number in range(records)}
    for start in (FIRST, LAST):
        forwards = start == FIRST
        arrivals = Arrivals(account, first=3000 if forwards else 6000, minutes=records // TIED)
        met: list[Business] = []
        for number, page in enumerate(pages(table, EVERYTHING, start, limit)):
            met += page.items if forwards else reversed(page.items)
            if number % pages_between == 0 and len(met) < records:
                arrivals.arrive(met[-1], forwards=forwards)
        met_ids = {record.id for record in met}
        assert len(met_ids) == len(met), "none twice"
        assert met_ids >= there | arrivals.ahead, "none skipped"
        assert arrivals.ahead
        times = [record.created_at for record in met]
        assert times == sorted(times, reverse=forwards)
        there |= arrivals.all


# A search reads one source after the other


def people(account: Account) -> list[str]:
    """Write names and addresses that begin alike, with ties; return the order of a search "an"."""
    names = [business(n, name=f"Anna {n % 4}", email=f"b{n}@example.com") for n in range(10)]
    both = [business(n, name="Anton", email=f"anton{n % 3}@example.com") for n in range(10, 20)]
    mails = [business(n, name="Bea", email=f"AN-{n % 2}@example.com") for n in range(20, 30)]
    others = [business(n, name="Carl", email=f"carl{n}@example.com") for n in range(30, 40)]
    the_id = business(40, id="an", name="Zoe", email="zoe@example.com")
    records = [*names, *both, *mails, *others, the_id]
    account.write(records)
    by_name = sorted((r for r in names + both), key=lambda r: (r.name.lower(), r.id))
    by_mail = sorted(mails, key=lambda r: (r.email.lower(), r.id))
    return [record.id for record in [the_id, *by_name, *by_mail]]


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_a_search_meets_names_then_addresses_each_record_once_both_ways(
    account: Account, table: BusinessTable, limit: int
) -> None:
    expected = people(account)
    assert ids(table, Plan.of("AN"), FIRST, limit) == expected[1:]  # ids are case-sensitive
    assert ids(table, Plan.of("an"), FIRST, limit) == expected
    assert ids(table, Plan.of("an"), LAST, limit) == expected
    assert account.aws.faults.calls("Scan") == 0


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_going_back_from_any_page_of_a_search_shows_the_one_before(
    account: Account, table: BusinessTable, limit: int
) -> None:
    people(account)
    before: Page[Business] | None = None
    for page in pages(table, Plan.of("an"), FIRST, limit):
        if before:
            assert page.previous is not None
            again = read_page(table, Plan.of("an"), page.previous, limit)
            assert again.items == before.items
            assert again.next == before.next
        before = page


def test_a_page_of_a_search_costs_one_query_for_each_source_on_it(
    account: Account, table: BusinessTable
) -> None:
    people(account)
    calls = account.aws.faults.calls
    first = read_page(table, Plan.of("an"), FIRST, 7)
    assert (calls("GetItem"), calls("Query")) == (1, 1)
    assert first.next is not None
    read_page(table, Plan.of("an"), first.next, 7)
    assert (calls("GetItem"), calls("Query")) == (1, 2)


@pytest.mark.parametrize("term", ["an-", "an-1", "AN-0@", "an-0@example.com"])
def test_an_address_with_a_hyphen_is_found_by_its_beginning(
    account: Account, table: BusinessTable, term: str
) -> None:
    people(account)
    expected = [
        record_id
        for mail, record_id in sorted(
            (f"an-{n % 2}@example.com", f"sub-{n:04}") for n in range(20, 30)
        )
        if mail.startswith(term.lower())
    ]
    assert ids(table, Plan.of(term), FIRST, 50) == expected


def test_a_long_name_is_found_by_all_of_it(account: Account, table: BusinessTable) -> None:
    long = "Ü" * 400
    account.write([business(1, name=long), business(2, name=long[:100])])
    assert ids(table, Plan.of(long), FIRST, 50) == ["sub-0001"]
    assert ids(table, Plan.of(long[:50]), FIRST, 50) == ["sub-0002", "sub-0001"]


SUB = "1f3b2a54-90ab-4cde-8f01-23456789abcd"


def test_a_sub_finds_the_record_of_that_id_and_what_else_its_owner_has(
    account: Account, table: BusinessTable
) -> None:
    account.write(
        [
            business(1, id=SUB, owner=f"{SUB}::{SUB}"),
            business(2, owner=f"{SUB}::{SUB}"),
            business(3, owner=SUB),
            business(4),
        ]
    )
    assert ids(table, Plan.of(SUB), FIRST, 50) == [SUB, "sub-0002", "sub-0003"]
    assert ids(table, Plan.of(SUB.upper()), LAST, 1) == [SUB, "sub-0002", "sub-0003"]
    assert ids(table, Plan.of(f"{SUB}::{SUB}"), FIRST, 50) == ["sub-0002", SUB]


# Dates


@pytest.mark.parametrize("limit", [3, 50])
def test_a_span_of_time_is_a_part_of_the_list(
    account: Account, table: BusinessTable, limit: int
) -> None:
    account.write(business(number, minute=number * 5 - 30) for number in range(30))
    expected = [f"sub-{number:04}" for number in reversed(range(6, 18))]
    plan = Plan.of(span=FIRST_HOUR)
    assert ids(table, plan, FIRST, limit) == expected
    assert ids(table, plan, LAST, limit) == expected
    assert account.aws.faults.calls("Query") == 2 * -(-12 // limit)


@pytest.mark.parametrize("limit", [3, 50])
@pytest.mark.parametrize("term", ["an", "an-", "an-1@"])
def test_a_span_and_a_search_together_are_what_both_find(
    account: Account, table: BusinessTable, term: str, limit: int
) -> None:
    people(account)
    quarter = Span("2026-11-23T09:05:00", "2026-11-23T09:25:00")
    both = [
        record_id
        for record_id in ids(table, Plan.of(term), FIRST, 50)
        if record_id != "an" and 5 <= int(record_id[-4:]) < 25
    ]
    assert both
    assert ids(table, Plan.of(term, quarter), FIRST, limit) == both
    assert ids(table, Plan.of(term, quarter), LAST, limit) == both


def test_a_cursor_of_yesterdays_today_begins_at_todays_edge(
    account: Account, table: BusinessTable
) -> None:
    account.write(business(number, minute=number * 10) for number in range(20))
    first_hour = Plan.of(span=FIRST_HOUR)
    second_hour = Plan.of(span=Span("2026-11-23T10:00:00", "2026-11-23T11:00:00"))
    first = read_page(table, first_hour, FIRST, 2)
    assert first.next is not None
    older = read_page(table, second_hour, first.next, 2)
    assert older.items == ()
    newer = read_page(table, second_hour, Cursor("previous", first.next.position), 2)
    assert [record.id for record in newer.items] == ["sub-0007", "sub-0006"]


# A page that would take too long says where it stopped


@pytest.fixture
def needles(account: Account) -> list[str]:
    """Twelve hundred that begin alike, a handful of them in the first hour."""
    early = {3, 400, 1050, 1199}
    account.write(
        business(number, minute=5 if number in early else 600, name=f"Hay {number:04}")
        for number in range(1200)
    )
    return [f"sub-{number:04}" for number in sorted(early)]


def test_a_page_reads_a_bounded_number_of_records_and_leads_on(
    account: Account, table: BusinessTable, needles: list[str]
) -> None:
    plan = Plan.of("hay 1", FIRST_HOUR)
    assert ids(table, plan, FIRST, 50) == needles[2:]
    plan = Plan.of("hay ", FIRST_HOUR)
    before = account.aws.faults.calls("Query")
    first = read_page(table, plan, FIRST, 50)
    assert account.aws.faults.calls("Query") - before == 1 + MORE_READS
    assert [record.id for record in first.items] == ["sub-0003", "sub-0400"]
    assert first.looked_at == 51 + MORE_AT_ONCE * MORE_READS
    assert (first.previous, first.next is not None) == (None, True)
    assert first.next is not None
    second = read_page(table, plan, first.next, 50)
    assert [record.id for record in second.items] == ["sub-1050", "sub-1199"]
    assert (second.looked_at, second.next) == (0, None)
    assert second.previous is not None
    back = read_page(table, plan, second.previous, 50)
    assert [record.id for record in back.items][-1] == "sub-0400"


def test_nothing_is_lost_between_unfinished_pages(table: BusinessTable, needles: list[str]) -> None:
    plan = Plan.of("hay", FIRST_HOUR)
    for limit in (1, 50):
        assert ids(table, plan, FIRST, limit) == needles
        assert ids(table, plan, LAST, limit) == needles


def test_from_an_empty_unfinished_page_both_ways_lead_on(
    account: Account, table: BusinessTable
) -> None:
    account.write(
        business(number, minute=5 if number in {0, 1299} else 600, name=f"Hay {number:04}")
        for number in range(1300)
    )
    plan = Plan.of("hay", FIRST_HOUR)
    first = read_page(table, plan, FIRST, 1)
    assert [record.id for record in first.items] == ["sub-0000"]
    assert first.next is not None
    found = ids(table, plan, first.next, 1)
    assert found == ["sub-1299"]
    last = read_page(table, plan, LAST, 1)
    assert [record.id for record in last.items] == ["sub-1299"]
    assert last.previous is not None
    empty = read_page(table, plan, last.previous, 1)
    assert [record.id for record in empty.items] in ([], ["sub-0000"])
    middle = Plan.of("hay 05", FIRST_HOUR)
    assert read_page(table, middle, FIRST, 1) == Page()

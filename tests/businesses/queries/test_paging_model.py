"""Pages of any plan over any records, against what the list must be; no AWS."""

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from businesses.queries.business_plan import Plan
from businesses.queries.business_sources import ById, Source, Span
from businesses.queries.order import Order
from businesses.queries.paging import (
    FIRST,
    LAST,
    MORE_READS,
    Chunk,
    Cursor,
    Page,
    Position,
    Positioned,
    read_page,
)
from businesses.records.attributes import text
from businesses.records.business import Business
from tests.businesses.account import business
from tests.harness.counts import count
from tests.harness.examples import examples

TIMES = [f"2026-11-{day:02}T00:00:00.000Z" for day in range(1, 5)]
SPANS = [None, Span("2026-11-02T00:00:00", "2026-11-04T00:00:00")]
records = st.builds(
    lambda name, email, created_at: {"name": name, "email": email, "created_at": created_at},
    st.sampled_from(["a", "A", "ab", "b", ""]),
    st.sampled_from(["a@x", "ab@x", "b@x"]),
    st.sampled_from(TIMES),
)
tables = st.lists(records, max_size=25).map(
    lambda rows: [
        Business.from_item(business(number, **row).to_item()) for number, row in enumerate(rows)
    ]
)
terms = st.sampled_from(["", "a", "ab", "sub-0003", "a@", "s::s", "sub-0002::sub-0002"])
orders = st.sampled_from([None, *Order])
plans = st.builds(Plan.of, terms, st.sampled_from(SPANS), st.just(""), orders).filter(
    lambda plan: not plan.conflict
)


@dataclass
class Memory:
    """A reader that answers as DynamoDB does: the limit counts what is read, not what is found."""

    table: list[Business]
    reads: int = 0

    def read(
        self, source: Source, after: Position | None, limit: int, *, forwards: bool
    ) -> Chunk[Business]:
        self.reads += 1
        if isinstance(source, ById):
            found = [each for each in self.table if source.holds(each) and after is None]
            return Chunk(
                tuple(Positioned(Position(source.number, "", each.id), each) for each in found),
                looked_at=len(found),
            )
        run = self._in_order(source, forwards=forwards)
        if after:
            assert source.start(after, forwards=forwards) is not None
            key = (after.key, after.id)
            ascending = source.query(forwards=forwards)["ScanIndexForward"]
            run = [
                row
                for row in run
                if ((row.position.key, row.position.id) > key) == ascending
                and (row.position.key, row.position.id) != key
            ]
        read, stopped = run[:limit], len(run) >= limit
        return Chunk(
            tuple(row for row in read if source.holds(row.record)),
            rest=read[-1].position if stopped else None,
            looked_at=len(read),
        )

    def _in_order(self, source: Source, *, forwards: bool) -> list[Positioned[Business]]:
        assert not isinstance(source, ById)
        rows = []
        for record in self.table:
            key = text(record.item, source.index.sort)
            in_partition = record.item[source.index.partition] == {"S": source.partition}
            in_time = not (source.is_by_time and source.span) or source.holds(record)
            if key and in_partition and in_time and key.startswith(source.prefix):
                rows.append(Positioned(Position(source.number, key, record.id), record))
        rows.sort(
            key=lambda row: (row.position.key, row.position.id),
            reverse=not source.query(forwards=forwards)["ScanIndexForward"],
        )
        return rows


def expected(table: list[Business], plan: Plan) -> list[str]:
    """Return the ids of the list: source by source, each record where it is met first."""
    memory, found = Memory(table), list[str]()
    for source in plan.sources:
        for row in memory.read(source, None, 1000, forwards=True).rows:
            if row.record.id not in found:
                found.append(row.record.id)
    return found


def walk(
    table: list[Business], plan: Plan, start: Cursor, limit: int, step: int
) -> Iterator[Page[Business]]:
    cursor: Cursor | None = start
    while cursor:
        memory = Memory(table)
        page = read_page(memory, plan, cursor, limit, more_at_once=step)
        assert memory.reads <= len(plan.sources) + MORE_READS
        assert len(page.items) <= limit
        yield page
        cursor = page.next if start.direction == "next" else page.previous


def ids(page: Page[Business]) -> list[str]:
    return [record.id for record in page.items]


@given(tables, plans, st.integers(1, 6), st.integers(1, 4))
def test_both_ways_through_any_list_meet_every_record_once_in_order(
    table: list[Business], plan: Plan, limit: int, step: int
) -> None:
    forwards = [each for page in walk(table, plan, FIRST, limit, step) for each in ids(page)]
    pages = list(walk(table, plan, LAST, limit, step))
    backwards = [each for page in reversed(pages) for each in ids(page)]
    assert forwards == backwards == expected(table, plan)


@given(tables, plans, st.integers(1, 6), st.integers(1, 4), st.data())
def test_turning_round_on_any_page_leads_back_over_the_same_records(
    table: list[Business], plan: Plan, limit: int, step: int, data: st.DataObject
) -> None:
    pages = list(walk(table, plan, FIRST, limit, step))
    turn = data.draw(st.integers(0, len(pages) - 1))
    before = [each for page in pages[:turn] for each in ids(page)]
    back = pages[turn].previous
    if back is None:
        # Nothing was before it, or it is empty and was read to its end.
        assert before == [] or (pages[turn].items == () and pages[turn].next is None)
        return
    again = list(walk(table, plan, back, limit, step))
    assert [each for page in reversed(again) for each in ids(page)] == before


def described(
    table: list[Business], term: str, span: Span | None, order: Order | None
) -> list[str] | None:
    """Return the ids as the page words it; None for what the page refuses."""
    table = [each for each in table if not span or span.since <= each.created_at < span.until]
    if "::" in term:
        table = [each for each in table if each.owner == term]
    elif term:
        named = [[each for each in table if each.id == term and "@" not in term]]
        for kind in ("email",) if "@" in term else ("name", "email"):
            found = [each for each in table if getattr(each, kind).lower().startswith(term)]
            named.append(sorted(found, key=lambda each: (getattr(each, kind).lower(), each.id)))
        return (
            list(dict.fromkeys(each.id for part in named for each in part)) if not order else None
        )
    order = order or Order.NEWEST
    if order.is_by_time:
        keyed = [(each.created_at, each.id) for each in table]
    elif span or term:
        return None
    else:
        keyed = [(each.name.lower(), each.id) for each in table if each.name]
    return [each for _, each in sorted(keyed, reverse=order in {Order.NEWEST, Order.Z_TO_A})]


@settings(max_examples=examples(300))
@given(tables, terms, st.sampled_from(SPANS), orders, st.integers(1, 6))
def test_what_is_asked_for_is_answered_exactly_or_refused_in_words(
    table: list[Business], term: str, span: Span | None, order: Order | None, limit: int
) -> None:
    plan = Plan.of(term, span, "", order)
    count("combinations of search, time and order")
    shown = described(table, term, span, order)
    if shown is None:
        assert plan.conflict.endswith("Nothing was read.")
        assert plan.sources == ()
        return
    assert [each for page in walk(table, plan, FIRST, limit, 3) for each in ids(page)] == shown
    back = [ids(page) for page in walk(table, plan, LAST, limit, 3)]
    assert [each for page in reversed(back) for each in page] == shown


@given(terms, st.sampled_from(SPANS), orders)
def test_a_group_is_alone(term: str, span: Span | None, order: Order | None) -> None:
    plan = Plan.of(term, span, "partners", order)
    assert bool(plan.conflict) == bool(term or span or order)
    assert plan.sources == ()


@given(terms, st.sampled_from(SPANS), orders)
def test_a_column_is_offered_only_if_it_can_sort(
    term: str, span: Span | None, order: Order | None
) -> None:
    offered = Plan.of(term, span, "", order).columns
    for each in Order:
        if each.column in offered:
            assert not Plan.of(term, span, "", each).conflict


@given(tables, plans, st.integers(1, 6), st.integers(1, 4))
def test_only_a_page_that_says_so_is_less_than_full(
    table: list[Business], plan: Plan, limit: int, step: int
) -> None:
    for page in walk(table, plan, FIRST, limit, step):
        if page.next and not page.looked_at:
            assert len(page.items) == limit

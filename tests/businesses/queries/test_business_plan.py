"""From what was typed to the reads that answer it; no AWS."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from businesses.queries.business_plan import EVERYTHING, Plan
from businesses.queries.business_sources import (
    BY_CREATED_AT,
    BY_EMAIL,
    BY_NAME,
    BY_OWNER,
    ById,
    Range,
    Span,
)
from businesses.queries.keys import PARTITION_BYTES
from businesses.queries.order import Order
from businesses.queries.paging import Position
from businesses.records.business import Business
from tests.businesses.account import business

SORT_BYTES = 1024  # the longest value of a sort key
UUID = "1f3b2a54-90ab-4cde-8f01-23456789abcd"
OCTOBER = Span("2026-10-01T00:00:00", "2026-11-01T00:00:00")


def reads(plan: Plan) -> list[tuple[str, str]]:
    """Return the index (or `id`) and what is looked for in it, source by source."""
    found = []
    for number, source in enumerate(plan.sources):
        assert source.number == number
        if isinstance(source, ById):
            found.append(("id", source.id))
        else:
            found.append((source.index.name, source.prefix or source.partition))
    return found


def stored(**changes: Any) -> Business:
    return Business.from_item(business(1, **changes).to_item())


@pytest.mark.parametrize("word", ["x", "x@", "ẞ"])
def test_a_search_for_more_than_a_key_holds_says_how_much_counts(word: str) -> None:
    far = "Only its first 256 characters count."
    assert far in Plan.of(word * 256).searched
    assert far not in Plan.of(word * 40).searched


def test_nothing_typed_is_the_whole_table_newest_first() -> None:
    assert reads(Plan.of("  ")) == [("byCreatedAt", "Business")]
    assert Plan.of("  ") == EVERYTHING
    assert EVERYTHING.order == Order.NEWEST
    assert EVERYTHING.searched == ""


@pytest.mark.parametrize("term", ["anna@", "Anna-Maria@Example.com", "@"])
def test_an_at_sign_means_an_email_address(term: str) -> None:
    plan = Plan.of(f" {term} ")
    assert reads(plan) == [("byEmail", term.lower())]
    assert plan.searched == f"Searched for e-mail addresses that begin with “{term}”, from A to Z."
    assert plan.order is None


@pytest.mark.parametrize("term", ["anna", "anna-maria", "info.berlin", UUID[:-1], UUID + "0"])
def test_anything_else_is_a_name_or_an_email_address_or_an_id(term: str) -> None:
    plan = Plan.of(term)
    assert reads(plan) == [("id", term), ("byName", term), ("byEmail", term)]
    assert "names that begin with" in plan.searched
    assert "e-mail addresses that do" in plan.searched
    assert "exactly this id" in plan.searched


def test_two_words_are_no_id() -> None:
    assert reads(Plan.of("Müller & Söhne")) == [
        ("byName", "müller & söhne"),
        ("byEmail", "müller & söhne"),
    ]
    assert "this id" not in Plan.of("two words").searched


def test_a_uuid_is_an_id_or_an_owner() -> None:
    plan = Plan.of(UUID)
    assert reads(plan) == [("id", UUID), ("byOwner", f"{UUID}::{UUID}"), ("byOwner", UUID)]
    assert plan.searched == f"Searched for the id and the owner “{UUID}”."


def test_an_id_in_capitals_is_tried_both_ways() -> None:
    assert reads(Plan.of(UUID.upper()))[:2] == [("id", UUID.upper()), ("id", UUID)]


@pytest.mark.parametrize("owner", [f"{UUID}::{UUID}", f"{UUID}::ann@example.com", "a::b::c"])
def test_two_colons_mean_an_owner(owner: str) -> None:
    plan = Plan.of(owner)
    assert reads(plan) == [("byOwner", owner)]
    assert plan.order == Order.NEWEST
    assert plan.searched == f"Searched for the owner “{owner}”, newest first."


def test_what_is_too_long_for_a_key_is_not_asked_for() -> None:
    assert reads(Plan.of("x" * 3000)) == [("byName", "x" * 256), ("byEmail", "x" * 256)]
    assert Plan.of("a::" + "x" * 3000).sources == ()


def test_a_prefix_is_cut_where_the_stored_key_is() -> None:
    [by_email] = Plan.of("X" * 300 + "@").sources
    assert isinstance(by_email, Range)
    assert by_email.prefix == "x" * 256


@pytest.mark.parametrize(
    ("term", "span"), [("anna", None), ("", OCTOBER), ("anna", OCTOBER), (UUID, None)]
)
def test_a_group_with_anything_else_is_a_conflict(term: str, span: Span | None) -> None:
    plan = Plan.of(term, span, "partners")
    assert plan.sources == ()
    assert plan.conflict.startswith("A group cannot be combined with a search or a date")


def test_a_group_alone_is_no_conflict() -> None:
    assert Plan.of(group="partners") == Plan(group="partners")
    assert Plan.of(group="partners", order=Order.A_TO_Z).conflict.startswith(
        "A group cannot be sorted"
    )


def test_the_list_is_sorted_by_the_index_of_the_column() -> None:
    for order, index, ascending in (
        (Order.NEWEST, BY_CREATED_AT, False),
        (Order.OLDEST, BY_CREATED_AT, True),
        (Order.A_TO_Z, BY_NAME, True),
        (Order.Z_TO_A, BY_NAME, False),
    ):
        plan = Plan.of(order=order)
        [source] = plan.sources
        assert isinstance(source, Range)
        assert source.index == index
        assert source.query(forwards=True)["ScanIndexForward"] == ascending
        assert plan.columns == {"name", "created"}
        assert plan.is_everything == (index == BY_CREATED_AT)


def test_what_no_index_holds_in_that_order_is_a_conflict() -> None:
    assert Plan.of("", OCTOBER, order=Order.A_TO_Z).conflict.startswith("Sorted by name")
    assert Plan.of("anna", order=Order.NEWEST).conflict.startswith("What a search finds")
    assert Plan.of("a::b", order=Order.A_TO_Z).conflict.startswith("What a search finds")
    assert Plan.of("a::b", order=Order.OLDEST).searched.endswith(", oldest first.")


def test_everything_is_one_partition_from_its_end() -> None:
    [source] = EVERYTHING.sources
    assert isinstance(source, Range)
    assert source.query(forwards=True) == {
        "IndexName": "byCreatedAt",
        "KeyConditionExpression": "#partition = :partition",
        "ExpressionAttributeNames": {"#partition": "__typename"},
        "ExpressionAttributeValues": {":partition": {"S": "Business"}},
        "ScanIndexForward": False,
    }
    assert source.query(forwards=False)["ScanIndexForward"] is True


def test_a_date_is_part_of_the_key_where_time_is_the_order() -> None:
    for term, index in (("", BY_CREATED_AT), ("a::b", BY_OWNER)):
        [source] = Plan.of(term, OCTOBER).sources
        assert isinstance(source, Range)
        assert source.index == index
        query = source.query(forwards=True)
        assert query["KeyConditionExpression"] == (
            "#partition = :partition AND #createdAt BETWEEN :since AND :until"
        )
        assert "FilterExpression" not in query
        assert query["ExpressionAttributeValues"][":until"] == {"S": "2026-11-01T00:00:00"}


def test_a_date_filters_what_a_prefix_finds() -> None:
    by_name = Range(number=0, index=BY_NAME, partition="Business", prefix="an", span=OCTOBER)
    query = by_name.query(forwards=True)
    assert query["KeyConditionExpression"] == (
        "#partition = :partition AND begins_with(#sort, :prefix)"
    )
    assert query["FilterExpression"] == "#createdAt BETWEEN :since AND :until"
    assert query["ExpressionAttributeNames"] == {
        "#partition": "__typename",
        "#sort": "nameKey",
        "#createdAt": "createdAt",
    }
    assert query["ScanIndexForward"] is True
    assert by_name.query(forwards=False)["ScanIndexForward"] is False


def test_a_position_names_the_keys_of_index_and_table() -> None:
    by_email = Range(number=1, index=BY_EMAIL, partition="Business", prefix="an")
    position = by_email.position_of(business(1, email="Anna@example.com").to_item())
    assert position == Position(1, "anna@example.com", "sub-0001")
    assert by_email.start(position, forwards=True) == {
        "ExclusiveStartKey": {
            "__typename": {"S": "Business"},
            "emailKey": {"S": "anna@example.com"},
            "id": {"S": "sub-0001"},
        }
    }
    assert by_email.start(None, forwards=True) == {}


@pytest.mark.parametrize(
    ("at", "forwards", "starts"),
    [
        ("2026-11-02T00:00:00.000Z", True, {}),
        ("2026-11-02T00:00:00.000Z", False, None),
        ("2026-09-30T00:00:00.000Z", True, None),
        ("2026-09-30T00:00:00.000Z", False, {}),
    ],
)
def test_a_position_outside_of_the_dates_starts_at_their_edge(
    at: str, forwards: bool, starts: dict[str, str] | None
) -> None:
    [source] = Plan.of(span=OCTOBER).sources
    assert isinstance(source, Range)
    assert source.start(Position(0, at, "a"), forwards=forwards) == starts


@pytest.mark.parametrize("form", ["Z", ".000Z", ".000000Z", "+00:00"])
def test_a_span_is_exact_however_the_second_is_written(form: str) -> None:
    assert OCTOBER.holds(f"2026-10-01T00:00:00{form}")
    assert OCTOBER.holds(f"2026-10-31T23:59:59{form}")
    assert not OCTOBER.holds(f"2026-09-30T23:59:59{form}")
    assert not OCTOBER.holds(f"2026-11-01T00:00:00{form}")


def test_a_record_has_its_place_in_the_first_source_that_holds_it() -> None:
    plan = Plan.of("anna")
    both = stored(name="Anna's", email="anna@example.com")
    assert plan.is_of_earlier_source(both, 2)
    assert not plan.is_of_earlier_source(both, 1)
    assert plan.is_of_earlier_source(stored(id="anna"), 1)
    assert not plan.is_of_earlier_source(stored(name="Bert", email="anna@example.com"), 2)


def test_a_date_decides_what_an_id_holds() -> None:
    by_id = ById(number=0, id="sub-0001", span=OCTOBER)
    assert by_id.holds(stored(created_at="2026-10-05T00:00:00.000Z"))
    assert not by_id.holds(stored(created_at="2026-11-05T00:00:00.000Z"))


@given(st.text(min_size=1, max_size=10), st.sampled_from([1, 30, 300, 3000]))
@example("::", 1025)
@example("\U0001f600", 600)
def test_whatever_is_typed_dynamodb_is_asked_nothing_that_it_refuses(text: str, times: int) -> None:
    term = text * times
    for source in Plan.of(term).sources if term.strip() else ():
        if isinstance(source, ById):
            assert 0 < len(source.id.encode()) <= PARTITION_BYTES
        else:
            assert 0 < len(source.partition.encode()) <= PARTITION_BYTES
            assert len(source.prefix.encode()) <= SORT_BYTES
            assert source.prefix or source.index == BY_OWNER, "the whole table would be found"

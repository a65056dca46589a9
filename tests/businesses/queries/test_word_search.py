"""The search for words inside names: the model of it, and that DynamoDB finds the same."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from businesses.aws.tables.business_table import BusinessTable
from businesses.queries.word_search import MOST_WORDS, Words
from tests.businesses.account import Account, business
from tests.harness.counts import count
from tests.harness.examples import examples

PIECES = st.sampled_from(
    ["zoe", "ZOË", "Flo wers", " ", "s", "'", "ß", "İ", "x@y", "::", "\U0001f600"]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=4).map("".join).filter(str.strip)


def test_words_are_compared_as_search_keys_in_any_order() -> None:
    assert Words.of("FLOWERS zo").are_in("Zoe's Flowers")
    assert Words.of("flowers example").are_in("Zoe's Flowers", "zoe@example.com")
    assert not Words.of("flowers zoo").are_in("Zoe's Flowers")
    assert not Words.of("zoe").are_in("", "")


def test_no_term_makes_the_query_too_long() -> None:
    words = Words.of(" ".join(f"w{number}" for number in range(600)))
    assert len(words.words) == MOST_WORDS
    assert len(words.query()["FilterExpression"]) < 4096  # DynamoDB takes no longer expression


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(TEXTS, min_size=1, max_size=6), term=TEXTS)
def test_dynamodb_finds_what_holds_the_words(account: Account, names: list[str], term: str) -> None:
    records = [
        business(number, name=name, owner=f"sub::{number}") for number, name in enumerate(names)
    ]
    account.write(records)
    try:
        words = Words.of(term)
        assert sorted(found(account, words)) == sorted(
            record.id for record in records if words.are_in(record.name, record.email)
        )
        count("searches for words inside names")
    finally:
        for record in records:
            account.dynamodb.delete_item(TableName=account.table_name, Key={"id": {"S": record.id}})


def found(account: Account, words: Words) -> list[Any]:
    table = BusinessTable(account.dynamodb, account.table_name)
    chunks = list(table.holding(words, 2))
    assert chunks[-1].rest is None
    return [row.record.id for chunk in chunks for row in chunk.rows]

"""The list sorted by its columns, and limited to days, as a browser gets it."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client, override_settings

from tests.businesses.account import Account, business
from tests.businesses.pages.said import LIST, leaf, messages, names, words

NAMES = ["Zoe", "anna", "Bert", "Émile", "berta"]


@pytest.fixture
def five(account: Account) -> Account:
    """Five businesses of which each was created a day after the one before, and one nameless."""
    account.deploy()
    account.write(
        business(number, name=name, created_at=f"2026-11-2{number}T23:30:00.000Z")
        for number, name in enumerate(NAMES)
    )
    account.put(business(9, created_at="2026-11-01T00:00:00.000Z"), name=None, nameKey=None)
    return account


def header(response: Any, column: str) -> tuple[str, str]:
    """Return a column's aria-sort ("" if it is not sorted), and where a click on it leads."""
    found = re.search(
        rf'<th scope="col" class="[^"]*column-{column}[^"]*"(?: aria-sort="(\w+)")?>'
        r'.*?<div class="text"><a href="([^"]*)">',
        response.content.decode(),
        re.DOTALL,
    )
    assert found, f"no sortable column {column}"
    return found[1] or "", unescape(found[2])


def test_the_columns_say_and_change_the_order(five: Account, viewer: Client) -> None:
    page = viewer.get(LIST)
    assert header(page, "created") == ("descending", "?o=created")
    assert header(page, "title") == ("", "?o=name")
    page = viewer.get(f"{LIST}?o=name")
    assert names(page) == ["anna", "Bert", "berta", "Zoe", "Émile"]
    assert header(page, "title") == ("ascending", "?o=-name")
    assert words(page, "note") == [
        "A business without a name is not in this list, as it is sorted by name."
    ]
    page = viewer.get(f"{LIST}?o=-name")
    assert names(page) == ["Émile", "Zoe", "berta", "Bert", "anna"]
    page = viewer.get(f"{LIST}?o=created")
    assert names(page) == ["owner-9@example.com", *NAMES]
    assert header(page, "created") == ("ascending", "?o=-created")


def test_leafing_keeps_the_order(account: Account, viewer: Client) -> None:
    account.deploy()
    account.write(business(number, name=f"N {999 - number}") for number in range(60))
    page = viewer.get(f"{LIST}?o=-name")
    expected = [f"N {999 - number}" for number in range(60)]
    assert names(page) == expected[:50]
    assert names(leaf(viewer, page, "Next")) == expected[50:]
    assert names(leaf(viewer, leaf(viewer, page, "Last"), "Previous")) == expected[:10]


def test_a_search_and_another_filter_leave_the_order(five: Account, viewer: Client) -> None:
    text = viewer.get(f"{LIST}?o=name").content.decode()
    assert '<input type="hidden" name="o"' not in text
    assert 'href="?created=today"' in text
    text = viewer.get(f"{LIST}?o=created").content.decode()
    assert 'href="?created=today&amp;o=created"' in text
    assert '<input type="hidden" name="o" value="created">' in text.split('class="date-range"')[1]


@pytest.mark.parametrize(
    ("address", "problem", "way"),
    [
        ("?q=b&o=name", "What a search finds", '?q=b">Leave the order out'),
        ("?from=2026-11-21&o=name", "Sorted by name", '?o=name">Leave the dates out'),
        ("?from=2026-11-21&o=name", "Sorted by name", '?from=2026-11-21">Sort by date'),
        ("?group=a&o=name", "A group cannot be sorted", '?group=a">Leave the order out'),
        ("?group=a&to=2026-11-21", "A group cannot be combined", '?group=a">Show the whole'),
    ],
)
def test_what_no_index_can_do_is_refused_in_words(
    five: Account, viewer: Client, address: str, problem: str, way: str
) -> None:
    page = viewer.get(LIST + address)
    assert names(page) == []
    assert words(page, "errornote")[0].startswith(problem)
    assert f'<a href="{way}' in page.content.decode().replace("&amp;", "&")
    assert five.aws.faults.calls("Query") == 0


@override_settings(TIME_ZONE="Europe/Berlin")
def test_days_are_the_sites(five: Account, viewer: Client) -> None:
    # Half past eleven in the evening is the next day in Berlin.
    assert names(viewer.get(f"{LIST}?from=2026-11-22&to=2026-11-23")) == ["Bert", "anna"]
    assert names(viewer.get(f"{LIST}?from=2026-11-24&o=created")) == ["Émile", "berta"]
    page = viewer.get(f"{LIST}?to=2026-11-21&created=")
    assert names(page) == ["Zoe", "owner-9@example.com"]
    assert 'name="to" value="2026-11-21"' in page.content.decode()
    assert names(viewer.get(f"{LIST}?q=b&from=2026-11-25&to=")) == ["berta"]


@pytest.mark.parametrize(
    "address",
    [
        "?from=tomorrow",
        "?to=2026-02-30",
        "?from=2026-11-02&to=2026-11-01",
        "?created=today&from=2026-11-01",
        "?o=email",
        "?o=1.2",
    ],
)
def test_what_is_not_understood_lists_nothing(five: Account, viewer: Client, address: str) -> None:
    page = viewer.get(LIST + address)
    [message] = messages(page)
    assert "in the address is not understood" in message
    assert names(page) == []

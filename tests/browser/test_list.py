"""The list in the browser: reading it, leafing, opening a row and coming back."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import RECORDS
from tests.browser.site import LIST, Site

NEWEST = [f"Business {number}" for number in range(RECORDS - 1, RECORDS - 51, -1)]
SECOND = [f"Business {number}" for number in range(RECORDS - 51, RECORDS - 101, -1)]
THIRD = [f"Business {number}" for number in range(RECORDS - 101, -1, -1)]
OLDEST = [f"Business {number}" for number in range(49, -1, -1)]


def test_the_list_is_reached_from_the_start_page(site: Site) -> None:
    site.open("/admin/")
    site.follow(site.page.locator("#site-tabs").get_by_role("link", name="Businesses"))
    assert site.names() == NEWEST


def test_the_list_shows_who_signed_up_where_and_when(site: Site) -> None:
    site.open(LIST)
    row = site.row("Business 119")
    for text in ("owner-119@example.com", "businesses", "ago"):
        expect(row).to_contain_text(text)
    expect(row.get_by_title("23 Nov 2026, 10:59:00 UTC")).to_be_visible()
    expect(site.row("Business 100")).to_contain_text("user gone")


def test_leafing_forth_and_back_shows_the_same_pages(site: Site) -> None:
    site.open(LIST)
    assert site.names() == NEWEST
    for name, shown in (
        ("Next", SECOND),
        ("Next", THIRD),
        ("Previous", SECOND),
        ("Previous", NEWEST),
        ("Oldest", OLDEST),
        ("Newest", NEWEST),
    ):
        site.leaf(name)
        assert site.names() == shown


def test_at_either_end_only_the_way_back_is_a_link(site: Site) -> None:
    site.open(LIST)
    links = site.page_links.get_by_role("link")
    expect(links).to_have_text([re.compile("Next"), re.compile("Oldest")])
    site.leaf("Oldest")
    expect(links).to_have_text([re.compile("Newest"), re.compile("Previous")])


def test_the_browsers_back_button_returns_to_the_page_that_was_left(site: Site) -> None:
    site.open(LIST)
    site.leaf("Next")
    site.follow(site.business(SECOND[7]))
    site.leave_by(site.page.go_back)
    assert site.names() == SECOND


def test_the_pages_links_stay_in_sight_while_the_list_is_scrolled(site: Site) -> None:
    site.open(LIST)
    expect(site.page_links.get_by_role("link", name="Next")).to_be_in_viewport()

"""The list of businesses in the browser and the pages it leads to: read, left and returned to."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import RECORDS
from tests.browser.site import LIST, Site
from tests.businesses.account import Account

NEWEST = [f"Business {number}" for number in range(RECORDS - 1, RECORDS - 51, -1)]
SECOND = [f"Business {number}" for number in range(RECORDS - 51, RECORDS - 101, -1)]
THIRD = [f"Business {number}" for number in range(RECORDS - 101, -1, -1)]
OLDEST = [f"Business {number}" for number in range(49, -1, -1)]
DETAIL = f"{LIST}sub-0119/change/"


def test_the_list_is_reached_read_and_leafed_forth_and_back(site: Site) -> None:
    site.open("/admin/")
    site.follow(site.page.locator("#site-tabs").get_by_role("link", name="Businesses"))
    assert site.names() == NEWEST
    row = site.row("Business 119")
    for text in ("owner-119@example.com", "businesses", "ago"):
        expect(row).to_contain_text(text)
    expect(row.get_by_title("23 Nov 2026, 10:59:00 UTC")).to_be_visible()
    expect(site.row("Business 100")).to_contain_text("user gone")
    # The links stay in sight, and at either end only the ways back are links.
    links = site.page_links.get_by_role("link")
    expect(site.page_links.get_by_role("link", name="Next")).to_be_in_viewport()
    expect(links).to_have_text([re.compile("Next"), re.compile("Oldest")])
    for name, shown in (
        ("Next", SECOND),
        ("Next", THIRD),
        ("Previous", SECOND),
        ("Previous", NEWEST),
        ("Oldest", OLDEST),
    ):
        site.leaf(name)
        assert site.names() == shown
    expect(links).to_have_text([re.compile("Newest"), re.compile("Previous")])
    site.leaf("Newest")
    assert site.names() == NEWEST


def test_the_browsers_back_button_returns_to_the_page_that_was_left(site: Site) -> None:
    site.open(LIST)
    site.leaf("Next")
    site.follow(site.business(SECOND[7]))
    site.leave_by(site.page.go_back)
    assert site.names() == SECOND


def test_a_business_is_opened_from_the_list_and_its_history_leads_back(site: Site) -> None:
    page, content = site.page, site.page.locator("#content")
    site.open(LIST)
    site.follow(site.business("Business 119"))
    assert page.url == site.address + DETAIL
    assert site.field("E-mail") == "owner-119@example.com"
    assert "businesses" in site.field("Groups")
    user = page.get_by_role("group", name="User in Cognito")
    expect(user).to_contain_text("must change the password at the next sign-in")
    page.get_by_text("Identifiers").click()
    assert site.field("ID").startswith("sub-0119")
    copies = page.get_by_role("button", name="Copy sub-0119", exact=True)
    expect(copies).to_have_count(2)  # of the id, and of the username
    expect(copies.first).to_be_visible()
    page.get_by_text("Record in DynamoDB").click()
    expect(page.locator("pre.item")).to_contain_text('"nameKey": "business 119"')
    # Nothing on the page can be changed.
    expect(content.get_by_role("textbox")).to_have_count(0)
    expect(content.get_by_role("button", name="Save")).to_have_count(0)
    site.follow(page.get_by_role("link", name="History"))
    expect(content).to_contain_text("Called the owner back.")
    site.follow(page.locator(".breadcrumbs").get_by_role("link", name="sub-0119"))
    assert page.url == site.address + DETAIL


def test_a_business_that_is_gone_is_told_in_words(site: Site) -> None:
    site.open(f"{LIST}nobody/change/", status=404)
    expect(site.page.locator("#content")).to_contain_text('no record with the id "nobody"')
    site.follow(site.page.get_by_role("link", name="All businesses"))
    assert site.names()[0] == "Business 119"


def test_dynamodb_is_down_and_comes_back(account: Account, site: Site) -> None:
    account.aws.faults.lose_connection("Query", times=2)
    site.open(LIST, status=503)
    site.check_plain_page("AWS")
    site.follow(site.page.get_by_role("link", name="Try again"))
    assert site.names()[0] == "Business 119"


def test_a_business_cannot_be_read(account: Account, site: Site) -> None:
    account.aws.faults.fail("GetItem", "AccessDeniedException")
    site.open(DETAIL, status=503)
    site.check_plain_page("AWS refused")

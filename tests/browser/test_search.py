"""Searching and filtering in the browser, and saving what was found."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils.formats import date_format
from playwright.sync_api import expect

from aws_setup.local.server import LocalAws
from businesses.records.business import Business, format_time
from tests.browser.conftest import deployed_account, in_both_looks
from tests.browser.site import LIST, Site
from tests.businesses.account import Account, business
from tests.businesses.site_user import SiteUser

NOW = datetime.now(UTC)
LONG_AGO = (NOW.replace(day=15) - timedelta(days=92)).replace(day=15)
PARTNERS = [3, 5, 7]


def partner(account: Account, number: int) -> str:
    """Create the user of one business in the group of partners; returns the `sub`."""
    username = f"sub-{number:04}"
    account.create_user(username, "partners")
    user = account.cognito.admin_get_user(UserPoolId=account.user_pool_id, Username=username)
    [sub] = [each["Value"] for each in user["UserAttributes"] if each["Name"] == "sub"]
    return str(sub)


def bakery(number: int, at: datetime, sub: str) -> Business:
    return business(
        number,
        id=sub,
        name=f"Bakery {number:03}",
        email=f"Baker-{number:03}@example.com",
        created_at=format_time(at),
    )


@pytest.fixture(scope="module")
def account(local_aws_server: LocalAws, site_user: SiteUser) -> Iterator[Account]:
    """Two and a half pages of bakeries, the half of them of some days and of some months ago."""
    with deployed_account(local_aws_server, site_user) as account:
        account.cognito.create_group(UserPoolId=account.user_pool_id, GroupName="partners")
        subs = {number: partner(account, number) for number in PARTNERS}
        account.write(
            bakery(number, at - timedelta(seconds=number), subs.get(number, f"sub-{number:04}"))
            for half, at in enumerate((NOW - timedelta(days=2), LONG_AGO))
            for number in range(half * 60, half * 60 + 60)
        )
        account.write([business(500, name="Zoo", created_at=format_time(LONG_AGO))])
        yield account


def bakeries(*numbers: int) -> list[str]:
    return [f"Bakery {number:03}" for number in numbers]


def test_what_is_searched_is_found_leafed_through_and_saved(site: Site) -> None:
    content = site.page.locator("#content")
    site.open(LIST)
    site.search("BAKERY 01")  # the beginning of a name, in any case
    assert site.names() == bakeries(*range(10, 20))
    expect(site.page.locator("#toolbar")).to_contain_text("names that begin with")
    for term in ("baker-042@", "sub-0042"):  # the beginning of an address, and a whole id
        site.search(term)
        assert site.names() == ["Bakery 042"]
    site.search("nobody")
    expect(content).to_contain_text("No business was found.")
    site.search("bakery")
    assert site.names() == bakeries(*range(50))
    assert saved(site) == bakeries(*range(120))
    site.leaf("Next")
    assert site.names() == bakeries(*range(50, 100))
    site.leaf("Next")
    assert site.names() == bakeries(*range(100, 120))
    site.leaf("Previous")
    assert site.names() == bakeries(*range(50, 100))
    expect(site.search_box).to_have_value("bakery")


def saved(site: Site) -> list[str]:
    """Save what was found as a file; return the names in it."""
    with site.page.expect_download() as download:
        site.page.get_by_role("link", name="Export as CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    text = Path(download.value.path()).read_text("utf-8-sig")
    return [row["Name"] for row in csv.DictReader(io.StringIO(text, newline=""))]


@in_both_looks
def test_filters_leave_less_and_can_be_combined_with_a_search(site: Site) -> None:
    long_ago = date_format(LONG_AGO, "F Y")
    site.open(LIST)
    site.choose("creation", "Past 7 days")
    assert site.names() == bakeries(*range(50))
    site.leaf("Next")
    assert site.names() == bakeries(*range(50, 60))
    site.choose("creation", long_ago)
    assert site.names()[:2] == ["Zoo", "Bakery 060"]
    site.choose("creation", "Past 7 days")
    site.search("bakery 05")
    assert site.names() == bakeries(*range(50, 60))
    site.choose("creation", long_ago)
    assert site.names() == []


def test_a_filter_by_group_starts_from_cognito_and_stands_alone(site: Site) -> None:
    site.open(LIST)
    site.choose("group", "partners")
    assert sorted(site.names()) == bakeries(*PARTNERS)
    site.search("bakery")
    expect(site.page.locator("#content")).to_contain_text("A group cannot be combined")


@in_both_looks
def test_search_and_filter_need_no_mouse(site: Site) -> None:
    site.open(LIST)
    filters = site.page.get_by_role("link", name="Filters and search")
    is_narrow = filters.is_visible()
    if is_narrow:
        site.tab_to(filters)
        site.page.keyboard.press("Enter")
    site.tab_to(site.search_box)
    site.page.keyboard.type("bakery 00")
    site.press_enter()
    assert site.names() == bakeries(*range(10))
    if is_narrow:
        site.tab_to(filters)
        site.page.keyboard.press("Enter")
    site.tab_to(site.page.get_by_role("link", name="Past 7 days"))
    site.press_enter()
    assert site.names() == bakeries(*range(10))

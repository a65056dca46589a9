"""The search for people and the page of one person, in the browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from aws_setup.local.server import LocalAws
from tests.browser.conftest import deployed_account
from tests.browser.site import Site
from tests.businesses.account import Account, business
from tests.businesses.onboardings import create_onboarding_table
from tests.businesses.site_user import SiteUser

SEARCH = "/admin/businesses/search/"
BURSTING = "W" * 240
RIGHT_TO_LEFT = "מאפייה \u202e abc \U0001f600"


@pytest.fixture(scope="module")
def account(local_aws_server: LocalAws, site_user: SiteUser) -> Iterator[Account]:
    """Three businesses of two people whose names are hard to show."""
    with deployed_account(local_aws_server, site_user) as account:
        account.redeploy(
            BusinessTableName=account.table_name,
            UserPoolId=account.user_pool_id,
            OnboardingTableName=create_onboarding_table(account.dynamodb),
        )
        account.write(
            [
                business(1, name=f"{BURSTING} Bakery", email=f"{'w' * 200}@example.com"),
                business(2, name=f"{RIGHT_TO_LEFT} bakery"),
                business(3, id="further", owner="sub-0002::sub-0002", name="A further one"),
            ]
        )
        for number in (1, 2):
            account.create_user(f"sub-{number:04}", "businesses")
        yield account


def search(site: Site, term: str) -> None:
    site.page.locator("#site-search").fill(term)
    site.leave_by(lambda: site.page.keyboard.press("Enter"))


def test_two_are_found_and_one_is_opened(site: Site) -> None:
    site.open("/admin/password_change/")
    search(site, "bakery")
    assert SEARCH in site.page.url
    expect(site.page.locator(".found > li")).to_have_count(2)
    site.follow(site.page.locator(".found-name").filter(has_text=BURSTING))
    assert BURSTING in site.heading
    search(site, "further")
    assert site.page.url.endswith("/admin/businesses/person/sub-0002/")
    assert "U+202E" in site.heading


def test_a_list_that_finds_nothing_leads_on(site: Site) -> None:
    site.open("/admin/businesses/business/?q=urther")
    site.follow(site.page.get_by_role("link", name="Search everywhere"))
    assert site.page.url.endswith("/admin/businesses/person/sub-0002/")


def test_the_key_types_itself_where_somebody_types(site: Site) -> None:
    site.open("/admin/")
    site.page.keyboard.press("/")
    site.page.keyboard.type("a/b")
    expect(site.page.locator("#site-search")).to_have_value("a/b")

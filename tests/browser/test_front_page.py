"""The front page in the browser: it leads to its lists."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Position, expect

from aws_setup.local.server import LocalAws
from businesses.records.business import format_time
from businesses.records.onboarding import Reason
from tests.browser.conftest import in_both_looks
from tests.browser.site import STUCK, Site
from tests.businesses.account import Account, business
from tests.businesses.onboardings import create_onboarding_table, onboarding, write_onboardings
from tests.businesses.site_user import SiteUser

LONG = "W" * 256


@pytest.fixture(scope="module")
def account(local_aws_server: LocalAws, site_user: SiteUser) -> Iterator[Account]:
    """A stack with both tables, three businesses of today, and two people who are stuck."""
    account = Account(local_aws_server, site_user)
    table = create_onboarding_table(account.dynamodb)
    account.deploy(
        BusinessTableName=account.table_name,
        UserPoolId=account.user_pool_id,
        OnboardingTableName=table,
    )
    now = format_time(timezone.now())
    account.write(business(number, created_at=now) for number in range(3))
    times = {"first_failed_at": now, "updated_at": now}
    group = onboarding(1, reason=Reason("ResourceNotFoundException", "Group not found."), **times)
    odd = onboarding(2, reason=Reason(LONG, LONG), **times)
    write_onboardings(account.dynamodb, table, group, odd)
    yield account
    account.close()


@in_both_looks
def test_the_front_page_leads_to_what_it_counts(site: Site) -> None:
    site.open("/admin/")
    chart = site.page.get_by_role("img", name="The last 30 days, day by day")
    expect(chart).to_be_visible()
    expect(chart.locator("rect.onboarded")).to_have_count(1)
    table = site.page.get_by_role("table", name="The last 30 days, the newest first")
    expect(table).to_be_hidden()
    site.tab_to(site.page.locator("summary", has_text="The same as a table"))
    site.page.keyboard.press("Enter")
    expect(table.get_by_role("row")).to_have_count(31)
    expect(table.get_by_role("row").nth(1)).to_contain_text("3")
    site.page.locator("summary", has_text="Backend.").click()
    expect(site.page.locator(".checks li").first).to_be_visible()
    site.check_width()
    bar = chart.locator("rect.stuck")
    foot: Position = {"x": 2, "y": float(bar.get_attribute("height") or 0) - 3}
    site.leave_by(lambda: bar.click(position=foot, force=True))  # the link is drawn over it
    assert site.page.url.startswith(f"{site.address}{STUCK}?failed-from=")
    site.leave_by(site.page.go_back)
    site.follow(site.page.get_by_role("link", name="The group is missing"))
    assert site.page.url.startswith(f"{site.address}{STUCK}?reason=ResourceNotFoundException")


def test_the_words_in_the_empty_search_have_the_themes_own_colour(site: Site) -> None:
    """axe does not look at them."""
    site.page.emulate_media(color_scheme="dark")
    site.open("/admin/")
    found, wanted = site.page.evaluate(
        """() => {
            const field = document.querySelector("#site-search");
            const probe = document.body.appendChild(document.createElement("i"));
            probe.style.setProperty("color", "var(--body-quiet-color)");
            return [getComputedStyle(field, "::placeholder").color, getComputedStyle(probe).color];
        }"""
    )
    assert found == wanted

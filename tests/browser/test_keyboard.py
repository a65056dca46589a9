"""The admin without a mouse."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import LOOKS, tab
from tests.browser.serve import PASSWORD, USER
from tests.browser.site import LIST, Site


@pytest.fixture(params=["light", "narrow"])
def site(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A tab of somebody who has not logged in yet."""
    with browser.new_context(**LOOKS[request.param]) as context, tab(context, address) as site:
        yield site


def test_a_day_at_work_needs_no_mouse(site: Site) -> None:
    site.open("/admin/")
    keyboard, page = site.page.keyboard, site.page
    expect(page.get_by_label("Username")).to_be_focused()
    keyboard.type(USER)
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    site.press_enter()

    site.tab_to(page.locator("#content").get_by_role("link", name="Businesses", exact=True))
    site.press_enter()
    assert page.url == site.address + LIST

    site.tab_to(site.business("Business 116"))
    site.press_enter()
    expect(page.locator("#content")).to_contain_text("owner-116@example.com")

    site.tab_to(page.get_by_role("link", name="History"))
    site.press_enter()
    site.tab_to(page.locator(".breadcrumbs").get_by_role("link", name="Businesses"))
    site.press_enter()
    assert page.url == site.address + LIST

    site.tab_to(site.page_links.get_by_role("link", name="Next"))
    site.press_enter()
    assert site.names()[0] == "Business 69"
    site.tab_to(site.page_links.get_by_role("link", name="Previous"))
    site.press_enter()
    assert site.names()[0] == "Business 119"

    site.tab_to(page.get_by_role("button", name="Log out"))
    site.press_enter()
    expect(page.locator("#content")).to_contain_text("Logged out")

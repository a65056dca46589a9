"""The admin without a mouse."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import LOOKS, tab
from tests.browser.serve import PASSWORD, USER
from tests.browser.site import IN_SIGHT, LIST, Site


@pytest.fixture(params=["light", pytest.param("narrow", marks=pytest.mark.long)])
def new_site(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A tab of somebody who has not logged in yet."""
    with browser.new_context(**LOOKS[request.param]) as context, tab(context, address) as site:
        yield site


def test_a_day_at_work_needs_no_mouse(new_site: Site) -> None:
    site = new_site
    site.open("/admin/")
    keyboard, page = site.page.keyboard, site.page
    expect(page.get_by_label("Username")).to_be_focused()
    keyboard.type(USER)
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    site.press_enter()

    site.tab_to(page.locator("#site-tabs").get_by_role("link", name="Businesses"))
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
    expect(page.locator("#content")).to_contain_text("You are logged out")


@pytest.mark.parametrize("window", ["light"], indirect=True, scope="module")
def test_keys_lead_through_the_rows_and_open_one(site: Site) -> None:
    site.open(LIST)
    keyboard, row = site.page.keyboard, site.page.locator("#result_list tbody th a")
    for key, place in {"j": 0, "jj": 2, "k": 1, "kkk": 0, "j" * 60: 49}.items():
        for each in key:
            keyboard.press(each)
        expect(row.nth(place)).to_be_focused()
        assert row.nth(place).evaluate(IN_SIGHT)
    keyboard.press("Alt+k")
    expect(row.nth(49)).to_be_focused()
    site.press_enter()
    assert site.heading == "Business 70"


@pytest.mark.parametrize("window", ["light"], indirect=True, scope="module")
def test_the_keys_are_told_and_can_be_turned_off(site: Site) -> None:
    site.open(LIST)
    keyboard, page = site.page.keyboard, site.page
    keys, first = (
        page.get_by_role("dialog", name="Keys"),
        page.locator("#result_list tbody th a").nth(0),
    )
    site.search_box.press_sequentially("j?/k")
    expect(site.search_box).to_have_value("j?/k")
    expect(keys).to_be_hidden()
    page.get_by_role("link", name="Home").focus()
    keyboard.press("?")
    expect(keys.get_by_role("button", name="Close")).to_be_focused()
    keyboard.press("j")
    expect(keys).to_contain_text("to the next row of a list")
    keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(first).not_to_be_focused()
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Use these keys in this browser").uncheck()
    keyboard.press("Escape")
    for is_new in (False, True):
        if is_new:
            page.reload()
        keyboard.press("j")
        expect(first).not_to_be_focused()
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Use these keys in this browser").check()
    page.get_by_role("button", name="Close").click()
    keyboard.press("j")
    expect(first).to_be_focused()

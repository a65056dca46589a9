"""The page of one business in the browser, and its history."""

from playwright.sync_api import expect

from tests.browser.site import LIST, Site

DETAIL = f"{LIST}sub-0119/change/"


def test_a_business_is_opened_from_the_list(site: Site) -> None:
    site.open(LIST)
    site.follow(site.business("Business 119"))
    assert site.page.url == site.address + DETAIL
    assert site.field("E-mail") == "owner-119@example.com"
    site.page.get_by_text("Identifiers").click()
    assert site.field("ID").startswith("sub-0119")
    copies = site.page.get_by_role("button", name="Copy sub-0119", exact=True)
    expect(copies).to_have_count(2)  # of the id, and of the username
    expect(copies.first).to_be_visible()
    assert "businesses" in site.field("Groups")


def test_the_record_is_shown_as_it_is_stored(site: Site) -> None:
    site.open(DETAIL)
    site.page.get_by_text("Record in DynamoDB").click()
    expect(site.page.locator("pre.item")).to_contain_text('"nameKey": "business 119"')


def test_the_user_in_cognito_is_at_hand(site: Site) -> None:
    site.open(DETAIL)
    user = site.page.get_by_role("group", name="User in Cognito")
    expect(user).to_contain_text("must change the password at the next sign-in")


def test_nothing_on_the_page_can_be_changed(site: Site) -> None:
    site.open(DETAIL)
    expect(site.page.locator("#content").get_by_role("textbox")).to_have_count(0)
    expect(site.page.locator("#content").get_by_role("button", name="Save")).to_have_count(0)


def test_the_history_is_one_click_away_and_leads_back(site: Site) -> None:
    site.open(DETAIL)
    site.follow(site.page.get_by_role("link", name="History"))
    expect(site.page.locator("#content")).to_contain_text("Called the owner back.")
    site.follow(site.page.locator(".breadcrumbs").get_by_role("link", name="sub-0119"))
    assert site.page.url == site.address + DETAIL


def test_a_business_that_is_gone_is_told_in_words(site: Site) -> None:
    site.open(f"{LIST}nobody/change/", status=404)
    expect(site.page.locator("#content")).to_contain_text('no record with the id "nobody"')
    site.follow(site.page.get_by_role("link", name="All businesses"))
    assert site.names()[0] == "Business 119"

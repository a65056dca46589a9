"""What a list shows after its rows: groups, what is newer, and a selection over its pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from aws_setup.local.server import LocalAws
from tests.browser.conftest import LOOKS, cookies
from tests.browser.serve import SUPPORTER
from tests.browser.site import LIST, STUCK, Site
from tests.businesses.account import Account, business
from tests.businesses.onboardings import create_onboarding_table, onboarding, write_onboardings
from tests.businesses.site_user import SiteUser

STUCK_ONES = 60


@pytest.fixture(scope="module")
def account(local_aws_server: LocalAws, site_user: SiteUser) -> Iterator[Account]:
    """A stack with both tables: 60 businesses, of which the newest has a user, and 60 stuck."""
    account = Account(local_aws_server, site_user)
    table = create_onboarding_table(account.dynamodb)
    account.deploy(
        BusinessTableName=account.table_name,
        UserPoolId=account.user_pool_id,
        OnboardingTableName=table,
        GroupName="businesses",
    )
    account.write(business(number) for number in range(60))
    account.create_user("sub-0059", "businesses")
    records = (onboarding(number) for number in range(STUCK_ONES))
    write_onboardings(account.dynamodb, table, *records)
    yield account
    account.close()


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """The window of Sally, who may retry."""
    with browser.new_context(storage_state=cookies(SUPPORTER), **LOOKS["light"]) as context:
        yield context


@contextmanager
def held(account: Account, operation: str, calls: int) -> Iterator[None]:
    """Let these calls wait for the end of the block, and lose their connections then."""
    is_over = threading.Event()

    def wait() -> None:
        is_over.wait()

    account.aws.faults.lose_connection(operation, times=calls, hook=wait)
    try:
        yield
    finally:
        is_over.set()


def test_a_row_is_marked_whose_e_mail_cognito_holds_otherwise(account: Account, site: Site) -> None:
    sub = account.create_user("drifted", "businesses")
    account.cognito.admin_update_user_attributes(
        UserPoolId=account.user_pool_id,
        Username="drifted",
        UserAttributes=[
            {"Name": "email", "Value": "now@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    account.write([business(465, id=sub, owner=f"{sub}::drifted")])
    site.open(f"{LIST}?q=business+4")  # a dozen, as the others would wait for the quota
    expect(site.row("Business 465").locator("td.field-listed_address")).to_contain_text(
        "e-mail changed"
    )
    expect(site.page.locator("#drift-note")).to_contain_text("A row's own page shows both values.")
    # The others come in further requests, as the quota allows.
    expect(site.page.locator("[data-late]")).to_have_count(0)
    account.dynamodb.delete_item(TableName=account.table_name, Key={"id": {"S": sub}})


def test_rows_come_before_cognito_answers_and_the_groups_after(
    account: Account, site: Site
) -> None:
    with held(account, "AdminListGroupsForUser", 1):
        site.open(LIST)
        row = site.row("Business 59")
        expect(row.locator("td.field-groups")).to_have_text("…")
        site.leaf("Next")  # while Cognito is silent
        assert len(site.names()) == 10
        site.leaf("Previous")
    expect(row.locator("td.field-groups")).to_have_text("businesses")
    expect(site.page.locator("[data-late][data-of=late-groups]")).to_have_count(0)
    expect(site.page.locator("#changelist-filter").get_by_text("businesses")).to_be_visible()


def test_newer_businesses_are_announced_once_a_minute(account: Account, site: Site) -> None:
    site.page.clock.install()
    site.open(LIST)
    newer = site.page.locator("#newer")
    account.write(business(number, name=f"New {number}") for number in (70, 71))
    before = account.aws.faults.calls("Query")
    site.page.clock.fast_forward(59_000)
    expect(newer).to_be_empty()
    assert account.aws.faults.calls("Query") == before
    site.page.clock.fast_forward(2_000)
    expect(newer).to_have_text("2 newer: show")
    assert account.aws.faults.calls("Query") == before + 1
    site.follow(newer.get_by_role("link", name="show"))
    assert site.names()[:2] == ["New 71", "New 70"]


def test_a_selection_goes_over_pages(site: Site) -> None:
    site.open(STUCK)
    boxes, line = site.page.locator("tbody input[name=_selected_action]"), "#selection"
    for place in range(3):
        boxes.nth(place).check()
    expect(site.page.locator(line)).to_be_empty()
    site.leaf("Next")
    expect(site.page.locator(line)).to_contain_text("3 selected, 3 of them on other pages")
    boxes.nth(0).check()
    expect(site.page.locator(line)).to_contain_text("4 selected, 3 of them on other pages")
    site.leaf("Previous")
    expect(boxes.nth(2)).to_be_checked()
    expect(site.page.locator(line)).to_contain_text("4 selected, 1 of them on other pages")
    site.page.get_by_label("Action:").select_option(label="Retry selected onboardings")
    site.follow(site.page.locator("button[name=index]"))
    expect(site.page.get_by_role("button", name="Retry 4 now")).to_be_visible()
    site.open(STUCK)
    expect(boxes.nth(0)).not_to_be_checked()
    boxes.nth(0).check()
    site.leaf("Next")
    site.page.get_by_role("button", name="clear").click()
    expect(site.page.locator(line)).to_be_empty()
    site.leaf("Previous")
    expect(boxes.nth(0)).not_to_be_checked()

"""While AWS is down the browser shows one plain page, in time; then the list again."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import LOOKS, served, tab
from tests.browser.site import LIST, Site
from tests.businesses.account import Account
from tests.businesses.site_user import SiteUser


def check_plain_page(site: Site, said: str) -> None:
    expect(site.page.get_by_role("heading", name="The businesses cannot be shown")).to_be_visible()
    expect(site.page.locator("#content")).to_contain_text(said)
    expect(site.page.locator("body")).not_to_contain_text("Traceback")


def test_dynamodb_is_down_and_comes_back(account: Account, site: Site) -> None:
    account.aws.faults.lose_connection("Query", times=2)
    site.open(LIST, status=503)
    check_plain_page(site, "AWS")
    site.follow(site.page.get_by_role("link", name="Try again"))
    assert site.names()[0] == "Business 119"


def test_a_business_cannot_be_read(account: Account, site: Site) -> None:
    account.aws.faults.fail("GetItem", "AccessDeniedException")
    site.open(f"{LIST}sub-0119/change/", status=503)
    check_plain_page(site, "AWS refused")


@pytest.fixture
def cut_off(site_user: SiteUser, browser: Browser, tmp_path: Path) -> Iterator[Site]:
    """A tab on a site to whose AWS no connection can be made."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    aws = {**site_user.environment, "AWS_ENDPOINT_URL": nowhere}
    with (
        served(aws, tmp_path) as address,
        browser.new_context(**LOOKS["narrow"]) as context,
        tab(context, address) as site,
    ):
        yield site


def test_without_aws_staff_can_still_log_in_and_read_the_mend(cut_off: Site) -> None:
    cut_off.log_in()
    cut_off.open(LIST, status=503)
    check_plain_page(cut_off, "Try again in a minute")

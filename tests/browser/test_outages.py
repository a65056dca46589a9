"""Without AWS the browser shows one plain page, in time."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import LOOKS, served, tab
from tests.browser.site import LIST, Site
from tests.businesses.site_user import SiteUser


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
    cut_off.check_plain_page("Try again in a minute")

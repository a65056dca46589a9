"""What all pages have in common."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, RequestFactory

from businesses.pages.errors.plain_errors import server_error
from tests.businesses.account import Account, business

LIST = "/admin/businesses/business/"
PAGES = {
    "/admin/": "Onboarding | Business onboarding",
    LIST: "Businesses | Business onboarding",
    f"{LIST}sub-0001/change/": "Business 1 | Business | Business onboarding",
    f"{LIST}sub-0001/history/": "What staff did: sub-0001 | Business onboarding",
    f"{LIST}nobody/change/": "No such business | Business onboarding",
    "/nowhere/": "No such page | Business onboarding",
}


@pytest.fixture
def deployed(account: Account) -> Account:
    account.deploy()
    account.write([business(1)])
    return account


def head_of(text: str) -> tuple[str, str]:
    """Return the page's title and the file of its icon."""
    title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
    icon = re.search(r'<link rel="icon" href="/static/([^"]*)"', text)
    assert title is not None
    assert icon is not None
    return " ".join(title[1].split()), icon[1]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_its_title_and_an_icon_that_exists(
    deployed: Account, viewer: Client, page: str
) -> None:
    title, icon = head_of(viewer.get(page).content.decode())
    assert title == PAGES[page]
    assert finders.find(icon) is not None


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_script_or_style_of_its_own(
    deployed: Account, viewer: Client, page: str
) -> None:
    text = viewer.get(page).content.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"\son\w+=", text) == []


def test_the_page_to_log_in_has_an_icon(db: None) -> None:
    assert head_of(Client().get("/admin/login/").content.decode())[0].startswith("Log in")


def test_a_failure_of_the_site_is_told_in_words() -> None:
    text = server_error(RequestFactory().get("/")).content.decode()
    assert head_of(text)[0] == "The site failed | Business onboarding"
    assert "The cause is in the server" in text

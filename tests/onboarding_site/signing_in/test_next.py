"""Where a sign-in leads: to the page that was asked for, or else to the front page."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.counts import count
from tests.harness.examples import examples

PASSWORD = "Correct-Horse-1979"
LOGIN, FRONT_PAGE = "/admin/login/", "/admin/"
# What browsers drop or read as a slash, before they go to an address.
# https://url.spec.whatwg.org/#concept-basic-url-parser
DROPPED = re.compile(r"[\t\r\n]")
PARTS = [
    *("/", "//", "\\", "http:", "https:", "javascript:", "data:", ":", "@", "?", "#", ".", "%2F"),
    *("evil.example", "testserver", "/admin/", "admin", "\t", "\r\n", "\0", " ", "\u2028", "İ"),
    *("[", "]", "[::1]", ":80", "x" * 20_000, "&next=/admin/", "ftp", "..", "\ud800"),
]
addresses = st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=6).map("".join)


@pytest.fixture
def _root(db: None) -> None:
    User.objects.create_superuser("root", password=PASSWORD)


def after_the_login(form: dict[str, str], query: str = "") -> str:
    """Return where the login leads."""
    form = {"username": "root", "password": PASSWORD, **form}
    response = Client().post(LOGIN + query, form)
    assert response.status_code == 302
    return response.headers["Location"]


@pytest.mark.usefixtures("_root")
@pytest.mark.parametrize("form", [{}, {"next": ""}, {"next": "//evil.example"}])
def test_an_absent_or_bad_address_leads_to_the_front_page(form: dict[str, str]) -> None:
    assert after_the_login(form) == FRONT_PAGE
    assert after_the_login({}, "?next=https://evil.example") == FRONT_PAGE


@pytest.mark.usefixtures("_root")
def test_a_good_address_leads_to_its_page() -> None:
    page = "/admin/auth/user/?q=a%26b"
    assert after_the_login({"next": page}) == page


@pytest.mark.usefixtures("_root")
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[*HealthCheck])
@given(address=addresses)
def test_no_address_leads_off_the_site(address: str) -> None:
    with transaction.atomic():
        sent = address.encode("utf-8", "replace").decode()
        location = after_the_login({"next": sent})
        transaction.set_rollback(True)
    assert location.isprintable()
    read = DROPPED.sub("", location).replace("\\", "/")
    there = urlsplit(urljoin(f"http://testserver{LOGIN}", read))
    assert (there.scheme, there.netloc) == ("http", "testserver")
    count("addresses to go on to")

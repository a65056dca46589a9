"""What the site answers when no view can: words, in a page or in JSON."""

import io
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings

from onboarding_site.wsgi import application
from tests.businesses.pages.onboarding.retrying import JSON, RETRY
from tests.businesses.pages.said import LIST, STUCK, said

FORM = "application/x-www-form-urlencoded"
TOO_BIG, UNREADABLE = (
    "more data or more fields than the site accepts",
    "could not make sense of the",
)
# The request, and the status and words of the answer.
REFUSED = {
    "too many fields": ("POST", RETRY, b"sub=x&" * 2000, 413, TOO_BIG),
    "too much data": ("POST", RETRY, b"sub=" + b"x" * 3_000_000, 413, TOO_BIG),
    "too many fields in the address": ("GET", RETRY + "?" + "sub=x&" * 2000, b"", 413, TOO_BIG),
    "no permission": ("GET", "/admin/auth/user/", b"", 403, "does not have the permission"),
    "no such page": ("GET", "/admin/nowhere/", b"", 404, "The address is wrong"),
    "another method": ("GET", f"{STUCK}reopen/", b"", 405, "takes another kind of request"),
    "a bad field": ("GET", f"{LIST}?_to_field=nothing", b"", 400, UNREADABLE),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_is_in_words(support: Client, kind: str) -> None:
    method, address, body, status, words = REFUSED[kind]
    page = support.generic(method, address, body, content_type=FORM)
    assert page.status_code == status
    assert words in said(page)
    script = support.generic(method, address, body, content_type=FORM, headers=JSON)
    assert script.status_code == status
    assert words in script.json()["problem"]["message"]
    assert script.json()["problem"]["hint"]


def test_a_form_without_its_token_is_refused_in_words(sally: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(sally)
    words = "did not come from a page that this site gave to this login"
    assert words in said(browser.post(RETRY, {"sub": "x"}))
    script = browser.post(RETRY, {"sub": "x"}, headers=JSON)
    assert script.status_code == 403
    assert words in script.json()["problem"]["message"]


def test_a_refusal_keeps_the_header_of_whoever_is_logged_in(support: Client) -> None:
    for page in ("/admin/auth/user/", "/nowhere/"):
        text = support.get(page).content.decode()
        assert 'id="logout-form"' in text
        assert "Business onboarding" in text


def test_who_is_logged_out_is_told_so_under_the_header(support: Client) -> None:
    response = support.post("/admin/logout/")
    assert "You are logged out" in said(response)
    assert 'id="site-name"' in response.content.decode()
    assert "quality time" not in said(response)


def test_a_host_that_is_none_is_refused_in_words(db: None) -> None:
    response = Client().get("/admin/", headers={"Host": "[evil"})
    assert (response.status_code, UNREADABLE in said(response)) == (400, True)


@pytest.mark.parametrize(
    "accept", ["", "image/png", "a;b*=none''x", f"a;b*0*={'9' * 5000}", ",;=", "text/html", "*/*"]
)
def test_whoever_does_not_ask_for_json_alone_gets_a_page(db: None, accept: str) -> None:
    response = Client().get("/nowhere/", headers={"Accept": accept})
    assert (response.status_code, "The address is wrong" in said(response)) == (404, True)


@override_settings(ALLOWED_HOSTS=["127.0.0.1"])
@pytest.mark.parametrize(
    "content_type", ["text/plain; charset=hex", "text/plain; x*=none''x", f"a/b; c*{'9' * 5000}*=d"]
)
def test_a_content_type_that_django_cannot_read_counts_as_none(db: None, content_type: str) -> None:
    environ: dict[str, Any] = {"PATH_INFO": "/nowhere/", "QUERY_STRING": "q=%FF"}
    setup_testing_defaults(environ)
    environ |= {"CONTENT_TYPE": content_type, "wsgi.input": io.BytesIO(), "HTTP_HOST": "127.0.0.1"}
    statuses = list[str]()

    def start(status: str, headers: Any, error: Any = None, /) -> Any:
        statuses.append(status)

    assert b"The address is wrong" in b"".join(application(environ, start))
    assert statuses == ["404 Not Found"]


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "utf-16"])
def test_an_address_is_utf_8_whatever_the_request_claims(db: None, charset: str) -> None:
    browser = Client()
    response = browser.get(
        "/admin/login/?next=%2B2AA-%5Cud800",
        headers={"Content-Type": f"text/plain; charset={charset}"},
    )
    assert response.status_code == 200
    assert 'name="next" value="+2AA-\\ud800"' in response.content.decode()


def test_a_cookie_with_a_nul_character_counts_as_none(db: None) -> None:
    cookie = f'{settings.SESSION_COOKIE_NAME}="\\000aaaaaaaaaaa"'
    response = Client().get("/admin/", headers={"Cookie": cookie})
    assert response.status_code == 302
    assert "sessionid" not in response.wsgi_request.COOKIES

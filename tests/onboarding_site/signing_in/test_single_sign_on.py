"""Signing in at a provider, over real HTTP."""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils.html import escape

from onboarding_site.configuration.env_file import SettingsUnusable
from onboarding_site.signing_in.models import ProviderAccount
from tests.onboarding_site.configuration.reading import settings_of
from tests.onboarding_site.signing_in.provider import EC_KEY, STRANGERS_KEY, Provider
from tests.processes import KEY

BEGIN, CALLBACK = "/single-sign-on/begin/", "/single-sign-on/callback/"
PAGE = "/admin/password_change/"


def at_provider(location: str) -> str:
    """Follow the browser to the provider; return where that sends it back to."""
    back = requests.get(location, allow_redirects=False, timeout=10).headers["Location"]
    return back.removeprefix("http://testserver")


def led_on(page: Any) -> str:
    """Return where a page leads by itself, which a form may not be redirected to."""
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    address = str(page.headers["Refresh"]).removeprefix("0; url=")
    assert f'<a href="{escape(address)}">' in page.content.decode()
    return address


def sign_in(browser: Client, query: str = "") -> Any:
    """Go to the provider and come back; return the site's answer."""
    there = browser.get(BEGIN + query)
    assert there.status_code == 302
    return browser.get(at_provider(there.headers["Location"]))


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def groups(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def test_who_is_in_a_right_group_signs_in_with_what_the_group_may_do(provider: Provider) -> None:
    browser = Client()
    answer = sign_in(browser, f"?next={PAGE}")
    assert answer.headers["Location"] == PAGE
    assert browser.get(PAGE).status_code == 200
    user = User.objects.get()
    assert (user.username, user.email) == ("sally@example.com", "sally@example.com")
    assert user.is_staff
    assert not user.is_superuser
    assert not user.has_usable_password()
    assert groups(user) == ["Support"]


def test_the_session_has_the_limits_of_every_session(provider: Provider) -> None:
    browser = Client()
    sign_in(browser)
    assert 3500 < browser.session.get_expiry_age() <= 3600


def test_the_login_page_leads_to_the_provider_and_takes_no_password(provider: Provider) -> None:
    User.objects.create_superuser("root", password="Correct-Horse-1979")
    browser = Client()
    page = browser.get("/admin/login/?next=/admin/auth/user/").content.decode()
    assert f'href="{BEGIN}?next=%2Fadmin%2Fauth%2Fuser%2F"' in page
    assert 'type="password"' not in page
    browser.post("/admin/login/", {"username": "root", "password": "Correct-Horse-1979"})
    assert not is_signed_in(browser)


@pytest.mark.parametrize("following", ["//evil.example", "https://evil.example/", "", "\0"])
def test_a_bad_address_to_go_on_to_leads_to_the_front_page(
    provider: Provider, following: str
) -> None:
    browser = Client()
    there = browser.get(BEGIN, {"next": following})
    answer = browser.get(at_provider(there.headers["Location"]))
    assert answer.headers["Location"] == "/admin/"


def test_groups_are_read_anew_at_every_sign_in(provider: Provider) -> None:
    assert provider.person is not None
    sign_in(Client())
    user = User.objects.get()
    provider.person["groups"] = ["finance"]
    sign_in(Client())
    assert groups(user) == ["Viewer"]
    provider.person["groups"] = ["finance", "support-us"]
    sign_in(Client())
    assert groups(user) == ["Support", "Viewer"]


@pytest.mark.parametrize("claim", [[], ["all"], "all", None, "Support", ["support"]])
def test_who_is_in_no_right_group_is_refused_and_loses_what_they_had(
    provider: Provider, caplog: pytest.LogCaptureFixture, claim: Any
) -> None:
    assert provider.person is not None
    earlier = Client()
    sign_in(earlier)
    user = User.objects.get()
    provider.person["groups"] = claim
    caplog.clear()
    browser = Client()
    answer = sign_in(browser)
    assert answer.status_code == 403
    assert "in none of its groups" in answer.content.decode()
    assert not is_signed_in(browser)
    user.refresh_from_db()
    assert (groups(user), user.is_staff) == ([], False)
    assert earlier.get(PAGE).status_code == 302
    line = f"Single sign-on refused for want of a group: account {user.pk} from 127.0.0.1"
    assert line in caplog.messages
    assert "sally@" not in caplog.text


def test_a_stranger_gets_no_account(provider: Provider) -> None:
    provider.person = {"sub": "stranger", "groups": []}
    assert sign_in(Client()).status_code == 403
    assert not User.objects.exists()


def test_an_account_is_who_the_provider_says_and_not_who_has_the_address(
    provider: Provider,
) -> None:
    assert provider.person is not None
    root = User.objects.create_superuser("root", email="sally@example.com")
    namesake = User.objects.create_superuser("SALLY@example.com")
    sign_in(Client())
    sally = ProviderAccount.objects.get(subject="sally-1").user
    assert sally not in (root, namesake)
    assert sally.username.startswith("sally@example.com-")
    provider.person["email"] = "sally.new@example.com"
    sign_in(Client())
    assert ProviderAccount.objects.get().user == sally
    provider.person["sub"] = "another"
    sign_in(Client())
    assert ProviderAccount.objects.count() == 2


def test_an_address_that_is_not_verified_is_not_shown(provider: Provider) -> None:
    assert provider.person is not None
    provider.person |= {"email_verified": False, "preferred_username": "sally smith"}
    sign_in(Client())
    assert (User.objects.get().username, User.objects.get().email) == ("sally-smith", "")


def test_groups_may_come_from_the_user_endpoint(provider: Provider) -> None:
    assert provider.person is not None
    del provider.person["groups"]
    provider.userinfo = {"groups": ["support-eu"]}
    sign_in(Client())
    assert groups(User.objects.get()) == ["Support"]


def test_an_account_that_is_not_active_here_is_refused(provider: Provider) -> None:
    sign_in(Client())
    User.objects.update(is_active=False)
    browser = Client()
    assert sign_in(browser).status_code == 403
    assert not is_signed_in(browser)


def test_es256_is_accepted_too(provider: Provider) -> None:
    provider.algorithm, provider.key = "ES256", EC_KEY
    assert sign_in(Client()).status_code == 302


NOW = int(time.time())
FORGERIES: dict[str, dict[str, Any]] = {
    "a stranger's signature": {"key": STRANGERS_KEY},
    "no signature": {"key": None, "algorithm": "none"},
    "a signature by the client's secret": {"key": "x" * 32, "algorithm": "HS256"},
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "another client": {"claims": {"aud": "another"}},
    "another client's part": {"claims": {"aud": ["onboarding", "b"], "azp": "b"}},
    "expired": {"claims": {"exp": NOW - 3600}},
    "not issued yet": {"claims": {"iat": NOW + 3600}},
    "no end": {"claims": {"exp": None}},
    "another sign-in": {"claims": {"nonce": "another"}},
    "no sign-in": {"claims": {"nonce": None}},
    "nobody": {"claims": {"sub": None}},
    "about somebody else": {"userinfo": {"sub": "another"}},
    "a code that is not taken": {"status": {"/token": 400}},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_the_provider_did_not_say_is_not_accepted(
    provider: Provider, caplog: pytest.LogCaptureFixture, forgery: str
) -> None:
    for name, value in FORGERIES[forgery].items():
        setattr(provider, name, value)
    browser = Client()
    answer = sign_in(browser)
    assert answer.status_code == 403
    assert "The login was not completed" in answer.content.decode()
    assert not is_signed_in(browser)
    assert not User.objects.exists()
    assert any(message.startswith("Single sign-on not accepted") for message in caplog.messages)
    assert "sally@" not in caplog.text


def test_an_answer_is_taken_once_and_by_the_browser_that_asked(provider: Provider) -> None:
    browser, stranger = Client(), Client()
    back = at_provider(browser.get(BEGIN).headers["Location"])
    stranger.get(BEGIN)
    assert stranger.get(back).status_code == 403
    assert Client().get(back).status_code == 403
    assert browser.get(back).status_code == 302
    assert browser.get(back).status_code == 403
    assert Client().get(CALLBACK).status_code == 403


@pytest.mark.parametrize(
    "fault",
    [
        {"status": {"/.well-known/openid-configuration": 503}},
        {"discovery": {"issuer": "https://evil.example"}},
        {"discovery": {"token_endpoint": ""}},
        {"status": {"/token": 502}},
        {"status": {"/jwks": 500}},
    ],
)
def test_while_the_provider_is_away_a_page_says_so(
    provider: Provider, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    for name, value in fault.items():
        setattr(provider, name, value)
    browser = Client()
    answer = browser.get(BEGIN)
    if answer.status_code == 302:
        answer = browser.get(at_provider(answer.headers["Location"]))
    assert answer.status_code == 503
    assert "The single sign-on does not answer" in answer.content.decode()
    assert "The provider of single sign-on cannot be used: " in caplog.text


def test_pages_need_no_provider_once_somebody_is_signed_in(provider: Provider) -> None:
    browser = Client()
    sign_in(browser)
    provider.asked.clear()
    assert browser.get(PAGE).status_code == 200
    assert provider.asked == []


def test_the_discovery_document_is_kept(provider: Provider) -> None:
    for _ in range(3):
        sign_in(Client())
    assert provider.asked.count("/.well-known/openid-configuration") == 1


def later(**much: int) -> Any:
    return time_machine.travel(datetime.now(UTC) + timedelta(**much), tick=False)


def test_a_session_is_renewed_by_way_of_the_provider(provider: Provider) -> None:
    assert provider.person is not None
    browser = Client()
    sign_in(browser)
    begun = browser.session["signed_in_at"]
    provider.person["groups"] = ["finance"]
    with later(minutes=16):
        there = browser.get(f"{PAGE}?a=b")
        assert (
            there.headers["Location"]
            == f"{BEGIN}?next=%2Fadmin%2Fpassword_change%2F%3Fa%3Db&renew=1"
        )
        location = led_on(browser.get(there.headers["Location"]))
        assert "prompt=none" in location
        back = browser.get(at_provider(location))
        assert back.headers["Location"] == f"{PAGE}?a=b"
        assert browser.get(PAGE).status_code == 200
        assert groups(User.objects.get()) == ["Viewer"]
        assert browser.session["signed_in_at"] == begun


def test_who_is_no_longer_logged_in_at_the_provider_logs_in_again(provider: Provider) -> None:
    browser = Client()
    sign_in(browser)
    provider.person = None
    with later(minutes=16):
        location = led_on(browser.get(browser.get(f"{PAGE}?a=b").headers["Location"]))
        answer = browser.get(at_provider(location))
        assert not is_signed_in(browser)
        assert answer.headers["Location"] == f"/admin/login/?next={quote(PAGE, '')}%3Fa%3Db"
        page = browser.get(answer.headers["Location"]).content.decode()
        assert "You are no longer logged in" in page
        assert f"next={quote(PAGE, '')}%3Fa%3Db" in page


def test_what_scripts_do_is_let_through_for_an_hour_more(provider: Provider) -> None:
    browser, data = Client(), {"accept": "application/json"}
    sign_in(browser)
    for minutes in (16, 50):
        with later(minutes=minutes):
            assert browser.post(PAGE, headers=data).status_code == 200
    with later(minutes=76):
        assert browser.post(PAGE, headers=data).status_code == 302
        assert not is_signed_in(browser)
        assert "You are no longer logged in" in browser.get("/admin/login/").content.decode()


def test_signing_out_ends_at_a_plain_page(provider: Provider) -> None:
    browser = Client()
    sign_in(browser)
    answer = browser.post("/admin/logout/")
    assert "You are logged out" in answer.content.decode()
    assert not is_signed_in(browser)


def test_a_group_that_the_site_has_no_more_gives_nothing(provider: Provider) -> None:
    Group.objects.filter(name="Support").delete()
    assert sign_in(Client()).status_code == 403


def test_refusals_lock_nobody_out(provider: Provider) -> None:
    assert provider.person is not None
    provider.person["groups"] = []
    for _ in range(6):
        assert sign_in(Client()).status_code == 403
    provider.claims = {"nonce": "another"}
    for _ in range(6):
        assert sign_in(Client()).status_code == 403
    provider.claims = {}
    provider.person["groups"] = ["finance"]
    assert sign_in(Client()).status_code == 302


def test_a_package_that_is_missing_is_one_line_with_the_mend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "mozilla_django_oidc", None)
    given = {"OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "a"}
    given |= {"OIDC_CLIENT_SECRET": "b", "OIDC_VIEWER_GROUPS": "c"}
    with pytest.raises(SettingsUnusable) as caught:
        settings_of({"ENV_FILE": os.devnull, "SECRET_KEY": KEY, **given})
    [line] = str(caught.value).splitlines()
    assert "run pip install -r deploy/requirements.txt" in line

"""How long somebody stays signed in."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, override_settings

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
PAGE = "/admin/password_change/"  # asks no AWS
DATA = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def browser(db: None) -> Client:
    """The browser of somebody who signs in at 9 o'clock."""
    client = Client()
    with time_machine.travel(START, tick=False):
        client.force_login(User.objects.create_user("vera", is_staff=True))
    return client


def is_signed_in(browser: Client, minutes: float, headers: dict[str, str] | None = None) -> bool:
    """Return whether a page so long after the sign-in is shown, and not the login."""
    with time_machine.travel(START + timedelta(minutes=minutes), tick=False):
        response = browser.get(PAGE, **(headers or {}))  # type: ignore[arg-type]
    assert response.status_code in {200, 302}
    return response.status_code == 200


def test_who_does_nothing_for_the_idle_time_is_signed_out(browser: Client) -> None:
    assert is_signed_in(browser, 59)
    assert is_signed_in(browser, 118)
    assert not is_signed_in(browser, 178.5)


def test_who_goes_on_all_the_time_is_signed_out_after_the_hours(browser: Client) -> None:
    for minute in range(0, 480, 50):
        assert is_signed_in(browser, minute)
    assert is_signed_in(browser, 479)
    assert not is_signed_in(browser, 480)


def test_what_a_page_fetches_by_itself_does_not_keep_anybody_signed_in(browser: Client) -> None:
    for minute in range(0, 60, 5):
        assert is_signed_in(browser, minute, DATA)
    assert not is_signed_in(browser, 60, DATA)


def test_what_somebody_sends_keeps_them_signed_in(browser: Client) -> None:
    with time_machine.travel(START + timedelta(minutes=59), tick=False):
        browser.post(PAGE, {}, headers={"accept": "application/json"})
    assert is_signed_in(browser, 118)


@override_settings(SESSION_COOKIE_AGE=3600, SESSION_IDLE_MINUTES=5)
def test_the_settings_count_for_whoever_signs_in_afterwards(db: None) -> None:
    browser = Client()
    with time_machine.travel(START, tick=False):
        browser.force_login(User.objects.create_user("vera", is_staff=True))
    assert not is_signed_in(browser, 5.5)


def test_a_session_of_before_the_limits_gets_them(browser: Client) -> None:
    with time_machine.travel(START, tick=False):
        session = browser.session
        for name in ("signed_in_at", "used_at", "_session_expiry"):
            del session[name]
        session.save()
    assert is_signed_in(browser, 5)
    assert not is_signed_in(browser, 66)


def test_a_session_that_ended_is_removed_with_the_others(browser: Client) -> None:
    with time_machine.travel(START + timedelta(minutes=61), tick=False):
        call_command("clearsessions")
        assert not browser.session.exists(str(browser.session.session_key))


def test_the_cookie_lasts_no_longer_than_the_session(browser: Client) -> None:
    with time_machine.travel(START + timedelta(minutes=450), tick=False):
        browser.force_login(User.objects.get(username="vera"))
    with time_machine.travel(START + timedelta(minutes=470), tick=False):
        response = browser.get(PAGE)
    assert response.cookies["sessionid"]["max-age"] == 3600


def test_the_login_page_says_that_a_session_has_ended_but_not_who_logged_out(db: None) -> None:
    User.objects.create_user("vera", password="Correct-Horse-1979", is_staff=True)
    form = {"username": "vera", "password": "Correct-Horse-1979", "next": PAGE}
    login = "/admin/login/"
    words = "You are no longer logged in. A session ends after 60 minutes without a click, or after"
    browser = Client()
    with time_machine.travel(START, tick=False):
        assert words not in browser.get(login).content.decode()
        assert browser.post(login, form).status_code == 302
        assert browser.cookies["signedin"]["httponly"]
    assert not is_signed_in(browser, 61)
    with time_machine.travel(START + timedelta(minutes=62), tick=False):
        text = browser.get(login).content.decode()
        assert words in text
        assert "back where you were" not in text
        text = browser.get(login, {"next": PAGE}).content.decode()
        assert "Log in, and you are back where you were." in text
        browser.post(login, form)
        browser.post("/admin/logout/")
        assert words not in browser.get(login).content.decode()

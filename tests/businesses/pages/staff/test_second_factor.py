"""The second factor of accounts with a password."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from businesses.pages.staff.second_factor.recovery_codes import digest
from tests.businesses.pages.said import said

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
PASSWORD = "Correct-Horse-1979"
MINE, CODE, PAGE = "/admin/second-factor/", "/admin/second-factor/code/", "/admin/auth/user/"


@pytest.fixture
def clock() -> Any:
    """The time, which stands still until it is moved."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", password=PASSWORD)


def with_password(name: str = "root") -> Client:
    """Return a browser after the right password."""
    browser = Client()
    form = {"username": name, "password": PASSWORD, "next": PAGE}
    assert browser.post("/admin/login/", form).status_code == 302
    return browser


def code_of(device: TOTPDevice) -> str:
    """Return what the app shows now."""
    return f"{TOTP(device.bin_key).token():06}"


def set_up(browser: Client) -> list[str]:
    """Set the second factor up; return the recovery codes, as they are shown."""
    browser.get(MINE)
    page = browser.post(MINE, {"code": code_of(TOTPDevice.objects.get())})
    return re.findall(r"<code>([a-z2-7-]+)</code>", page.content.decode())


def asked(browser: Client) -> str:
    """Return where a page leads to, two redirects on; "" if it is shown."""
    answer = browser.get(PAGE)
    if answer.status_code == 200:
        return ""
    return str(browser.get(answer.headers["Location"]).headers["Location"])


def test_without_one_the_password_is_enough(root: User) -> None:
    assert asked(with_password()) == ""


def test_whoever_set_one_up_is_asked_for_a_code_from_then_on(clock: Any, root: User) -> None:
    browser, other = with_password(), with_password()
    set_up(browser)
    assert asked(browser) == ""
    assert asked(other) == f"{CODE}?next=%2Fadmin%2Fauth%2Fuser%2F"
    clock.shift(timedelta(minutes=1))
    another = with_password()
    page = asked(another)
    code = code_of(TOTPDevice.objects.get())
    assert another.get(page).status_code == 200
    assert another.post(page, {"code": code[:3] + " " + code[3:], "next": PAGE}).headers[
        "Location"
    ] == (PAGE)
    assert asked(another) == ""


def test_before_the_code_the_site_shows_nothing_of_itself(clock: Any, root: User) -> None:
    set_up(with_password())
    page = with_password().get(CODE).content.decode()
    assert "Your password was right" in page
    assert "Stuck onboardings" not in page
    assert PAGE not in page


@pytest.mark.parametrize("code", ["", "000000", "abc", "1" * 41, "٣" * 6, "\0"])
def test_a_wrong_code_lets_nobody_in(clock: Any, root: User, code: str) -> None:
    set_up(with_password())
    clock.shift(timedelta(minutes=1))
    browser = with_password()
    answer = browser.post(CODE, {"code": code})
    assert answer.status_code == 200
    assert 'class="errornote"' in answer.content.decode()
    assert asked(browser)


def test_a_code_counts_once(clock: Any, root: User) -> None:
    set_up(with_password())
    browser = with_password()
    answer = browser.post(CODE, {"code": code_of(TOTPDevice.objects.get())})
    assert "it was used already" in said(answer)
    assert asked(browser)


def test_guessing_takes_twice_as_long_each_time(clock: Any, root: User) -> None:
    set_up(with_password())
    clock.shift(timedelta(minutes=5))
    browser = with_password()
    for seconds, wait in ((1, "1 second,"), (2, "2 seconds,"), (4, "4 seconds,")):
        browser.post(CODE, {"code": "000000"})
        right = browser.post(CODE, {"code": code_of(TOTPDevice.objects.get())})
        assert f"Wait {wait}" in said(right)
        clock.shift(timedelta(seconds=seconds))
    assert browser.post(CODE, {"code": code_of(TOTPDevice.objects.get())}).status_code == 302


def test_each_recovery_code_lets_in_once(clock: Any, root: User) -> None:
    codes = set_up(with_password())
    assert len(codes) == len(set(codes)) == 10
    browser = with_password()
    assert browser.post(CODE, {"code": codes[0].upper().replace("-", " ")}).status_code == 302
    assert asked(browser) == ""
    again = with_password()
    assert again.post(CODE, {"code": codes[0]}).status_code == 200
    clock.shift(timedelta(seconds=2))
    assert again.post(CODE, {"code": codes[1]}).status_code == 302
    assert "You have 8 recovery codes left" in said(again.get(MINE))


def test_the_database_does_not_know_the_recovery_codes(clock: Any, root: User) -> None:
    codes = set_up(with_password())
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert kept == {digest(code) for code in codes}
    assert not any(code.replace("-", "")[:8] in token for code in codes for token in kept)


def test_new_recovery_codes_replace_the_old_ones(clock: Any, root: User) -> None:
    browser = with_password()
    old = set_up(browser)
    clock.shift(timedelta(minutes=1))
    assert "not the code" in said(browser.post(MINE, {"code": "000000", "codes": "on"}))
    clock.shift(timedelta(minutes=1))
    page = browser.post(MINE, {"code": code_of(TOTPDevice.objects.get()), "codes": "on"})
    new = re.findall(r"<code>([a-z2-7-]+)</code>", page.content.decode())
    assert len(new) == 10
    assert not set(new) & set(old)
    assert with_password().post(CODE, {"code": old[0]}).status_code == 200
    assert page.headers["Cache-Control"] == (
        "max-age=0, no-cache, no-store, must-revalidate, private"
    )


def test_it_is_removed_with_a_code(clock: Any, root: User) -> None:
    browser = with_password()
    recovery = set_up(browser)
    clock.shift(timedelta(minutes=1))
    assert "six digits" in said(browser.post(MINE, {"code": recovery[0], "remove": "on"}))
    right = {"code": code_of(TOTPDevice.objects.get()), "remove": "on"}
    assert browser.post(MINE, right).status_code == 302
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    assert asked(with_password()) == ""


def test_before_the_code_nobody_removes_or_replaces_it(clock: Any, root: User) -> None:
    set_up(with_password())
    clock.shift(timedelta(minutes=1))
    browser = with_password()
    assert browser.get(MINE).headers["Location"] == CODE
    code = code_of(TOTPDevice.objects.get())
    assert browser.post(MINE, {"code": code, "remove": "on"}).headers["Location"] == CODE
    assert TOTPDevice.objects.get().confirmed


@override_settings(REQUIRE_SECOND_FACTOR=True)
def test_if_it_is_required_it_has_to_be_set_up_first(clock: Any, root: User) -> None:
    browser = with_password()
    assert asked(browser) == f"{MINE}?next=%2Fadmin%2Fauth%2Fuser%2F"
    page = browser.get(MINE).content.decode()
    assert "This site asks for a second factor" in page
    wrong = browser.post(MINE, {"code": "000000"})
    assert "not the code" in said(wrong)
    clock.shift(timedelta(seconds=2))
    assert len(set_up(browser)) == 10
    assert asked(browser) == ""


def test_the_page_shows_the_key_as_a_picture_and_as_text(clock: Any, root: User) -> None:
    page = with_password().get(MINE).content.decode()
    assert re.search(r'<svg [^>]*class="segno"', page)
    assert "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
    assert "data:" not in page
    [key] = re.findall(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert key.replace(" ", "") in TOTPDevice.objects.get().config_url
    assert with_password().get(MINE).content.decode().count(key) == 1


def test_a_superuser_takes_it_from_who_lost_it(clock: Any, root: User) -> None:
    sally = User.objects.create_user("sally", password=PASSWORD, is_staff=True)
    set_up(with_password("sally"))
    form = {"action": "remove_second_factor", "_selected_action": [sally.pk, root.pk]}
    answer = with_password().post(PAGE, form, follow=True)
    assert "Removed the second factor of sally." in answer.content.decode()
    assert with_password("sally").get("/admin/").status_code == 200
    again = with_password().post(PAGE, form, follow=True)
    assert "No selected account has a second factor." in again.content.decode()
    entry = LogEntry.objects.latest("pk")
    assert (entry.user, entry.object_id) == (root, str(sally.pk))
    assert "Removed the second factor." in said(with_password().get(f"{PAGE}{sally.pk}/history/"))


def test_who_is_no_superuser_cannot(clock: Any, root: User) -> None:
    set_up(with_password())
    sally = User.objects.create_user("sally", password=PASSWORD, is_staff=True)
    sally.user_permissions.add(*root.user_permissions.model.objects.all())
    browser = with_password("sally")
    assert "remove_second_factor" not in browser.get(PAGE).content.decode()
    browser.post(PAGE, {"action": "remove_second_factor", "_selected_action": [root.pk]})
    assert TOTPDevice.objects.exists()


def test_an_operator_takes_it_away_with_a_command(clock: Any, root: User) -> None:
    set_up(with_password())
    out = StringIO()
    call_command("reset_second_factor", "root", stdout=out)
    assert "The second factor was removed." in out.getvalue()
    assert asked(with_password()) == ""
    assert "A command removed the second factor." in said(
        with_password().get(f"{PAGE}{root.pk}/history/")
    )
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("reset_second_factor", "root")
    with pytest.raises(CommandError, match="no account with this name"):
        call_command("reset_second_factor", "nobody")


def test_the_keys_of_others_have_no_page(clock: Any, root: User) -> None:
    for app in ("otp_totp/totpdevice", "otp_static/staticdevice", "axes/accessattempt"):
        assert with_password().get(f"/admin/{app}/").status_code == 404


def test_who_is_no_staff_is_led_to_the_login(clock: Any, root: User) -> None:
    for page in (MINE, CODE):
        for method in ("get", "post"):
            answer = getattr(Client(), method)(page)
            assert answer.headers["Location"].startswith("/admin/login/")


def test_a_bad_address_to_go_on_to_leads_to_the_front_page(clock: Any, root: User) -> None:
    set_up(with_password())
    clock.shift(timedelta(minutes=1))
    form = {"code": code_of(TOTPDevice.objects.get()), "next": "//evil.example"}
    assert with_password().post(CODE, form).headers["Location"] == "/admin/"

"""Who fails to sign in too often is locked out, and nobody else."""

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding_site.signing_in.client_address import client_address, locked_address
from tests.harness.counts import count
from tests.harness.examples import examples

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LOG = "onboarding_site.signing_in.log"
PASSWORD, TYPED = "Correct-Horse-1979", "wrong-but-secret"
HERE, THERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture
def sally(db: None) -> User:
    return User.objects.create_user(
        "sally@example.com", password=PASSWORD, is_staff=True, email="sally@example.com"
    )


def log_in(
    name: str, password: str, *, at: str = HERE, after: timedelta = timedelta(), **headers: Any
) -> Any:
    """Send the login form at noon, or so much later, from an address."""
    with time_machine.travel(NOON + after, tick=False):
        form = {"username": name, "password": password}
        return Client(REMOTE_ADDR=at, **headers).post("/admin/login/", form)


def fail(name: str, times: int = 5, **where: Any) -> Any:
    """Fail so often; return the last answer."""
    return [log_in(name, TYPED, **where) for _ in range(times)][-1]


def test_the_fifth_wrong_password_locks_the_name_at_this_address(sally: User) -> None:
    assert fail(sally.username, 4).status_code == 200
    assert fail(sally.username, 1).status_code == 429
    assert log_in(sally.username, PASSWORD).status_code == 429
    assert log_in(sally.username, PASSWORD, at=THERE).status_code == 302


def test_the_page_says_when_to_try_again_and_that_is_true(sally: User) -> None:
    page = fail(sally.username)
    assert page.headers["Retry-After"] == "900"
    text = page.content.decode()
    assert "for the next 15 minutes" in text
    assert "12:15 UTC" in text
    later = log_in(sally.username, PASSWORD, after=timedelta(minutes=14))
    assert later.status_code == 429
    assert "for the next 1 minute, that is until" in later.content.decode()
    assert "12:15 UTC" in later.content.decode()
    after = timedelta(minutes=15, seconds=1)
    assert log_in(sally.username, PASSWORD, after=after).status_code == 302


def test_who_signs_in_in_between_begins_anew(sally: User) -> None:
    fail(sally.username, 4)
    fail("another", 4)
    assert log_in(sally.username, PASSWORD).status_code == 302
    assert fail(sally.username, 4).status_code == 200
    assert fail("another", 1).status_code == 429


def test_another_name_at_the_address_is_not_locked(sally: User) -> None:
    assert fail("somebody").status_code == 429
    assert log_in(sally.username, PASSWORD).status_code == 302


def test_an_address_that_tries_many_names_is_locked_for_all(sally: User) -> None:
    for number in range(13):
        fail(f"name{number}", 4)
    assert log_in(sally.username, PASSWORD).status_code == 429
    assert log_in(sally.username, PASSWORD, at=THERE).status_code == 302


def test_names_that_look_the_same_are_counted_as_one(sally: User) -> None:
    fail("\N{FULLWIDTH LATIN SMALL LETTER S}ally@example.com", 3)
    assert fail(sally.username, 2).status_code == 429


def test_who_has_a_whole_network_cannot_begin_anew_with_each_address(sally: User) -> None:
    answers = [fail(sally.username, 1, at=f"2001:db8:1:2::{number:x}") for number in range(1, 6)]
    assert answers[-1].status_code == 429
    assert log_in(sally.username, PASSWORD, at="2001:db8:1:3::1").status_code == 302


def test_a_stranger_neither_chooses_an_address_nor_locks_out_another(sally: User) -> None:
    for number in range(5):
        answer = fail(sally.username, 1, HTTP_X_FORWARDED_FOR=f"{THERE}, 10.0.0.{number}")
    assert answer.status_code == 429
    assert log_in(sally.username, PASSWORD, at=THERE).status_code == 302


@override_settings(TRUSTED_PROXIES=1)
def test_behind_a_proxy_the_client_is_whom_the_proxy_names(sally: User) -> None:
    proxy = "10.0.0.1"
    for number in range(5):
        forwarded = f"{THERE}, 192.0.2.{number}, {HERE}"
        answer = fail(sally.username, 1, at=proxy, HTTP_X_FORWARDED_FOR=forwarded)
    assert answer.status_code == 429
    of_another = log_in(sally.username, PASSWORD, at=proxy, HTTP_X_FORWARDED_FOR=THERE)
    assert of_another.status_code == 302


numbers = st.integers(0, 255)
strangers = st.lists(
    st.sampled_from([HERE, THERE, "unknown", "_x", "[::1]:80", "1.2.3.4:5", "", " ", "::1", "\xff"])
    | st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=5),
    max_size=6,
)


@settings(max_examples=examples(300), deadline=None)
@given(written=strangers, own=st.integers(0, 4))
def test_what_a_stranger_writes_does_not_count(written: list[str], own: int) -> None:
    proxies = [f"10.0.0.{number}" for number in range(own)]
    seen = [*(each.replace("\n", "") for each in written), HERE, *proxies]
    server, forwarded = seen.pop(), ", ".join(seen)
    request: Any = type("Request", (), {})()
    request.META = {"REMOTE_ADDR": server}
    if seen:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    with override_settings(TRUSTED_PROXIES=own):
        assert str(client_address(request)) == locked_address(request) == HERE
    count("X-Forwarded-For with what a stranger wrote")


@pytest.mark.parametrize(
    ("unlock", "argument"),
    [("axes_reset_username", "sally@example.com"), ("axes_reset_ip", HERE), ("axes_reset", None)],
)
def test_an_operator_ends_the_wait(sally: User, unlock: str, argument: str | None) -> None:
    fail(sally.username)
    call_command(unlock, *[argument] if argument else [])
    assert log_in(sally.username, PASSWORD).status_code == 302


def test_each_event_is_one_line_without_a_name(
    sally: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "onboarding_site")
    fail(sally.username, 5)
    fail(PASSWORD, 1)
    log_in(sally.username, PASSWORD)
    client = Client(REMOTE_ADDR=THERE)
    client.post("/admin/login/", {"username": sally.username, "password": PASSWORD})
    client.post("/admin/logout/")
    client.post("/admin/logout/")
    of_sally = f"account {sally.pk}"
    lines = [record.getMessage() for record in caplog.records if record.name == LOG]
    assert lines == [
        *[f"Sign-in refused: {of_sally} from {HERE}"] * 4,
        f"Locked out: {of_sally} from {HERE}",
        f"Sign-in refused: no known account from {HERE}",
        f"Locked out: {of_sally} from {HERE}",
        f"Signed in: {of_sally} from {THERE}",
        f"Signed out: {of_sally} from {THERE}",
    ]


def test_nothing_that_was_typed_is_kept(sally: User) -> None:
    address = "/admin/login/?next=/admin/businesses/search/%3Fq%3Dann@example.com"
    Client().post(address, {"username": PASSWORD, "password": TYPED, "next": "ann@example.com"})
    fail(sally.username, 1)
    kept = str([list(row) for row in AccessAttempt.objects.values_list()])
    assert not any(word in kept for word in (PASSWORD, TYPED, "ann@example.com"))
    assert re.search("'[0-9a-f]{64}'|'[0-9a-f]{40}'", kept)


def test_failures_are_kept_no_longer_than_they_count(sally: User) -> None:
    fail("somebody", 3)
    log_in(sally.username, PASSWORD, after=timedelta(minutes=16))
    assert not AccessAttempt.objects.exists()
    assert not AccessLog.objects.exists()

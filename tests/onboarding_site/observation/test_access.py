"""The one line that the log has of each request."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from tests.harness.counts import count
from tests.onboarding_site.observation.log import Lines, json_lines, text
from tests.onboarding_site.test_database_outage import ADDRESSES

UseFile = Callable[[str], Path]
PERSON = "maria.rossi@example.com"
LINE_BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"]


def access(lines: Lines) -> Lines:
    return [line for line in lines if line["logger"].endswith(".access")]


@pytest.fixture
def staff(db: None) -> Client:
    User.objects.create_superuser("root", pk=7)
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get())
    return client


def test_a_request_is_one_line(staff: Client) -> None:
    with json_lines() as lines:
        answer = staff.get(f"/admin/auth/user/?q={PERSON}")
    assert answer.status_code == 200
    [line] = lines
    assert line.pop("duration_ms") >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line.pop("time"))
    assert line.pop("message").startswith("GET admin:auth_user_changelist 200 in ")
    assert line == {
        "level": "INFO",
        "logger": "onboarding_site.observation.access",
        "request_id": answer["X-Request-ID"],
        "user_id": "7",
        "method": "GET",
        "view": "admin:auth_user_changelist",
        "status": 200,
        "aws_calls": 0,
        "cause": None,
    }


def test_who_logs_in_or_out_is_named_by_id(db: None) -> None:
    User.objects.create_superuser("root", password="correct horse", pk=7)
    client = Client()
    with json_lines() as lines:
        client.post("/admin/login/", {"username": "root", "password": "correct horse"})
        client.get("/admin/password_change/")
        client.post("/admin/logout/")
        client.get("/admin/login/")
    assert [line["user_id"] for line in access(lines)] == ["7", "7", None, None]
    assert "root" not in str(lines)


@pytest.mark.parametrize(
    ("sent", "is_kept"),
    [
        ("0123456789abcdef0123456789abcdef", True),
        ("9b2f1d3e-8f43-4a57-9b1e-1f6a5f9a0c11", True),
        ("short", False),
        ("a" * 65, False),
        (PERSON, False),
        ("12345678\n", False),
        ('12345678", "status": 200', False),
    ],
)
def test_an_id_is_taken_from_the_proxy_if_it_is_one(
    staff: Client, sent: str, is_kept: bool
) -> None:
    with json_lines() as lines:
        answer = staff.get("/admin/auth/user/", headers={"X-Request-ID": sent})
    [line] = lines
    assert line["request_id"] == answer["X-Request-ID"]
    assert (answer["X-Request-ID"] == sent) == is_kept
    assert re.fullmatch(r"[A-Za-z0-9_-]{8,64}", answer["X-Request-ID"])


def test_a_refused_host_is_one_line_without_a_traceback(staff: Client) -> None:
    with json_lines() as lines:
        assert staff.get("/admin/", SERVER_NAME="evil.example").status_code == 400
    [line] = lines
    assert (line["level"], line["status"]) == ("INFO", 400)
    assert line["cause"].startswith("Invalid HTTP_HOST header: 'evil.example'.")
    assert "exc_info" not in line


@pytest.mark.parametrize("address", ["/nowhere", "/admin/auth/user/1/nowhere/"])
def test_what_is_not_found_is_one_line(staff: Client, address: str) -> None:
    with json_lines() as lines:
        assert staff.get(address).status_code in {302, 404}
    [line] = lines
    assert line["level"] == "INFO"


def test_a_503_is_an_error_with_its_cause(database_file: UseFile) -> None:
    file = database_file("?timeout=0.01")
    file.write_bytes(b"no database" * 1000)
    with json_lines() as lines:
        page = Client().get("/admin/login/")
    [line] = lines
    assert (line["level"], line["status"]) == ("ERROR", 503)
    assert line["cause"].startswith("The site's database cannot be used: file is not a database.")
    assert f"<code>{line['request_id']}</code>" in page.content.decode()


def test_a_fault_of_the_site_has_its_traceback_and_its_request(
    staff: Client,
) -> None:
    with (
        override_settings(ROOT_URLCONF="tests.onboarding_site.observation.faulty"),
        json_lines() as lines,
    ):
        page = staff.get(f"/fails/?q={PERSON}")
    fault, line = lines
    assert line["status"] == 500
    assert fault["request_id"] == line["request_id"] == page["X-Request-ID"]
    assert "LookupError: nobody called [e-mail]" in fault["exc_info"]
    assert page["X-Request-ID"] in page.content.decode()


@pytest.mark.parametrize("debug", [True, False])
def test_no_address_and_no_query_is_in_any_line(staff: Client, debug: bool) -> None:
    addresses = [
        f"/admin/auth/user/?q={PERSON}",
        f"/admin/auth/user/?q={PERSON.replace('@', '%40')}&o=2",
        f"/admin/auth/user/?unknown={PERSON}",
        f"/admin/{PERSON}/",
        f"/admin/auth/user/{PERSON}/change/",
        f"/{PERSON}?{PERSON}",
        f"/fails/?q={PERSON}",
        f"/admin/login/?next=/admin/auth/user/%3Fq={PERSON}",
    ]
    with (
        override_settings(DEBUG=debug, ROOT_URLCONF="tests.onboarding_site.observation.faulty"),
        json_lines() as lines,
        text() as written,
    ):
        for address in addresses:
            for host in ("testserver", "evil.example", PERSON):
                staff.get(address, SERVER_NAME=host, headers={"Referer": f"http://h/?{PERSON}"})
                staff.post(address, {"q": PERSON}, SERVER_NAME=host)
    count("requests with an e-mail address", len(access(lines)))
    assert len(access(lines)) == len(addresses) * 6
    for part in ("maria", "rossi", "example.com"):
        assert part not in str(lines).lower()
        assert part not in written.getvalue().lower()


def test_no_page_of_the_site_logs_what_was_looked_for(staff: Client) -> None:
    query = {
        "q": "Maria Rossi",
        "sub": PERSON,
        "next": f"/admin/?q={PERSON}",
        "unknown": "Maria Rossi",
    }
    with json_lines() as lines, text() as written:
        for address in ADDRESSES:
            for send in (staff.get, staff.post):
                send(f"{address}?{urlencode(query)}", headers={"Accept": "application/json"})
                send(address, query)
            staff.force_login(User.objects.get())  # one of them logs out
    count("requests with an e-mail address", len(access(lines)))
    assert len(access(lines)) == 4 * len(ADDRESSES)
    for part in ("maria", "rossi", "example.com"):
        assert part not in str(lines).lower()
        assert part not in written.getvalue().lower()


@pytest.mark.parametrize("line_break", LINE_BREAKS)
def test_nobody_can_write_a_line_of_their_own(staff: Client, line_break: str) -> None:
    forged = f"x{line_break}2026-11-27 12:00:00,000 ERROR forged: line"
    with json_lines() as lines, text() as written:
        staff.get("/" + forged)
        staff.get("/admin/auth/user/", headers={"X-Request-ID": forged})
        staff.get("/admin/", SERVER_NAME=forged)
        logging.getLogger("businesses").warning("AWS says: %s", forged)
    assert len(lines) == 4
    entries = written.getvalue().splitlines()
    assert len(entries) == written.getvalue().count("\n")
    assert not [entry for entry in entries if entry.startswith("2026-11-27 12:00:00,000")]

"""The businesses as a CSV file."""

import csv
import io
import logging
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from businesses.backend import get_backend
from businesses.exceptions import BackendUnavailable
from businesses.models import HistoryEntry
from businesses.pages.business.export import COLUMNS
from businesses.pages.live.export import export_response, safe_cell
from businesses.queries.business_plan import EVERYTHING
from businesses.queries.paging import Cursor, Page
from businesses.records.business import Business
from tests.businesses.account import Account, business
from tests.businesses.conftest import logged_in
from tests.businesses.pages.onboarding.test_retry_troubles import unwritable_history

LIST = "/admin/businesses/business/"
EXPORT = f"{LIST}export/"


def pieces(response: Any) -> Iterator[bytes]:
    assert response.status_code == 200
    assert response.streaming
    yield from response.streaming_content


def rows(content: bytes) -> list[list[str]]:
    """Read a file as a spreadsheet does that knows its encoding and separator."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def exported(browser: Client, **parameters: str) -> list[list[str]]:
    """Return the lines of the file that a browser saves, without the headings."""
    [headings, *lines] = rows(b"".join(pieces(browser.get(EXPORT, parameters))))
    assert tuple(headings) == COLUMNS.headings
    return lines


def small_pages(*, limit: int = 100) -> StreamingHttpResponse:
    def read_page(cursor: Cursor, size: int) -> Page[Business]:
        return get_backend().business_page(EVERYTHING, cursor, size)

    return export_response(
        read_page,
        COLUMNS,
        limit=limit,
        today=date(2026, 11, 23),
        user_id=7,
        begin=lambda: lambda *_: None,
        page_size=2,
    )


@pytest.fixture
def deployed(account: Account) -> Account:
    account.deploy()
    return account


def test_every_business_is_a_line_newest_first(deployed: Account, support: Client) -> None:
    deployed.write(business(number) for number in range(60))
    lines = exported(support)
    assert [line[0] for line in lines] == [f"Business {number}" for number in range(59, -1, -1)]
    at = "2026-11-23T09:59:00.000Z"
    who = ["sub-0059", "sub-0059::sub-0059"]
    assert lines[0] == ["Business 59", "owner-59@example.com", "businesses", at, at, *who, ""]


def test_an_odd_record_has_a_line_that_says_what_is_wrong(
    deployed: Account, support: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "businesses.pages.live.export")
    deployed.write([business(1)])
    deployed.put(business(2), name={"N": "1E40"}, email=None)
    odd, fine = exported(support)
    assert odd[:3] == ["", "", "businesses"]
    assert odd[-1] == "name is a number instead of text."
    assert fine[-1] == ""
    assert "exported 2 businesses, 1 of them odd: complete." in caplog.text


def test_the_file_is_what_spreadsheets_need(deployed: Account, support: Client) -> None:
    deployed.write([business(1, name='Müller, "Söhne"\nund 東京')])
    response = support.get(EXPORT)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = f"businesses-{timezone.localdate().isoformat()}.csv"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in response.headers["Cache-Control"]
    content = b"".join(pieces(response))
    assert content.startswith(b'\xef\xbb\xbf"Name","E-mail",')
    assert content.endswith(b'"\r\n')
    assert rows(content)[1][0] == 'Müller, "Söhne"\nund 東京'


def test_an_empty_table_is_a_file_of_headings(deployed: Account, support: Client) -> None:
    assert exported(support) == []


def test_nothing_is_asked_of_cognito(deployed: Account, support: Client) -> None:
    deployed.write(business(number) for number in range(60))
    exported(support)
    calls = deployed.aws.faults.calls
    assert (calls("Query"), calls("AdminListGroupsForUser"), calls("ListUsers")) == (1, 0, 0)


def test_one_page_is_read_at_a_time(deployed: Account) -> None:
    deployed.write(business(number) for number in range(7))
    parts = pieces(small_pages())
    assert [deployed.aws.faults.calls("Query") for _ in parts] == [1, 1, 2, 3, 4]


def test_a_business_that_signs_up_meanwhile_moves_nothing(deployed: Account) -> None:
    deployed.write(business(number, minute=number // 3) for number in range(6))
    parts = pieces(small_pages())
    content = next(parts) + next(parts)
    deployed.write([business(99)])
    content += b"".join(parts)
    assert [line[5] for line in rows(content)[1:]] == [f"sub-000{n}" for n in range(5, -1, -1)]


def test_a_limit_that_cuts_is_said_in_the_last_line(deployed: Account) -> None:
    deployed.write(business(number) for number in range(6))
    [*lines, last] = rows(b"".join(pieces(small_pages(limit=5))))[1:]
    assert [line[0] for line in lines] == [f"Business {number}" for number in range(5, 0, -1)]
    assert len(last) == 1
    assert last[0].startswith("CUT OFF AFTER 5 BUSINESSES: ")
    assert "EXPORT_ROW_LIMIT" in last[0]


def test_a_limit_that_just_suffices_cuts_nothing(deployed: Account) -> None:
    deployed.write(business(number) for number in range(6))
    lines = rows(b"".join(pieces(small_pages(limit=6))))[1:]
    assert [line[0] for line in lines] == [f"Business {number}" for number in range(5, -1, -1)]


@override_settings(EXPORT_ROW_LIMIT=3)
def test_the_limit_is_a_setting_and_the_list_names_it(deployed: Account, support: Client) -> None:
    deployed.write(business(number) for number in range(4))
    assert "Export as CSV (at most 3 rows)" in support.get(LIST).content.decode()
    assert [line[0] for line in exported(support)][-1].startswith("CUT OFF AFTER 3 BUSINESSES")


def test_the_list_leads_to_the_export_of_all_its_pages(deployed: Account, support: Client) -> None:
    deployed.write(business(number) for number in range(60))
    deployed.write([business(99, name="Another")])
    first = support.get(LIST, {"q": "business"}).content.decode()
    found = re.search(r'<a href="([^"]*)" rel="next"', first)
    assert found is not None
    second = support.get(LIST + unescape(found[1])).content.decode()
    for page in (first, second):
        link = re.search(r'<a href="([^"]*)">Export as CSV [(]at most 10,000 rows[)]</a>', page)
        assert link is not None
        assert unescape(link[1]) == f"{EXPORT}?q=business"
    names = [line[0] for line in exported(support, q="business")]
    assert sorted(names) == sorted(f"Business {number}" for number in range(60))
    assert names == sorted(names)


def test_the_filter_by_creation_holds_for_the_export(deployed: Account, support: Client) -> None:
    deployed.write([business(1), business(2, created_at="2026-10-31T23:59:59.999Z")])
    assert [line[5] for line in exported(support, created="2026-10")] == ["sub-0002"]
    assert [line[5] for line in exported(support, created="2026-11", q="business")] == ["sub-0001"]


def test_the_members_of_a_group_are_exported_page_by_page(
    deployed: Account, support: Client
) -> None:
    for number in range(61):
        deployed.create_user(f"user-{number}", "businesses")
    users = deployed.cognito.get_paginator("list_users").paginate(UserPoolId=deployed.user_pool_id)
    subs = [
        each["Value"]
        for page in users
        for user in page["Users"]
        for each in user["Attributes"]
        if each["Name"] == "sub"
    ]
    deployed.write(business(number, id=sub) for number, sub in enumerate(subs))
    deployed.write([business(99)])
    assert sorted(line[5] for line in exported(support, group="businesses")) == sorted(subs)
    assert deployed.aws.faults.calls("ListUsersInGroup") == 2


def test_what_the_list_refuses_the_list_explains(deployed: Account, support: Client) -> None:
    both = support.get(EXPORT, {"group": "businesses", "q": "x"})
    assert both.headers["Location"] == f"{LIST}?group=businesses&q=x"
    never = support.get(EXPORT, {"created": "never"})
    assert never.headers["Location"] == f"{LIST}?created=never"
    nobody = support.get(EXPORT, {"group": "nobody"})
    assert nobody.status_code == 404
    assert "no group &quot;nobody&quot;" in nobody.content.decode()


def test_a_list_without_rows_offers_no_export(deployed: Account, support: Client) -> None:
    assert "Export as CSV" not in support.get(LIST).content.decode()


def test_a_filter_that_does_not_exist_is_not_passed_over(
    deployed: Account, support: Client
) -> None:
    response = support.get(EXPORT, {"name": "x"})
    assert response.status_code == 302
    assert response.headers["Location"] == f"{LIST}?name=x"


def test_what_fails_before_the_first_line_is_the_plain_page(
    account: Account, support: Client
) -> None:
    response = support.get(EXPORT)
    assert response.status_code == 503
    assert "The businesses cannot be shown" in response.content.decode()


def test_what_fails_in_the_middle_ends_the_file_with_a_line_and_the_connection(
    deployed: Account,
) -> None:
    deployed.write(business(number) for number in range(7))
    parts = pieces(small_pages())
    content = next(parts) + next(parts)
    deployed.aws.faults.fail("Query", "InternalServerError", status=500, times=2)
    content += next(parts)
    [first, second, last] = rows(content)[1:]
    assert [first[0], second[0]] == ["Business 6", "Business 5"]
    assert last[0].startswith("INCOMPLETE, BROKEN OFF AFTER 2 BUSINESSES: AWS could not answer")
    assert "are missing" in last[0]
    # A server that gets an error from a response under way drops the connection.
    with pytest.raises(BackendUnavailable):
        next(parts)


def test_who_exported_how_much_is_logged_without_names(
    deployed: Account, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    deployed.write(business(number) for number in range(3))
    user = User.objects.create_superuser("root@example.com")
    with caplog.at_level(logging.INFO, logger="businesses"):
        exported(logged_in(user))
    signed_in, export, access = caplog.messages
    assert signed_in == f"Signed in: account {user.pk} from an unknown address"
    assert export == f"User {user.pk} exported 3 businesses: complete."
    assert access.startswith("GET admin:businesses_business_export 200 in ")


def test_who_breaks_an_export_off_is_logged_too(
    deployed: Account, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    deployed.write(business(number) for number in range(5))
    response = small_pages()
    parts = pieces(response)
    with caplog.at_level(logging.INFO, logger="businesses"):
        assert [next(parts), next(parts)]
        response.close()
    assert caplog.messages == ["User 7 exported 2 businesses: stopped by the browser."]
    assert deployed.aws.faults.calls("Query") == 1


@pytest.mark.parametrize("parameters", [{}, {"q": "x"}])
def test_who_may_not_see_the_list_may_not_export_it(
    deployed: Account, db: None, parameters: dict[str, str]
) -> None:
    anonymous = Client().get(EXPORT, parameters)
    assert anonymous.headers["Location"].startswith("/admin/login/")
    staff = logged_in(User.objects.create_user("sam", is_staff=True))
    assert staff.get(EXPORT, parameters).status_code == 403
    assert deployed.aws.faults.calls("Query") == 0


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ("a\n=1", "a\n'=1"),
        ("a; -1", "a;' -1"),
        ('a;"=1', "a;'\"=1"),
        ("1-1=0", "1-1=0"),
        ("a@b.c", "a@b.c"),
        ("a, -b", "a, -b"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n;,\" 'ax\uff1d")))
def test_no_cell_is_a_formula_whatever_the_list_separator_is(text: str) -> None:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(["first", safe_cell(text), "last"])
    for separator in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=separator):
            for cell in row:
                assert not re.match(r"\s*[=+\-@\uff1d]", cell), (separator, cell)


def test_a_hostile_business_is_only_text_in_the_file(deployed: Account, support: Client) -> None:
    hostile = "=cmd|' /C calc'!A0"
    record = business(1, name=hostile, email=f"a;{hostile}", group_name=f"-{hostile}")
    deployed.write([record])
    [line] = exported(support)
    assert line[:3] == [f"'{hostile}", f"a;'{hostile}", f"'-{hostile}"]


# The history of exports


def entries() -> list[tuple[str, str, str]]:
    """Return who did what about no single record, oldest first."""
    found = HistoryEntry.objects.filter(object_id="").order_by("pk")
    return [(each.staff_name, each.action, each.message) for each in found]


def test_the_history_says_who_exported_what_and_how_many_but_names_nobody(
    deployed: Account, support: Client
) -> None:
    deployed.write(business(number) for number in range(3))
    parts = pieces(support.get(EXPORT, {"q": "owner-1@example.com", "created": "2026-11"}))
    begun = "Export begun: a search by e-mail address, created: 2026-11."
    assert entries() == [("sally", "export_begun", begun)]
    assert b"Business 1" in b"".join(parts)
    assert entries()[1:] == [("sally", "exported", "Exported 1 business: complete.")]


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ({}, "all businesses"),
        ({"q": "Business"}, "a search by ID or name or e-mail address"),
        ({"q": "Ann Ltd"}, "a search by name or e-mail address"),
        ({"q": "a::b"}, "a search by owner"),
        ({"q": "0" * 8 + "-0000-4000-8000-000000000000"}, "a search by ID or owner"),
        ({"created": "2026-10"}, "created: 2026-10"),
        ({"group": "businesses"}, "members of the group “businesses”"),
    ],
)
def test_the_filter_is_described_without_its_term(
    deployed: Account, support: Client, parameters: dict[str, str], what: str
) -> None:
    exported(support, **parameters)
    assert entries()[0][2] == f"Export begun: {what}."


def test_who_asks_for_the_head_alone_begins_no_export(deployed: Account, support: Client) -> None:
    assert support.head(EXPORT).status_code == 405
    assert entries() == []


def test_nothing_is_exported_that_the_history_cannot_take(
    deployed: Account, support: Client
) -> None:
    deployed.write([business(1)])
    with unwritable_history("LIKE 'Export begun%'"):
        response = support.get(EXPORT)
    assert response.status_code == 503
    text = response.content.decode()
    assert "The history could not be written (disk full)." in text
    assert "Business 1" not in text


def test_an_end_that_the_history_cannot_take_is_logged_and_the_file_is_whole(
    deployed: Account, support: Client, caplog: pytest.LogCaptureFixture
) -> None:
    deployed.write([business(1)])
    with unwritable_history("LIKE 'Exported%'"):
        [line] = exported(support)
    assert line[0] == "Business 1"
    assert "The end of an export is missing in the history." in caplog.text
    assert [action for _, action, _ in entries()] == ["export_begun"]


def test_a_refused_export_leaves_an_entry(deployed: Account, viewer: Client) -> None:
    assert viewer.get(EXPORT).status_code == 403
    assert entries() == [("vera", "refused", "Refused for lack of permission: export.")]
    assert deployed.aws.faults.calls("Query") == 0


def test_a_refusal_stands_even_if_the_history_cannot_take_it(
    deployed: Account, viewer: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with unwritable_history("LIKE 'Refused%'"):
        assert viewer.get(EXPORT).status_code == 403
    assert "A refusal is missing in the history." in caplog.text

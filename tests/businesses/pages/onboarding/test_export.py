"""The stuck onboardings as a CSV file."""

import csv
import io
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings

from businesses.models import HistoryEntry
from businesses.records.onboarding import COMPLETED, TRIGGER, Attempt, Onboarding, Reason
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import Deployed
from tests.businesses.odd_records import harmless, stuck_item, unusable
from tests.businesses.onboardings import THROTTLED, minute, onboarding, write_onboardings
from tests.businesses.pages.onboarding.retrying import RETRY, batch, begin, results
from tests.businesses.pages.said import STUCK, messages, names, said
from tests.harness.counts import count

EXPORT = f"{STUCK}export/"
MONDAY, TUESDAY, WEDNESDAY = (f"2026-11-{day}T09:30:00.000Z" for day in (23, 24, 25))
ON_TUESDAY = {"failed-from": "2026-11-24", "failed-to": "2026-11-24"}


def exported(browser: Client, **parameters: str) -> list[dict[str, str]]:
    """Return the lines of the file that a browser saves."""
    response: Any = browser.get(EXPORT, parameters)
    assert response.status_code == 200
    assert response.streaming
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def write(deployed: Deployed, *records: Onboarding) -> None:
    write_onboardings(deployed.dynamodb, deployed.table.name, *records)


def failed(number: int, first: str, last: str, **changes: Any) -> Onboarding:
    return onboarding(number, first_failed_at=first, updated_at=last, **changes)


def entries() -> list[tuple[str, str, str]]:
    found = HistoryEntry.objects.filter(object_id="").order_by("pk")
    return [(each.kind, each.action, each.message) for each in found]


def test_a_line_says_who_is_stuck_why_and_since_when(deployed: Deployed, support: Client) -> None:
    reason = Reason("ResourceNotFoundException", "Group not found.")
    attempts = (
        Attempt.failed(minute(1), TRIGGER, THROTTLED),
        Attempt.failed(minute(9), "sally", reason),
    )
    write(deployed, onboarding(1, reason=reason, attempts=attempts, name="=1+1"))
    [line] = exported(support)
    assert line == {
        "E-mail": "owner-1@example.com",
        "Name": "'=1+1",
        "Sub": "sub-0001",
        "Username": "sub-0001",
        "Status": "stuck",
        "Reason": "The group is missing",
        "Type": "ResourceNotFoundException",
        "First failed (UTC)": attempts[0].at,
        "Last attempt (UTC)": attempts[1].at,
        "Attempts": "2",
        "Problems": "",
    }


def test_all_that_first_failed_on_tuesday_are_listed_and_exported_whatever_was_tried_since(
    deployed: Deployed, support: Client
) -> None:
    write(
        deployed,
        failed(1, MONDAY, MONDAY),
        failed(2, MONDAY, TUESDAY),
        failed(3, TUESDAY, TUESDAY),
        failed(4, TUESDAY, WEDNESDAY),
        failed(5, WEDNESDAY, WEDNESDAY),
        failed(6, "", TUESDAY, source="staff"),
        failed(7, TUESDAY, WEDNESDAY, status=COMPLETED),
    )
    page = support.get(STUCK, ON_TUESDAY)
    assert names(page) == ["owner-4@example.com", "owner-3@example.com"]
    assert "Retry all that match (2)" in said(page)
    link = re.search(r'<a href="([^"]*)">Export as CSV', page.content.decode())
    assert link is not None
    assert unescape(link[1]) == f"{EXPORT}?failed-from=2026-11-24&failed-to=2026-11-24"
    assert [line["Sub"] for line in exported(support, **ON_TUESDAY)] == ["sub-0004", "sub-0003"]
    [mended] = exported(support, **ON_TUESDAY, status="completed")
    assert (mended["Sub"], mended["Status"]) == ("sub-0007", "completed")
    changed = exported(support, **{"failed-to": "2026-11-23", "from": "2026-11-24"})
    assert [line["Sub"] for line in changed] == ["sub-0002"]
    run = begin(support, f"{RETRY}?all=1&keep=1&{urlencode(ON_TUESDAY)}")
    assert set(results(batch(support, run))) == {"sub-0003", "sub-0004"}


def test_no_odd_record_breaks_the_file(deployed: Deployed, support: Client) -> None:
    changes = [*unusable(), *harmless()]
    items = [stuck_item(number, **change) for number, change in enumerate(changes)]
    for item in items:
        deployed.dynamodb.put_item(TableName=deployed.table.name, Item=item)
    lines = exported(support)
    assert {line["Sub"] for line in lines} == {item["sub"]["S"] for item in items}
    assert {len(line) for line in lines} == {11}
    assert sum(bool(line["Problems"]) for line in lines) > len([*unusable()]) / 2
    count("odd records exported", len(lines))


def test_a_search_is_exported_as_it_was_found(deployed: Deployed, support: Client) -> None:
    write(deployed, onboarding(8001), onboarding(8002))
    assert [line["Sub"] for line in exported(support, q="sub-8002")] == ["sub-8002"]
    assert [line["Sub"] for line in exported(support, q="owner-8001@example.com")] == ["sub-8001"]
    [sub] = deployed.stuck(1)
    mail = deployed.record(sub).email
    deployed.set_attributes(sub, email=mail)
    deployed.dynamodb.update_item(
        TableName=deployed.table.name,
        Key={"sub": {"S": sub}},
        UpdateExpression="SET email = :as_typed",
        ExpressionAttributeValues={":as_typed": {"S": mail.upper()}},
    )
    mail = f"{mail[0].upper()}{mail[1:]}"  # neither as it is recorded nor in lower case
    assert names(support.get(STUCK, {"q": mail})) == [mail.upper()]
    assert [line["Sub"] for line in exported(support, q=mail)] == [sub]


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ({}, "onboardings, status: stuck"),
        ({"q": "sub-0001"}, "a search by sub"),
        (
            {"q": "owner-1@example.com", "source": "trigger"},
            "onboardings, status: stuck, a search by e-mail address, recorded by the trigger",
        ),
        (
            {"failed-to": "2026-11-24", "changed": "today"},
            "onboardings, status: stuck, first failed: any day to 2026-11-24, last changed: today",
        ),
        (
            {"status": "out-of-group", "reason": "ResourceNotFoundException"},
            "onboardings, status: not in its group, reason: The group is missing",
        ),
        (
            {"failed-from": "2026-11-24"},
            "onboardings, status: stuck, first failed: 2026-11-24 to any day",
        ),
    ],
)
def test_the_history_says_what_was_exported_and_how_many_but_names_nobody(
    deployed: Deployed, support: Client, parameters: dict[str, str], what: str
) -> None:
    lines = exported(support, **parameters)
    noun = "onboarding" if len(lines) == 1 else "onboardings"
    assert entries() == [
        ("onboarding", "export_begun", f"Export begun: {what}."),
        ("onboarding", "exported", f"Exported {len(lines)} {noun}: complete."),
    ]


@override_settings(EXPORT_ROW_LIMIT=2)
def test_a_limit_that_cuts_is_said_in_the_last_line(deployed: Deployed, support: Client) -> None:
    write(deployed, *(onboarding(number) for number in range(3)))
    lines = exported(support)
    assert lines[-1]["E-mail"].startswith("CUT OFF AFTER 2 ONBOARDINGS: there are more onboardings")


@pytest.mark.parametrize(
    ("granted", "is_allowed"),
    [
        (("view_onboarding", "export_onboarding"), True),
        (("view_onboarding", "export_business"), False),
        (("export_onboarding",), False),
    ],
)
def test_an_export_needs_its_own_permission(
    deployed: Deployed, db: None, granted: tuple[str, ...], is_allowed: bool
) -> None:
    write(deployed, onboarding(1))
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=granted))
    browser = logged_in(user)
    assert ("Export as CSV" in browser.get(STUCK).content.decode()) == is_allowed
    assert browser.get(EXPORT).status_code == (200 if is_allowed else 403)


def test_a_viewer_may_not_export_and_the_history_says_so(
    deployed: Deployed, viewer: Client
) -> None:
    assert viewer.get(EXPORT).status_code == 403
    refused = "Refused for lack of permission: export."
    assert entries() == [("onboarding", "refused", refused)]


@pytest.mark.parametrize("odd", [{"failed": "x"}, {"failed-from": "2026-11-25", "failed-to": "x"}])
def test_what_the_list_refuses_the_list_explains(
    deployed: Deployed, support: Client, odd: dict[str, str]
) -> None:
    response = support.get(EXPORT, odd, follow=True)
    assert response.request["PATH_INFO"] == STUCK
    assert "is not understood" in messages(response)[0]

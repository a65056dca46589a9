"""The list of stuck onboardings, over the deployed stack."""

import re
import socket
from datetime import timedelta
from typing import Any, Literal
from unicodedata import normalize

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from businesses.aws.status import check_sweep
from businesses.models import Sweep
from businesses.records.business import format_time
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    FAILED,
    MOST_ATTEMPTS,
    OUT_OF_GROUP,
    SWEEP,
    Attempt,
    Reason,
)
from businesses.records.staff_marks import Dismissal
from businesses.records.times import exact_time
from businesses.sweep.lease import KILLED
from tests.businesses.account import REGION, STACK_NAME
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import minute, onboarding, write_onboardings
from tests.businesses.pages.said import (
    STUCK,
    cells,
    choices,
    chosen,
    leaf,
    messages,
    names,
    said,
    words,
)

BUSY = "AWS had too much to do"
RETRY_ALL = "Retry all"
FORBIDDEN = Reason("GroupNotAllowed", "The group is not among those that may be joined.")


def write(deployed: Deployed, *records: Any) -> None:
    write_onboardings(deployed.dynamodb, deployed.table.name, *records)


def emails(*numbers: int) -> list[str]:
    return [f"owner-{number}@example.com" for number in numbers]


def test_the_newest_failure_is_first_and_every_column_is_filled(
    deployed: Deployed, viewer: Client
) -> None:
    first, second = onboarding(1), onboarding(2)
    again = Attempt.failed(minute(9), "sally", FORBIDDEN)
    write(deployed, first.after(again, minute(9)), second)
    response = viewer.get(STUCK)
    assert names(response) == emails(1, 2)
    assert [cell.strip() for cell in cells(response, "listed_name")] == ["Business 1", "Business 2"]
    assert cells(response, "group_name") == []
    assert words(response, "quiet")[0] == "All rows: group businesses. Recorded by the trigger."
    assert cells(response, "reason") == [
        "Nobody may join this group GroupNotAllowed",
        f"{BUSY} TooManyRequestsException",
    ]
    assert cells(response, "attempt_count") == ["2", "1"]
    assert cells(response, "first_failed") == [
        "23 Nov 2026, 09:01:00 UTC",
        "23 Nov 2026, 09:02:00 UTC",
    ]
    assert cells(response, "last_attempt") == [
        "23 Nov 2026, 09:09:00 UTC",
        "23 Nov 2026, 09:02:00 UTC",
    ]
    assert cells(response, "source") == []
    assert f'title="{FORBIDDEN.message}"' in response.content.decode()


def test_nothing_stuck_is_good_news(deployed: Deployed, viewer: Client) -> None:
    response = viewer.get(STUCK)
    assert "No onboarding is known to be stuck." in said(response)
    assert RETRY_ALL not in said(response)


def test_a_record_with_next_to_nothing_in_it_is_shown(deployed: Deployed, viewer: Client) -> None:
    item = {"sub": "bare", "status": "FAILED", "updatedAt": format_time(minute(1))}
    deployed.dynamodb.put_item(
        TableName=deployed.table.name, Item={name: {"S": text} for name, text in item.items()}
    )
    response = viewer.get(STUCK)
    [link] = names(response)
    assert link == "bare odd record"
    assert 'title="The record has no username.' in response.content.decode()
    [note] = words(response, "note")
    assert note.startswith("1 record on this page is odd.")
    assert cells(response, "reason") == ["No reason is recorded"]
    assert viewer.get(f"{STUCK}bare/change/").status_code == 200


def test_pages_lead_there_and_back(deployed: Deployed, viewer: Client) -> None:
    write(deployed, *(onboarding(number) for number in range(120)))
    first = viewer.get(STUCK)
    second = leaf(viewer, first, "Next", STUCK)
    third = leaf(viewer, second, "Next", STUCK)
    assert names(first) == emails(*range(119, 69, -1))
    assert names(second) == emails(*range(69, 19, -1))
    assert names(third) == emails(*range(19, -1, -1))
    assert names(leaf(viewer, third, "Previous", STUCK)) == names(second)
    assert names(leaf(viewer, first, "Oldest", STUCK)) == emails(*range(49, -1, -1))


def test_a_page_whose_rows_were_settled_says_so(deployed: Deployed, viewer: Client) -> None:
    write(deployed, *(onboarding(number) for number in range(60)))
    token = leaf(viewer, viewer.get(STUCK), "Next", STUCK).request["QUERY_STRING"]
    deployed.forget_onboardings()
    response = viewer.get(f"{STUCK}?{token}")
    assert "The records that were on this page have moved. Start again with the newest." in said(
        response
    )


def test_the_first_filters_are_status_source_and_reason(deployed: Deployed, viewer: Client) -> None:
    write(
        deployed,
        onboarding(1),
        onboarding(2, reason=FORBIDDEN),
        onboarding(3, source=SWEEP, reason=Reason("NoBusiness", "No Business.")),
        onboarding(4),
    )
    response = viewer.get(STUCK)
    assert chosen(response)[:3] == ["Stuck", "All", "All"]
    # The most frequent first.
    assert list(choices(response, "reason")) == [
        "All",
        BUSY,
        "The Business is missing",
        "Nobody may join this group",
    ]
    by_reason = viewer.get(STUCK + choices(response, "reason")["Nobody may join this group"])
    assert names(by_reason) == emails(2)
    assert chosen(by_reason)[:3] == ["Stuck", "All", "Nobody may join this group"]
    swept = viewer.get(STUCK + choices(response, "source")["Sweep (no trigger ran)"])
    assert names(swept) == emails(3)
    assert list(choices(swept, "reason")) == ["All", "The Business is missing"]
    neither = viewer.get(f"{STUCK}?source=sweep&reason=GroupNotAllowed")
    assert names(neither) == []
    unseen = "Nobody may join this group (GroupNotAllowed)"
    assert chosen(neither)[:3] == ["Stuck", "Sweep (no trigger ran)", unseen]


def test_types_that_mean_the_same_are_one_choice(deployed: Deployed, viewer: Client) -> None:
    throttled = Reason("DynamoDB:ThrottlingException", "Rate exceeded.")
    write(deployed, onboarding(1), onboarding(2, reason=FORBIDDEN), onboarding(3, reason=throttled))
    address = choices(viewer.get(STUCK), "reason")[BUSY]
    response = viewer.get(STUCK + address)
    assert names(response) == emails(3, 1)
    assert chosen(response)[2] == BUSY


def test_completed_ones_are_those_of_the_last_ninety_days(
    deployed: Deployed, viewer: Client
) -> None:
    now = timezone.now()
    times = {1: now - timedelta(days=91, hours=1), 2: now - timedelta(days=89), 3: now}
    write(
        deployed,
        *(
            onboarding(number, status=COMPLETED, updated_at=format_time(at))
            for number, at in times.items()
        ),
        onboarding(4),
    )
    response = viewer.get(f"{STUCK}?status=completed")
    assert names(response) == emails(3, 2)
    assert cells(response, "reason") == ["completed", "completed"]
    assert RETRY_ALL not in said(response)


def test_dismissed_ones_say_why(deployed: Deployed, viewer: Client) -> None:
    dismissal = Dismissal(by="sally", at=format_time(minute(5)), reason="A test account")
    write(deployed, onboarding(1, status=DISMISSED, dismissal=dismissal))
    assert names(viewer.get(STUCK)) == []
    response = viewer.get(f"{STUCK}?status=dismissed")
    assert names(response) == emails(1)
    assert cells(response, "reason") == [f"dismissed {BUSY} TooManyRequestsException"]
    assert 'title="By sally: A test account"' in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        *("status=lost", "source=me", "reason=" + "x" * 1025, "colour=red", "o=1", "o=-created"),
        "status=completed&status=dismissed",
        "q=owner-1@example.com&q=owner-2@example.com",
    ],
)
def test_an_address_that_no_filter_makes_lists_nothing_and_says_so(
    deployed: Deployed, viewer: Client, query: str
) -> None:
    deployed.stuck(1)
    for address in (f"{STUCK}?{query}", f"{STUCK}?{query}&e=1"):
        response = viewer.get(address)
        [message] = messages(response)
        assert f"“{query.rpartition('&')[2][:50]}" in message
        assert "is not understood" in message
        assert names(response) == []
        assert choices(response, "status")["Stuck"] == "?"


@pytest.mark.parametrize("term", ["owner-2@example.com", "Owner-2@Example.com", "sub-0002"])
def test_a_search_finds_an_address_or_a_sub(deployed: Deployed, viewer: Client, term: str) -> None:
    write(deployed, *(onboarding(number) for number in range(4)))
    response = viewer.get(STUCK, {"q": term})
    assert names(response) == emails(2)
    what = "e-mail address" if "@" in term else "sub"
    assert f"Searched for exactly the {what} “{term}”." in said(response)
    assert RETRY_ALL not in said(response)


def test_a_search_that_looked_at_a_part_says_so_and_leads_on(
    deployed: Deployed, viewer: Client
) -> None:
    write(deployed, *(onboarding(number) for number in range(1100)))
    response = viewer.get(STUCK, {"q": "owner-0@example.com"})
    assert "None of the 951 records that were checked matches." in said(response)
    assert "Neither" not in said(response)
    assert names(leaf(viewer, response, "Next", STUCK)) == emails(0)


@pytest.mark.parametrize("term", ["ann@example.com", "Ann@example.com"])
def test_an_address_that_the_record_spells_otherwise_is_found_through_cognito(
    deployed: Deployed, viewer: Client, term: str
) -> None:
    [sub] = deployed.stuck(1, email="Ann@Example.com")
    deployed.set_attributes(sub, email="ann@example.com")
    response = viewer.get(STUCK, {"q": term})
    assert names(response) == ["Ann@Example.com"]
    assert "found for" not in said(response)
    elsewhere = said(viewer.get(STUCK, {"q": term, "status": "dismissed"}))
    assert "This person has a record with the status FAILED. Open the record" in elsewhere


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("is_in_cognito", [False, True])
def test_an_address_is_found_however_its_letters_are_composed(
    deployed: Deployed, viewer: Client, stored: Literal["NFC", "NFD"], *, is_in_cognito: bool
) -> None:
    address = normalize(stored, "zoë.åström@example.com")
    if is_in_cognito:  # the record has yet another spelling
        [sub] = deployed.stuck(1, email="ZOE")
        deployed.set_attributes(sub, email=address)
    else:
        deployed.stuck(1, email=address)
    for typed in (address, normalize("NFC", address), normalize("NFD", address)):
        for term in (typed, typed.title(), typed.upper()):
            assert len(names(viewer.get(STUCK, {"q": term}))) == 1
    assert names(viewer.get(STUCK, {"q": "zoe.astrom@example.com"})) == []


@pytest.mark.parametrize("query", ["source=sweep", "reason=NoBusiness", "status=completed"])
def test_the_filters_hold_for_what_is_found_through_cognito(
    deployed: Deployed, viewer: Client, query: str
) -> None:
    long_ago = format_time(timezone.now() - timedelta(days=91, hours=1))
    status = COMPLETED if "completed" in query else FAILED
    [sub] = deployed.stuck(1, email="Ann@Example.com", status=status, updated_at=long_ago)
    deployed.set_attributes(sub, email="ann@example.com")
    response = viewer.get(f"{STUCK}?q=ann@example.com&{query}")
    assert names(response) == []
    assert "No record was found here, but Cognito knows: ann@example.com" in said(response)


def test_a_row_from_cognito_is_not_said_to_be_among_those_looked_at_and_exported_once(
    deployed: Deployed, viewer: Client, support: Client
) -> None:
    [sub] = deployed.stuck(1, email="Ann@Example.com")
    deployed.set_attributes(sub, email="ann@example.com")
    write(deployed, *(onboarding(number) for number in range(1100)))
    response = viewer.get(STUCK, {"q": "ann@example.com"})
    assert names(response) == ["Ann@Example.com"]
    assert "This page is not full" not in said(response)
    file: Any = support.get(f"{STUCK}export/", {"q": "ann@example.com"})
    assert b"".join(file.streaming_content).count(b"Ann@Example.com") == 1


def test_an_address_that_nobody_has_is_said_to_be_looked_for_as_written(
    deployed: Deployed, viewer: Client
) -> None:
    text = said(viewer.get(STUCK, {"q": "Nobody@Example.com"}))
    assert "has the e-mail address “Nobody@Example.com”, as written, in lower case or with" in text


def test_a_full_list_of_attempts_may_have_forgotten_some(
    deployed: Deployed, viewer: Client
) -> None:
    attempt = Attempt.failed(minute(1), "trigger", FORBIDDEN)
    write(deployed, onboarding(1, attempts=(attempt,) * MOST_ATTEMPTS))
    assert cells(viewer.get(STUCK), "attempt_count") == ["20+"]


def test_a_sub_is_found_whatever_became_of_it(deployed: Deployed, viewer: Client) -> None:
    write(deployed, onboarding(1, status=COMPLETED))
    assert names(viewer.get(STUCK, {"q": "sub-0001"})) == emails(1)


def test_everything_of_a_record_is_escaped(deployed: Deployed, viewer: Client) -> None:
    evil = "<script>alert(1)</script>"
    attempt = Attempt.failed(minute(1), evil, Reason(evil, evil))
    record = onboarding(1, name=evil, email=evil, group_name=evil, attempts=(attempt,))
    write(deployed, record.after(attempt, minute(1)))
    for page in (STUCK, f"{STUCK}?reason={evil}", f"{STUCK}sub-0001/change/"):
        assert evil not in viewer.get(page).content.decode()


def test_the_list_says_that_nobody_has_swept_yet_and_how_to(
    deployed: Deployed, superuser: Client
) -> None:
    [note] = words(superuser.get(STUCK), "sweep")
    assert "No sweep has run yet. A sweep finds confirmed users whose trigger never ran." in note
    assert re.search(r"\n0 \* \* \* \*  .*/manage\.py find_stuck_onboardings\n", note)


def test_who_may_run_no_command_is_told_none(deployed: Deployed, viewer: Client) -> None:
    [note] = words(viewer.get(STUCK), "sweep")
    assert "No sweep has run yet." in note
    assert "manage.py" not in note


def record_sweep(stack: str = STACK_NAME, region: str = REGION, **values: Any) -> None:
    Sweep.objects.create(stack=stack, region=region, **values)


def test_the_list_says_when_the_sweep_last_ran_and_what_it_found(
    deployed: Deployed, viewer: Client
) -> None:
    ago = timezone.now() - timedelta(hours=2, seconds=5)
    record_sweep(started_at=ago - timedelta(days=1), finished_at=ago, found=9)
    record_sweep(started_at=ago, finished_at=ago, users_seen=812, found=3, completed=1, drifted=2)
    [note] = words(viewer.get(STUCK), "sweep")
    told = "812 users checked, 3 newly found stuck, 1 no longer stuck."
    assert f"Last sweep {exact_time(ago)}: {told}" in note
    assert "2 owners of a Business are no longer in its group." in note


def test_the_list_says_that_the_sweep_ended_early(deployed: Deployed, viewer: Client) -> None:
    now = timezone.now()
    record_sweep(started_at=now, finished_at=now, error="Interrupted.")
    assert "The sweep ended early: Interrupted." in words(viewer.get(STUCK), "sweep")[0]


def test_neither_a_dry_nor_an_unfinished_sweep_hides_what_the_last_one_found(
    deployed: Deployed, viewer: Client
) -> None:
    now = timezone.now()
    day, hour = timedelta(days=1), timedelta(hours=1)
    record_sweep(started_at=now - 3 * day, finished_at=now - 3 * day, error=KILLED)
    record_sweep(started_at=now - 2 * day, finished_at=now - day, found=7, users_seen=10)
    record_sweep(started_at=now - hour, finished_at=now, dry_run=True, found=9)
    [note] = words(viewer.get(STUCK), "sweep")
    assert "7 newly found stuck" in note
    assert "has not finished" not in note
    record_sweep(started_at=now - timedelta(minutes=5))
    [note] = words(viewer.get(STUCK), "sweep")
    assert "7 newly found stuck" in note
    begun = exact_time(now - timedelta(minutes=5))
    assert f"A sweep started {begun} and has not finished." in note


def test_the_first_sweep_is_said_to_run(deployed: Deployed, viewer: Client) -> None:
    record_sweep(started_at=timezone.now())
    [note] = words(viewer.get(STUCK), "sweep")
    assert "No sweep has run yet" not in note
    assert "has not finished" in note


@pytest.mark.parametrize("other", [{"stack": "another"}, {"region": "eu-west-1"}, {"stack": ""}])
def test_a_sweep_of_another_stack_is_none(
    deployed: Deployed, viewer: Client, other: dict[str, str]
) -> None:
    now = timezone.now()
    record_sweep(started_at=now, finished_at=now, found=9, **other)
    record_sweep(started_at=now, **other)
    [note] = words(viewer.get(STUCK), "sweep")
    assert "No sweep has run yet" in note
    assert "9 newly found stuck" not in note
    assert check_sweep(STACK_NAME, REGION).text == (
        f"No sweep of {STACK_NAME} has finished on this site yet."
    )


def test_only_who_may_retry_is_offered_it(deployed: Deployed, viewer: Client, db: None) -> None:
    write(deployed, onboarding(1))
    assert RETRY_ALL not in said(viewer.get(STUCK))
    assert "Retry selected onboardings" not in viewer.get(STUCK).content.decode()
    superuser = logged_in(User.objects.create_superuser("root"))
    assert RETRY_ALL in said(superuser.get(STUCK))
    assert "Retry selected onboardings" in superuser.get(STUCK).content.decode()


def test_one_page_is_one_query_and_the_filters_one_more_a_minute(
    deployed: Deployed, viewer: Client
) -> None:
    write(deployed, *(onboarding(number) for number in range(60)))
    viewer.get(STUCK)
    assert deployed.aws.faults.calls("Query") == 2
    viewer.get(STUCK)
    assert deployed.aws.faults.calls("Query") == 3


def test_the_list_comes_without_reasons_when_those_cannot_be_read(
    deployed: Deployed, viewer: Client
) -> None:
    write(deployed, onboarding(1))
    deployed.aws.faults.fail("Query", "AccessDeniedException")
    response = viewer.get(STUCK, {"q": "sub-0001"})  # itself no Query
    assert names(response) == emails(1)
    assert list(choices(response, "reason")) == ["All"]
    assert list(choices(viewer.get(STUCK), "reason")) == ["All", BUSY]


@pytest.mark.parametrize(
    ("status", "kind", "title"),
    [
        ("", FAILED, "Stuck onboardings"),
        ("completed", COMPLETED, "Completed onboardings"),
        ("dismissed", DISMISSED, "Dismissed onboardings"),
        ("out-of-group", OUT_OF_GROUP, "Not in their group"),
    ],
)
def test_the_list_calls_nobody_stuck_who_is_not(
    deployed: Deployed, viewer: Client, status: str, kind: str, title: str
) -> None:
    record = onboarding(1, status=kind, updated_at=format_time(timezone.now()))
    write_onboardings(deployed.dynamodb, deployed.table.name, record)
    page = viewer.get(STUCK, {"status": status} if status else {})
    assert f"<h1>{title}</h1>" in page.content.decode()
    assert ("1 stuck onboarding" if kind == FAILED else "1 onboarding") in said(page)


@pytest.mark.usefixtures("as_impatient_as_staff")
@pytest.mark.parametrize("term", ["nobody@example.com", "sub-of-nobody"])
def test_a_search_that_finds_no_record_while_cognito_is_silent_says_so(
    deployed: Deployed, support: Client, monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", address)
        page = support.get(STUCK, {"q": term})
    assert page.status_code == 200
    assert "No record was found here. Cognito did not answer" in said(page)
    assert "Search everywhere for" in said(page)

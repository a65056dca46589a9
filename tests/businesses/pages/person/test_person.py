"""The page of one person: who they are, how far they got, what happened, what to do now."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from businesses.audit.history import Action, Kind, Staff, write_history
from businesses.models import HistoryEntry
from businesses.pages.addresses import person_address
from businesses.records.business import format_time
from businesses.records.onboarding import (
    COMPLETED,
    DISMISSED,
    Attempt,
    Reason,
)
from businesses.records.staff_marks import Dismissal
from tests.businesses.account import business
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import GROUP, PASSWORD, Deployed
from tests.businesses.onboardings import THROTTLED, minute, onboarding, write_onboardings
from tests.businesses.pages.onboarding.retrying import named, send
from tests.businesses.pages.said import STUCK, said

BOSS = Staff(None, "boss")


def page(browser: Client, sub: str) -> Any:
    response = browser.get(person_address(sub))
    assert response.status_code == 200
    return response


def steps(response: Any) -> list[str]:
    """Return the marks of the three steps."""
    return re.findall(r'class="stepper-mark">(\w+)<', response.content.decode())


def events(response: Any) -> list[str]:
    """Return what happened, newest first, without the times."""
    found = re.findall(r'<li class="event">(.*?)</li>', response.content.decode(), re.DOTALL)
    bare = (re.sub(r"<time .*?</time>", "", each) for each in found)
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in bare]


def button(response: Any) -> str:
    """Return the words on the one button; "" if there is none."""
    text = response.content.decode().split('class="module next-step"')[1].split("</section>")[0]
    found = re.findall(r'class="button default"[^>]*>(.*?)<', text)
    assert len(found) <= 1
    return found[0] if found else ""


def press(browser: Client, response: Any) -> Any:
    """Press the one button, and return the page that it leads to, which is the same again."""
    text = response.content.decode().split('class="module next-step"')[1].split("</section>")[0]
    [address] = re.findall(r'action="([^"]*)"', text)
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)
    form = {name: unescape(value) for name, value in fields}
    answer = browser.post(unescape(address), form, follow=True)
    assert answer.status_code == 200
    assert answer.context["facts"].sub == response.context["facts"].sub
    return answer


def put(deployed: Deployed, number: int, **changes: Any) -> None:
    table = deployed.outputs["BusinessTableName"]
    deployed.dynamodb.put_item(TableName=table, Item=business(number, **changes).to_item())


def drop(deployed: Deployed, output: str, key: str, value: str) -> None:
    table = deployed.outputs[output]
    deployed.dynamodb.delete_item(TableName=table, Key={key: {"S": value}})


def test_somebody_who_is_onboarded(deployed: Deployed, support: Client) -> None:
    sub = deployed.sign_up()
    response = page(support, sub)
    assert steps(response) == ["Done", "Done", "Done"]
    assert button(response) == ""
    assert "Nothing is left to do" in said(response)
    assert [each.partition(" :")[0] for each in events(response)] == [
        "Business written",
        "Signed up",
    ]
    assert change_address_of_business(sub) in response.content.decode()


def change_address_of_business(sub: str) -> str:
    return f"/admin/businesses/business/{sub}/change/"


def test_who_they_are_in_cognito(deployed: Deployed, support: Client) -> None:
    sub = deployed.sign_up()
    text = said(page(support, sub))
    assert "Status confirmed" in text
    assert re.search(r"E-mail person-\d+@example.com , verified", text)
    assert f"Groups {GROUP}" in text
    deployed.set_attributes(sub, email_verified="false", name="Zoe")
    deployed.cognito.admin_disable_user(UserPoolId=deployed.pool, Username=sub)
    text = said(page(support, sub))
    assert "not verified" in text
    assert "Name Zoe" in text
    assert "confirmed , disabled" in text


def test_somebody_who_is_stuck_is_retried_and_the_page_says_who_did_it(
    deployed: Deployed, support: Client
) -> None:
    with deployed.without_group():
        sub = deployed.sign_up()
    response = page(support, sub)
    assert steps(response) == ["Done", "Missing", "Missing"]
    assert button(response) == "Retry"
    why = "The group is missing. The group that people join at sign-up was gone from Cognito."
    assert why in said(response)
    assert "; tried 1 time." in said(response)
    assert events(response)[0].startswith("Onboarding failed by the trigger : The group is missing")
    response = press(support, response)
    assert events(response)[0] == "Retry completed by sally : The business exists."
    assert events(response)[1].startswith("Business written by a retry of sally :")
    assert [each.split(" by")[0] for each in events(response)[2:]] == [
        "Onboarding failed",
        "Signed up",
    ]
    assert "A retry by sally wrote this business" in said(
        support.get(change_address_of_business(sub))
    )


def test_who_retried_is_known_after_the_record_has_expired(
    deployed: Deployed, support: Client
) -> None:
    with deployed.without_group():
        sub = deployed.sign_up()
    send(support, named(sub), sub=sub)
    drop(deployed, "OnboardingTableName", "sub", sub)
    assert events(page(support, sub))[1].startswith("Business written by a retry of sally :")
    text = said(support.get(change_address_of_business(sub)))
    assert "A retry by sally wrote this business" in text


def test_a_retry_that_found_the_business_did_not_write_it(
    deployed: Deployed, support: Client
) -> None:
    sub = deployed.sign_up()
    record = onboarding(1, sub=sub, username=sub)
    write_onboardings(deployed.dynamodb, deployed.table.name, record)
    response = page(support, sub)
    assert button(response) == "Retry"
    response = press(support, response)
    assert events(response)[0].startswith("Retry completed by sally : The business already existed")
    assert "by a retry" not in said(response)
    assert "A retry by" not in said(support.get(change_address_of_business(sub)))


def test_somebody_whose_record_was_dismissed(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1)
    deployed.confirm(sub)
    support.post(f"{STUCK}dismiss/", {"sub": sub, "reason": "A test account"})
    response = page(support, sub)
    assert button(response) == "Reopen"
    assert events(response)[0] == "Dismissed by sally : A test account"
    response = press(support, response)
    assert button(response) == "Retry"
    assert events(response)[0].startswith("Reopened by sally")


def test_somebody_whom_nobody_recorded_is_onboarded_now(
    deployed: Deployed, support: Client
) -> None:
    sub = deployed.sign_up()
    drop(deployed, "BusinessTableName", "id", sub)
    response = page(support, sub)
    assert button(response) == "Onboard now"
    response = press(support, response)
    assert steps(response) == ["Done", "Done", "Done"]
    assert button(response) == ""
    assert events(response)[0].startswith("Retry completed by sally")


def test_what_cognito_holds_by_now_is_taken(deployed: Deployed, support: Client) -> None:
    with deployed.without_group():
        sub = deployed.sign_up()
    deployed.set_attributes(sub, name="Renamed Ltd")
    response = page(support, sub)
    assert button(response) == "Take the data from Cognito and retry"
    response = press(support, response)
    assert steps(response) == ["Done", "Done", "Done"]
    assert "Renamed Ltd" in said(response)


def test_somebody_who_has_not_confirmed_and_somebody_disabled(
    deployed: Deployed, support: Client
) -> None:
    user = deployed.cognito.sign_up(
        ClientId=deployed.outputs["UserPoolClientId"],
        Username="not-yet@example.com",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "not-yet@example.com"}],
    )
    response = page(support, user["UserSub"])
    assert (steps(response), button(response)) == (["Missing"] * 3, "")
    assert "Nothing to do before the person has confirmed the account." in said(response)
    deployed.cognito.admin_disable_user(UserPoolId=deployed.pool, Username=user["UserSub"])
    assert "Only enabled users can be onboarded." in said(page(support, user["UserSub"]))


def test_somebody_outside_their_group_is_put_back(deployed: Deployed, support: Client) -> None:
    sub = deployed.sign_up()
    deployed.cognito.admin_remove_user_from_group(
        UserPoolId=deployed.pool, Username=sub, GroupName=GROUP
    )
    found = Attempt.failed(timezone.now(), "sweep", Reason("OutOfGroup"))
    values = {"sub": sub, "username": sub, "attempts": (found,), "first_failed_at": found.at}
    record = onboarding(1, status=DISMISSED, reason=Reason("OutOfGroup"), **values)
    write_onboardings(deployed.dynamodb, deployed.table.name, record)
    response = page(support, sub)
    assert button(response) == "Reopen"
    assert "is not in the group businesses, and staff left it so." in said(response)
    response = press(support, response)
    assert steps(response) == ["Done", "Missing", "Done"]
    assert button(response) == "Put back in the group"
    assert events(response)[1].startswith("Found outside the group by the sweep")
    response = press(support, response)
    assert steps(response) == ["Done", "Done", "Done"]
    assert button(response) == ""
    assert events(response)[0].startswith("Put back in the group by sally")


def test_somebody_who_was_deleted(deployed: Deployed, support: Client) -> None:
    sub, stuck = deployed.sign_up(), *deployed.stuck(1)
    for each in (sub, stuck):
        deployed.cognito.admin_delete_user(UserPoolId=deployed.pool, Username=each)
    response = page(support, sub)
    assert steps(response) == ["Missing", "Missing", "Done"]
    assert "The user no longer exists in the user pool." in said(response)
    assert "The user is gone; the Business is still there." in said(response)
    response = page(support, stuck)
    assert button(response) == ""
    assert "Open the record to dismiss it." in said(response)


@pytest.mark.parametrize("kind", [Kind.ONBOARDING, Kind.BUSINESS])
def test_of_somebody_who_was_erased_the_history_stays(
    deployed: Deployed, viewer: Client, kind: str
) -> None:
    write_history(BOSS, Action.ERASED, ["erased"], "Erased: the onboarding record.", kind=kind)
    response = page(viewer, "erased")
    assert events(response) == ["Erased by boss : the onboarding record."]
    assert "erased" in said(response)


def test_nobody(deployed: Deployed, support: Client) -> None:
    response = support.get(person_address("nobody"))
    assert response.status_code == 404
    assert "Nobody has the sub “nobody”" in said(response)


def test_a_business_that_names_somebody_else_tells_nothing(
    deployed: Deployed, support: Client
) -> None:
    put(deployed, 1, id="second", owner="sub-0007::zoe", name="Zoe")
    assert support.get(person_address("sub-0007", "second")).status_code == 200
    for sub, business_id in (("sub-0008", "second"), ("sub-0007", "none"), ("sub-0007", "")):
        assert support.get(person_address(sub, business_id)).status_code == 404


def test_the_businesses_of_one_owner_newest_first(deployed: Deployed, viewer: Client) -> None:
    sub = deployed.sign_up()
    for number in range(25):
        put(deployed, number, id=f"more-{number}", owner=f"{sub}::{sub}", name=f"More {number}")
    put(deployed, 30, id="bare", owner=sub, name="Bare")
    put(deployed, 31, id="other", owner=f"{sub}x::{sub}", name="Of somebody else")
    text = said(page(viewer, sub))
    assert "Bare" not in text.partition("What happened")[0]  # beyond the newest twenty
    assert "More 24" in text
    assert "More 5 " not in text
    assert "These are the newest." in text
    assert "Of somebody else" not in text
    for number in range(25):
        drop(deployed, "BusinessTableName", "id", f"more-{number}")
    assert "Bare" in said(page(viewer, sub))
    for each in ("bare", "other"):
        drop(deployed, "BusinessTableName", "id", each)


def test_the_timeline_tells_what_the_record_remembers(deployed: Deployed, viewer: Client) -> None:
    record = onboarding(1)
    attempts = [
        *record.attempts,
        Attempt.failed(minute(2), "command", THROTTLED),
        Attempt(at="never", by="odd", outcome="FAILED"),
        Attempt.failed(minute(3), "sally", THROTTLED),
        Attempt.completed(minute(5), "sweep", "The user has a Business."),
    ]
    given = Dismissal(by="boris", at=format_time(minute(4)), reason="On purpose")
    record = onboarding(1, attempts=tuple(attempts), dismissal=given, status=DISMISSED)
    write_onboardings(deployed.dynamodb, deployed.table.name, record)
    at = minute(3) + timedelta(seconds=1)
    write_history(Staff(None, "sally"), Action.RETRY_BEGUN, [record.sub], "Retry begun.")
    write_history(Staff(None, "sally"), Action.RETRY_FAILED, [record.sub], "Retry failed. Busy.")
    HistoryEntry.objects.update(at=at)
    told = events(page(viewer, record.sub))
    assert told[:3] == [
        "Found onboarded by the sweep : The user has a Business.",
        "Dismissed by boris : On purpose",
        "Retry failed by sally : Busy.",
    ]
    assert [each.partition(" :")[0] for each in told[3:]] == [
        "Retry failed by the command retry_onboardings",
        "Onboarding failed by the trigger",
        "never Retry failed by odd",
    ]


def test_a_retry_whose_end_nobody_wrote_down_is_told(deployed: Deployed, viewer: Client) -> None:
    write_onboardings(deployed.dynamodb, deployed.table.name, onboarding(1))
    write_history(BOSS, Action.RETRY_COMPLETED, ["sub-0001"], "Retry completed.")
    write_history(BOSS, Action.RETRY_BEGUN, ["sub-0001"], "Retry begun.")
    assert events(page(viewer, "sub-0001"))[:2] == [
        "Retry begun by boss : What came of it, if recorded, is another entry.",
        "Retry completed by boss",
    ]


def test_a_viewer_is_offered_nothing_to_press(deployed: Deployed, viewer: Client) -> None:
    [sub] = deployed.stuck(1)
    response = page(viewer, sub)
    assert button(response) == ""
    assert "Staff who may retry onboardings" in said(response)


@pytest.fixture
def one_sided(db: None, request: pytest.FixtureRequest) -> Client:
    """Somebody with one permission only."""
    user = User.objects.create_user("odd", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename=request.param))
    return logged_in(user)


@pytest.mark.parametrize("one_sided", ["view_business"], indirect=True)
def test_who_sees_businesses_alone_sees_nothing_of_the_record(
    deployed: Deployed, one_sided: Client
) -> None:
    sub = deployed.sign_up()
    record = onboarding(1, sub=sub, username=sub, status=COMPLETED, name="Secret record")
    write_onboardings(deployed.dynamodb, deployed.table.name, record)
    write_history(BOSS, Action.DISMISSED, [sub], "Dismissed: secret reason")
    response = page(one_sided, sub)
    assert [each.partition(" :")[0] for each in events(response)] == [
        "Business written",
        "Signed up",
    ]
    for hidden in ("Secret", "secret", "/onboarding/"):
        assert hidden not in response.content.decode()


@pytest.mark.parametrize("one_sided", ["view_onboarding"], indirect=True)
def test_who_sees_onboardings_alone_sees_no_business(deployed: Deployed, one_sided: Client) -> None:
    sub = deployed.sign_up()
    put(deployed, 1, id=sub, owner=f"{sub}::{sub}", name="Secret business")
    response = page(one_sided, sub)
    assert steps(response) == ["Done", "Done", "Done"]
    for hidden in ("Secret", "/admin/businesses/business/"):
        assert hidden not in response.content.decode()


def test_the_pages_of_the_records_lead_to_the_person_and_to_each_other(
    deployed: Deployed, support: Client
) -> None:
    sub = deployed.sign_up()
    record = onboarding(1, sub=sub, username=sub, status=COMPLETED)
    write_onboardings(deployed.dynamodb, deployed.table.name, record)
    of_record = f"{STUCK}{sub}/change/"
    pages = {person_address(sub), change_address_of_business(sub), of_record}
    for each in pages:
        text = support.get(each).content.decode()
        for other in pages - {each}:
            assert f'href="{other}"' in text, (each, other)

"""The page of one stuck onboarding: every attempt, and how far the person got as of now."""

from datetime import timedelta

import pytest
from django.test import Client, override_settings

from businesses.records.business import format_time
from businesses.records.onboarding import COMPLETED, DISMISSED, Attempt, Reason
from businesses.records.reasons.lookup import reason_of
from businesses.records.staff_marks import Dismissal
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.onboardings import THROTTLED, minute, onboarding, write_onboardings
from tests.businesses.pages.said import STUCK, field, said

REFUSED = Reason("GroupNotAllowed", "The group is not among those that may be joined.")
NOBODY = "sub-0001"


def page(sub: str) -> str:
    return f"{STUCK}{sub}/change/"


def forecast(browser: Client, sub: str) -> str:
    """Return what the page says of a retry."""
    _, _, text = said(browser.get(page(sub))).partition("What a retry would do ")
    return text


def test_the_page_shows_the_record_and_every_attempt_newest_first(
    deployed: Deployed, viewer: Client
) -> None:
    record = onboarding(1).after(Attempt.failed(minute(7), "sally", REFUSED), minute(7))
    write_onboardings(deployed.dynamodb, deployed.table.name, record)
    response = viewer.get(page(NOBODY))
    assert response.status_code == 200
    assert field(response, "address") == "owner-1@example.com"
    assert field(response, "business_name") == "Business 1"
    assert field(response, "state") == "stuck"
    plain = reason_of(REFUSED.type)
    assert field(response, "full_reason") == (
        f"{plain.name}. {plain.what_to_do} {REFUSED.type}: {REFUSED.message}"
    )
    assert field(response, "source") == "trigger"
    assert field(response, "first_failed") == "23 Nov 2026, 09:01:00 UTC"
    assert field(response, "last_attempt") == "23 Nov 2026, 09:07:00 UTC"
    told = field(response, "attempts")
    assert told.index("sally") < told.index("trigger")
    assert f"{THROTTLED.type}: {THROTTLED.message}" in told
    assert '"status": "FAILED"' in field(response, "item")


def test_the_page_leads_to_the_person_and_says_what_a_retry_would_do(
    deployed: Deployed, viewer: Client
) -> None:
    [sub] = deployed.stuck(1)
    assert f'href="/admin/businesses/person/{sub}/">the person' in (
        viewer.get(page(sub)).content.decode()
    )
    assert f"The user joins the group {GROUP}" in forecast(viewer, sub)
    deployed.confirm(sub)
    deployed.cognito.admin_add_user_to_group(
        UserPoolId=deployed.pool, Username=sub, GroupName=GROUP
    )
    assert "The Business is written" in forecast(viewer, sub)


def test_the_page_leads_to_a_business_that_is_there(deployed: Deployed, viewer: Client) -> None:
    [sub] = deployed.stuck(1)
    deployed.write_business(sub)
    response = viewer.get(page(sub))
    assert f"/admin/businesses/business/{sub}/change/" in response.content.decode()
    assert "The Business already exists, so the record becomes COMPLETED." in said(response)


def test_a_user_who_is_gone_is_said_to_be(deployed: Deployed, viewer: Client) -> None:
    [sub] = deployed.stuck(1)
    deployed.cognito.admin_delete_user(UserPoolId=deployed.pool, Username=sub)
    told = forecast(viewer, sub)
    assert "the user no longer exists, so expect the API to refuse it. Or dismiss the" in told


def test_a_disabled_user_is_said_to_be(deployed: Deployed, viewer: Client) -> None:
    [sub] = deployed.stuck(1)
    deployed.cognito.admin_disable_user(UserPoolId=deployed.pool, Username=sub)
    assert "Note that the user is disabled." in forecast(viewer, sub)


def test_the_page_comes_without_cognito(deployed: Deployed, viewer: Client) -> None:
    [sub] = deployed.stuck(1)
    for operation in ("AdminListGroupsForUser", "ListUsers"):
        deployed.aws.faults.fail(operation, "InternalErrorException", status=500, times=20)
    with override_settings(AWS_DEADLINE_SECONDS=2.5):
        told = forecast(viewer, sub)
    assert told.startswith("The group membership and the Business are added where they are missing")


@pytest.mark.parametrize(
    ("status", "offered"),
    [("FAILED", ["Retry", "Dismiss"]), (DISMISSED, ["Reopen"]), (COMPLETED, [])],
)
def test_what_can_be_done_follows_from_the_status(
    deployed: Deployed, support: Client, viewer: Client, status: str, offered: list[str]
) -> None:
    [sub] = deployed.stuck(1, status=status)
    body = support.get(page(sub)).content.decode()
    assert [word for word in ("Retry", "Dismiss", "Reopen") if f">{word}<" in body] == offered
    body = viewer.get(page(sub)).content.decode()
    assert not [word for word in ("Retry", "Dismiss", "Reopen") if f">{word}<" in body]


def test_a_dismissal_says_who_and_why(deployed: Deployed, viewer: Client) -> None:
    at = minute(0) + timedelta(hours=1)
    dismissal = Dismissal(by="sally", at=format_time(at), reason="A test account")
    [sub] = deployed.stuck(1, status=DISMISSED, dismissal=dismissal)
    told = field(viewer.get(page(sub)), "dismissal")
    assert told == "23 Nov 2026, 10:00:00 UTC, by sally: A test account"


def test_a_record_that_is_gone_is_a_plain_page(deployed: Deployed, viewer: Client) -> None:
    response = viewer.get(page("nobody"))
    assert response.status_code == 404
    assert "No such stuck onboarding" in said(response)
    assert "All stuck onboardings" in said(response)


def test_a_record_without_a_username_is_shown(deployed: Deployed, viewer: Client) -> None:
    item = {"sub": "bare", "status": "FAILED", "updatedAt": format_time(minute(1))}
    deployed.dynamodb.put_item(
        TableName=deployed.table.name, Item={name: {"S": text} for name, text in item.items()}
    )
    assert forecast(viewer, "bare").startswith("Nothing. ")

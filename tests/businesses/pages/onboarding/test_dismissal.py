"""Dismissing, reopening, and looking somebody up of whom there is no record."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from businesses.audit.history import Action, Staff
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.backend import get_backend
from businesses.pages.onboarding.actions.record_changes import change_records
from businesses.records.onboarding import COMPLETED, DISMISSED, FAILED, Onboarding
from tests.businesses.deployed import GROUP, PASSWORD, Deployed
from tests.businesses.onboardings import minute, onboarding, write_onboardings
from tests.businesses.pages.onboarding.retrying import RETRY, history, named, results, send
from tests.businesses.pages.onboarding.test_retry_troubles import unwritable_history
from tests.businesses.pages.said import STUCK, field, labelled, messages, said

DISMISS, REOPEN, REFRESH, ONBOARD = (
    f"{STUCK}{each}/" for each in ("dismiss", "reopen", "refresh", "onboard")
)
OFFER = "Take the data from Cognito and retry"
YOURS, LATE = ((Action.DISMISSED, f"Dismissed: {why}") for why in ("Yours", "Late"))


def dismiss(browser: Client, *subs: str, reason: str = "A test account") -> Any:
    address = f"{DISMISS}?{'&'.join(f'sub={sub}' for sub in subs)}"
    return browser.post(address, {"reason": reason}, follow=True)


# Dismissing


def test_what_is_dismissed_keeps_who_when_and_why(
    deployed: Deployed, support: Client, sally: User
) -> None:
    [sub] = deployed.stuck(1)
    response = dismiss(support, sub)
    record = deployed.record(sub)
    assert record.status == DISMISSED
    assert record.dismissal is not None
    assert (record.dismissal.by, record.dismissal.reason) == ("sally", "A test account")
    [message] = messages(response)
    assert message.startswith(f"{record.email}: Dismissed: A test account <button")
    assert f'<li class="success">{message}</li>' in response.content.decode()
    assert history(sub) == [("sally", "Dismissed: A test account")]
    assert response.redirect_chain[-1][0] == f"{STUCK}{sub}/change/"


def test_the_action_dismisses_several_for_one_reason(deployed: Deployed, support: Client) -> None:
    subs = deployed.stuck(2)
    form = {"action": "dismiss_selected", "_selected_action": subs, "index": "0"}
    page = support.post(STUCK, form, follow=True)
    assert "Dismiss 2" in said(page)
    response = dismiss(support, *subs)
    [message] = messages(response)
    assert message.startswith("2 records: Dismissed: A test account <button")
    assert [history(sub) for sub in subs] == [[("sally", "Dismissed: A test account")]] * 2
    assert deployed.aws.faults.calls("GetItem") == 0
    assert [deployed.record(sub).status for sub in subs] == [DISMISSED, DISMISSED]
    assert response.redirect_chain[-1][0] == STUCK


@pytest.mark.parametrize("reason", ["", "   ", "\u200b", "x" * 501])
def test_a_dismissal_needs_a_reason_of_some_length(
    deployed: Deployed, support: Client, reason: str
) -> None:
    [sub] = deployed.stuck(1)
    response = dismiss(support, sub, reason=reason)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert deployed.record(sub).status == FAILED


def test_what_is_not_stuck_is_not_dismissed_and_the_others_are(
    deployed: Deployed, support: Client
) -> None:
    [done], [stuck] = deployed.stuck(1, status=COMPLETED), deployed.stuck(1)
    page = said(support.get(f"{DISMISS}?sub={done}&sub={stuck}"))
    assert "is COMPLETED and will not be changed" in page
    assert "Dismiss 1" in page
    response = dismiss(support, done, stuck, "nobody")
    assert deployed.record(done).status == COMPLETED
    assert deployed.record(stuck).status == DISMISSED
    assert "Not stuck, so left unchanged: 1." in messages(response)
    assert history(done) == []
    assert "None of these onboardings is stuck any more." in said(
        support.get(f"{DISMISS}?sub={done}")
    )


def test_what_somebody_else_settles_at_the_same_moment_is_left_and_said(
    deployed: Deployed, sally: User
) -> None:
    first, second = deployed.stuck(2)

    def dismiss_too(table: OnboardingTable, sub: str) -> Onboarding:
        if sub == second:
            table.dismiss(sub, by="boris", reason="Mine", at=minute(3))
        return table.dismiss(sub, by="sally", reason="Yours", at=minute(4))

    staff = Staff(sally.pk, "sally")
    report = change_records(get_backend(), staff, [first, second], dismiss_too, YOURS)
    assert [record.sub for record in report.done] == [first]
    assert [f'"{second}" is DISMISSED, not FAILED' in text for text in report.changed] == [True]
    assert (report.problem, report.left) == (None, ())
    [(_, message)] = history(second)
    assert message.startswith("Not changed. ")


def test_a_refusal_half_way_says_what_is_done_and_what_is_left(
    deployed: Deployed, support: Client
) -> None:
    subs = deployed.stuck(4)
    deployed.aws.faults.fail("UpdateItem", "AccessDeniedException", after=2)
    response = dismiss(support, *subs, reason="Twice")
    assert response.status_code == 200
    [problem] = messages(response)
    assert problem.startswith("A permission is missing. ")
    assert "2 of 4 · 2 done" in said(response)
    assert [deployed.record(sub).status for sub in subs] == [DISMISSED] * 2 + [FAILED] * 2
    assert [message for _, message in history(subs[1])] == ["Dismissed: Twice"]
    [(_, unsure)] = history(subs[2])
    assert unsure.startswith("Without confirmation: Dismissed: Twice (AWS refused UpdateItem")
    assert history(subs[3]) == []
    # The page of the run goes on with the rest, for the same reason.
    response = support.post(response.request["PATH_INFO"], follow=True)
    assert "4 of 4 · 4 done · Finished." in said(response)
    assert [message for _, message in history(subs[3])] == ["Dismissed: Twice"]


def test_a_dismissal_whose_answer_comes_too_late_leaves_its_history(
    deployed: Deployed, sally: User
) -> None:
    [sub] = deployed.stuck(1)
    given_up = threading.Event()

    def dismiss_late(table: OnboardingTable, sub: str) -> Onboarding:
        assert given_up.wait(30)
        return table.dismiss(sub, by="sally", reason="Late", at=minute(4))

    with override_settings(AWS_DEADLINE_SECONDS=1):
        staff = Staff(sally.pk, "sally")
        report = change_records(get_backend(), staff, [sub], dismiss_late, LATE)
    given_up.set()
    get_backend().close()
    assert report.left == (sub,)
    assert deployed.record(sub).status == DISMISSED
    [(_, unsure)] = history(sub)
    assert unsure.startswith("Without confirmation: Dismissed: Late (AWS did not answer within 1")


def test_nothing_to_dismiss_is_said(deployed: Deployed, support: Client) -> None:
    assert "There is no such record." in said(support.get(f"{DISMISS}?sub=nobody"))


def test_what_is_dismissed_is_not_retried_by_anything(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1)
    dismiss(support, sub)
    [result] = send(support, named(sub), sub=sub)["results"]
    assert result["result"] == "found settled"
    assert send(support, f"{STUCK}retry/?all=1")["results"] == []


def test_a_dismissal_without_its_line_of_history_says_so(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    with unwritable_history("LIKE 'Dismissed%'"):
        [trouble] = messages(dismiss(support, sub))
    assert trouble.startswith("The site could not write down what was done. ")
    assert deployed.record(sub).status == DISMISSED


# Reopening


def test_a_dismissal_is_taken_back(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1)
    dismiss(support, sub)
    response = support.post(REOPEN, {"sub": sub}, follow=True)
    record = deployed.record(sub)
    assert (record.status, record.dismissal) == (FAILED, None)
    [message] = messages(response)
    assert message.startswith(f"{record.email}: Reopened. <button")
    assert [message for _, message in history(sub)] == ["Dismissed: A test account", "Reopened."]


def test_only_what_is_dismissed_is_reopened(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1, status=COMPLETED)
    response = support.post(REOPEN, {"sub": sub}, follow=True)
    assert "is COMPLETED, not DISMISSED" in messages(response)[0]
    assert deployed.record(sub).status == COMPLETED


@pytest.mark.parametrize("sub", ["", "nobody", "x" * 3000])
def test_who_reopens_nothing_is_told(deployed: Deployed, support: Client, sub: str) -> None:
    response = support.post(REOPEN, {"sub": sub})
    assert response.status_code == 404
    assert "There is no record with the id" in said(response)


@pytest.mark.parametrize("address", [REOPEN, ONBOARD, REFRESH])
def test_nothing_happens_by_opening_an_address(
    deployed: Deployed, support: Client, address: str
) -> None:
    assert support.get(address).status_code == 405


# Taking the data from Cognito


def differing(deployed: Deployed, **changes: Any) -> str:
    """Return the sub of a stuck record, and let Cognito's data be what a sign-up leaves."""
    [sub] = deployed.stuck(1, **changes)
    deployed.set_attributes(sub, email="now@example.com", name="Now Ltd")
    return sub


def test_a_record_without_an_address_takes_cognitos_data_and_is_retried(
    deployed: Deployed, support: Client, viewer: Client
) -> None:
    sub = differing(deployed, email="")
    assert results(send(support, f"{RETRY}?keep=1", sub=sub)) == {sub: "not retried"}
    page = support.get(f"{STUCK}{sub}/change/")
    assert labelled(page, "Record") == ["none", deployed.record(sub).name]
    assert labelled(page, "Cognito") == ["now@example.com", "Now Ltd"]
    assert OFFER in said(page)
    assert OFFER not in said(viewer.get(f"{STUCK}{sub}/change/"))
    response = support.post(REFRESH, {"sub": sub}, follow=True)
    assert messages(response)[-1] == "The business exists."
    record = deployed.record(sub)
    assert (record.status, record.email, record.name) == (COMPLETED, "now@example.com", "Now Ltd")
    assert deployed.business(sub)["email"] == {"S": "now@example.com"}
    # The history names the attributes, and nobody.
    assert [message for _, message in history(sub)[-3:]] == [
        "Took from Cognito: e-mail, name.",
        "Retry begun.",
        "Retry completed. The business exists.",
    ]
    assert OFFER not in said(support.get(f"{STUCK}{sub}/change/"))


@pytest.mark.parametrize("changes", [{"group_name": "strangers"}, {"username": ""}])
def test_a_group_that_nobody_may_join_and_a_missing_username_are_mended_so(
    deployed: Deployed, support: Client, changes: dict[str, str]
) -> None:
    sub = differing(deployed, **changes)
    assert "which the record takes first. The user joins" in said(support.get(named(sub)))
    kept = said(support.get(f"{named(sub)}&keep=1"))
    assert "To fix this, take the data from Cognito." in kept
    support.post(REFRESH, {"sub": sub})
    assert deployed.record(sub).status == COMPLETED
    assert deployed.groups(sub) == [GROUP]


def recorded_after_all(deployed: Deployed) -> str:
    """Return the sub of a stuck record whose Business is there."""
    sub = deployed.sign_up()
    write_onboardings(deployed.dynamodb, deployed.table.name, onboarding(1, sub=sub))
    return sub


def without_address(deployed: Deployed) -> str:
    """Return the sub of a stuck record whose user has no e-mail address.

    A pool that was attached may have such people. The stack's own requires an address, and Cognito
    takes none away; so it is done in the store.
    """
    from ministack.services import cognito  # not before the embedded AWS has set what it reads

    [sub] = deployed.stuck(1)
    pools = cognito._user_pools.all_items()
    [pool] = (pool for (_, _, pool_id), pool in pools if pool_id == deployed.pool)
    user = pool["_users"][sub]
    user["Attributes"] = [each for each in user["Attributes"] if each["Name"] != "email"]
    return sub


NOTHING_TAKEN: dict[str, Callable[[Deployed], str]] = {
    "it has no user with this sub.": lambda _: "nobody",
    "there is no record with this sub": lambda deployed: confirmed(deployed, "none@example.com"),
    "the record is now DISMISSED,": lambda deployed: differing(deployed, status=DISMISSED),
    "the Business now exists.": recorded_after_all,
    "it has no e-mail address for this user either.": without_address,
    "the record now holds the same data.": lambda deployed: differing(
        deployed, email="now@example.com", name="Now Ltd"
    ),
}


@pytest.mark.parametrize("why", NOTHING_TAKEN)
def test_where_nothing_can_be_taken_it_is_said_why(
    deployed: Deployed, support: Client, why: str
) -> None:
    sub = NOTHING_TAKEN[why](deployed)
    before = deployed.table.get(sub)
    response = support.post(REFRESH, {"sub": sub}, follow=True)
    [message] = messages(response)
    assert message.startswith(f"Nothing was taken from Cognito: {why}")
    assert deployed.table.get(sub) == before
    assert history(sub) == []


# Looking somebody up


def confirmed(deployed: Deployed, email: str) -> str:
    """Create a user who has confirmed, but whom no trigger ever saw; return the sub."""
    user = deployed.cognito.admin_create_user(
        UserPoolId=deployed.pool,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": email}],
    )["User"]
    deployed.cognito.admin_set_user_password(
        UserPoolId=deployed.pool, Username=email, Password=PASSWORD, Permanent=True
    )
    sub: str = next(each["Value"] for each in user["Attributes"] if each["Name"] == "sub")
    return sub


def test_a_search_without_a_record_shows_the_persons_state(
    deployed: Deployed, support: Client, viewer: Client
) -> None:
    sub = confirmed(deployed, "lost@example.com")
    for term in ("lost@example.com", sub):
        text = said(support.get(STUCK, {"q": term}))
        assert "No record was found here, but Cognito knows:" in text
        assert "lost@example.com" in text
        assert "Confirmed: done. Cognito says CONFIRMED." in text
        assert f"In the group {GROUP}: missing." in text
        assert "Business written: missing." in text
        assert "Onboard now" in text
    text = said(viewer.get(STUCK, {"q": sub}))
    assert "Onboard now" not in text
    assert "Staff who may retry onboardings can onboard this person." in text
    assert deployed.table.get(sub) is None


def test_somebody_whom_nobody_knows_is_said_to_be(deployed: Deployed, viewer: Client) -> None:
    text = said(viewer.get(STUCK, {"q": "nobody@example.com"}))
    assert "No record with this status and no user in Cognito has the e-mail address" in text


@pytest.mark.parametrize("term", ['"', '" or sub ^= "', "a" * 240, "ü@example.com", "\\"])
def test_any_search_is_answered(deployed: Deployed, viewer: Client, term: str) -> None:
    response = viewer.get(STUCK, {"q": term})
    assert response.status_code == 200
    assert "No record" in said(response)
    assert "no user in Cognito has" in said(response)


@pytest.mark.parametrize("term", ["a" * 2000, "a" * 249, f"{'a' * 300}@example.com"])
def test_what_is_too_long_for_cognito_is_said_to_be(
    deployed: Deployed, viewer: Client, term: str
) -> None:
    response = viewer.get(STUCK, {"q": term})
    assert response.status_code == 200
    assert "which is too long to be looked up in Cognito." in said(response)
    assert deployed.aws.faults.calls("ListUsers") == 0


def test_who_is_onboarded_leads_to_the_business(deployed: Deployed, viewer: Client) -> None:
    sub = deployed.sign_up()
    response = viewer.get(STUCK, {"q": sub})
    assert "This person is already onboarded." in said(response)
    assert f"/admin/businesses/business/{sub}/change/" in response.content.decode()


def test_a_record_of_another_status_is_led_to(deployed: Deployed, support: Client) -> None:
    sub = confirmed(deployed, "dismissed@example.com")
    record = onboarding(1, sub=sub, username=sub, email="dismissed@example.com", status=DISMISSED)
    write_onboardings(deployed.dynamodb, deployed.table.name, record)
    response = support.get(STUCK, {"q": "dismissed@example.com"})
    assert "This person has a record with the status DISMISSED. Open the record" in said(response)
    assert "Onboard now" not in said(response)


def test_who_did_not_confirm_cannot_be_onboarded(deployed: Deployed, support: Client) -> None:
    user = deployed.cognito.sign_up(
        ClientId=deployed.outputs["UserPoolClientId"],
        Username="waiting@example.com",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "waiting@example.com"}],
    )
    text = said(support.get(STUCK, {"q": "waiting@example.com"}))
    assert "Only a user who has confirmed and is enabled can be onboarded." in text
    response = support.post(ONBOARD, {"sub": user["UserSub"]}, follow=True)
    assert messages(response) == ["This person cannot be onboarded now. Check the current state."]
    assert deployed.table.get(user["UserSub"]) is None


def test_onboard_now_does_what_the_trigger_did_not(deployed: Deployed, support: Client) -> None:
    sub = confirmed(deployed, "missed@example.com")
    response = support.post(ONBOARD, {"sub": sub}, follow=True)
    assert messages(response) == ["The business exists."]
    assert response.redirect_chain[-1][0] == f"{STUCK}{sub}/change/"
    assert deployed.business(sub)["email"] == {"S": "missed@example.com"}
    assert deployed.groups(sub) == [GROUP]
    record = deployed.record(sub)
    assert record.status == COMPLETED
    assert record.reason.type == "NotInGroup"
    # It says who asked for it; nobody tried before, and nothing failed.
    assert (record.source, record.first_failed_at) == ("staff", "")
    assert record.requested is not None
    assert record.requested.by == "sally"
    assert record.requested.at <= record.updated_at
    assert [(each.by, each.outcome) for each in record.attempts] == [("sally", COMPLETED)]
    page = support.get(f"{STUCK}{sub}/change/")
    assert "by sally" in field(page, "requested")
    assert [message for _, message in history(sub)] == [
        "Retry begun.",
        "Retry completed. The business exists.",
    ]


def test_an_onboarding_by_hand_that_fails_is_stuck_like_any_other(
    deployed: Deployed, support: Client
) -> None:
    sub = confirmed(deployed, "unlucky@example.com")
    with deployed.without_group():
        response = support.post(ONBOARD, {"sub": sub}, follow=True)
    assert messages(response)[0].startswith("The group is missing (ResourceNotFoundException: ")
    record = deployed.record(sub)
    assert (record.status, record.reason.type) == (FAILED, "ResourceNotFoundException")
    assert record.first_failed_at == record.attempts[0].at


def test_who_got_a_business_meanwhile_is_not_onboarded_again(
    deployed: Deployed, support: Client
) -> None:
    sub = deployed.sign_up()
    response = support.post(ONBOARD, {"sub": sub}, follow=True)
    assert messages(response) == ["This person cannot be onboarded now. Check the current state."]
    assert deployed.aws.faults.calls("GraphQL") == 1  # the trigger's

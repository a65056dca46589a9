"""The page of a run: what it shows, what can be done with its results, and who may."""

import re
import uuid
from collections import Counter
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from businesses.audit.history import Action, Staff, write_history
from businesses.audit.runs import UNDER_WAY_FOR, Run
from businesses.models import HistoryEntry
from businesses.records.onboarding import COMPLETED, DISMISSED, FAILED, Reason
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import Deployed
from tests.businesses.pages.onboarding.retrying import (
    JSON,
    NOW,
    RETRY,
    batch,
    begin,
    history,
    left,
    named,
    results,
    run_at,
    send,
)
from tests.businesses.pages.said import LIST, STUCK, hidden_subs, messages, said

DISMISS, REOPEN = f"{STUCK}dismiss/", f"{STUCK}reopen/"
WHAT = ("", "again/", "undo/")


@pytest.fixture
def boris(db: None) -> Client:
    """A browser of another member of the Support group."""
    user = User.objects.create_user("boris", is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    return logged_in(user)


# What the page shows


def test_whoever_returns_sees_what_is_done_and_what_is_left_failures_first(
    deployed: Deployed, support: Client
) -> None:
    [fine], [refused], later = (
        deployed.stuck(1),
        deployed.stuck(1, group_name="strangers"),
        deployed.stuck(2),
    )
    run = begin(support, f"{RETRY}?keep=1", sub=[fine, refused, *later])
    assert "0 of 4 · 0 done" in said(support.get(run))
    assert '<details id="run-fine" open hidden>' in support.get(run).content.decode()
    assert set(results(batch(support, run, size=2))) == {fine, refused}
    text = said(support.get(run))
    assert "2 of 4 · 1 done, 1 to look at" in text
    assert '<details id="run-fine">' in support.get(run).content.decode()
    assert text.index("Nobody may join this group") < text.index("The business exists.")
    assert f'href="{LIST}{fine}/change/"' in support.get(run).content.decode()
    assert left(run) == later
    assert batch(support, run)["over"] is True
    assert "4 of 4 · 3 done, 1 to look at · Finished." in said(support.get(run))


def test_failures_are_grouped_by_their_reasons_in_words(
    deployed: Deployed, support: Client
) -> None:
    subs = [*deployed.stuck(2), *deployed.stuck(3, group_name="strangers")]
    run = begin(support, f"{RETRY}?keep=1", sub=subs)
    assert 'class="run-bar "' in support.get(run).content.decode()
    with deployed.without_group():
        answers = batch(support, run)["results"]
    text = support.get(run).content.decode()
    assert 'class="run-bar failed"' in text
    reasons = re.findall(
        r'<tbody data-reason="([^"]*)">\s*<tr class="reason">.*?>(\d)</span>', text
    )
    assert reasons == [("Nobody may join this group", "3"), ("The group is missing", "2")]
    assert Counter(each["reason"] for each in answers) == {
        reason: int(number) for reason, number in reasons
    }
    again = begin(support, f"{run}again/")
    batch(support, again)
    assert 'class="run-bar mixed"' in support.get(again).content.decode()


def test_a_run_is_shown_without_aws(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1)
    run = send(support, RETRY, sub=sub)["run"]
    deployed.aws.faults.fail("BatchGetItem", "AccessDeniedException", times=9)
    page = support.get(run)
    deployed.aws.faults.clear()
    assert page.status_code == 200
    assert f"{sub} Retry completed. The business exists." in said(page)


def test_a_run_says_who_began_it_and_others_see_it_and_can_go_on(
    deployed: Deployed, support: Client, boris: Client
) -> None:
    subs = deployed.stuck(2)
    run = begin(support, RETRY, sub=subs)
    assert "is at work on it" not in said(boris.get(STUCK))
    batch(support, run, size=1)
    assert "Retrying 2 stuck onboardings: sally is at work on it." in said(boris.get(STUCK))
    assert "yours, and not finished. Go on with it" in said(support.get(STUCK))
    assert "Begun by sally" in said(boris.get(run))
    assert "sally is at work on it." in said(boris.get(run))
    assert batch(boris, run)["over"] is True
    assert {deployed.record(sub).attempts[-1].by for sub in subs} == {"sally", "boris"}
    assert "at work on it" not in said(boris.get(STUCK))
    assert "not finished" not in said(support.get(STUCK))


def test_who_is_retried_by_somebody_else_just_now_is_told(
    deployed: Deployed, support: Client, boris: Client
) -> None:
    [sub] = deployed.stuck(1)
    write_history(Staff(None, "sally"), Action.RETRY_BEGUN, [sub], "Retry begun.")
    assert "sally is retrying it" in said(boris.get(named(sub)))
    assert "1 of these is being retried by somebody else just now." in said(boris.get(named(sub)))
    assert "sally is retrying this" in said(boris.get(f"{STUCK}{sub}/change/"))
    assert "is retrying" not in said(support.get(named(sub)))
    HistoryEntry.objects.update(at=timezone.now() - UNDER_WAY_FOR)
    assert "is retrying" not in said(boris.get(named(sub)))


def test_what_somebody_else_mended_says_by_whom_and_when(
    deployed: Deployed, support: Client, boris: Client
) -> None:
    [sub] = deployed.stuck(1)
    run = begin(support, RETRY, sub=sub)
    send(boris, RETRY, sub=sub)
    [result] = batch(support, run)["results"]
    since = deployed.record(sub).updated_at
    assert f"It has been COMPLETED since {since} by boris." in result["text"]
    assert result["fine"] is True


def test_a_run_that_somebody_else_has_finished_meanwhile_is_over(
    deployed: Deployed, support: Client, boris: Client
) -> None:
    [sub] = deployed.stuck(1)
    run = begin(support, f"{RETRY}?all=1")
    assert results(batch(boris, run)) == {sub: "completed"}
    assert batch(support, run) == {"results": [], "over": True, "problem": None}


# What can be done with its results


def test_those_that_failed_are_tried_again_in_a_run_of_their_own(
    deployed: Deployed, support: Client
) -> None:
    fine, broken = deployed.stuck(2)
    with deployed.without_group():
        run = send(support, RETRY, sub=[broken])["run"]
    send(support, RETRY, sub=[fine])
    again = begin(support, f"{run}again/")
    assert left(again) == [broken]
    assert results(batch(support, again)) == {broken: "completed"}
    response = support.post(f"{again}again/", follow=True)
    assert messages(response) == ["No row of this run needs attention any more."]


def test_the_way_back_to_the_list_keeps_its_filters(deployed: Deployed, support: Client) -> None:
    subs = deployed.stuck(3)
    filters = "source=trigger&from=2026-01-01"
    back = f'<a href="{STUCK}?{filters.replace("&", "&amp;")}">Back to the list</a>'
    form = {"_selected_action": subs, "index": "0"}
    for action in ("retry_selected", "dismiss_selected"):
        address = f"{STUCK}?{filters}&q=&p=x"
        asked = support.post(address, {**form, "action": action}, follow=True)
        assert back in asked.content.decode()
    for what in ("retry", "dismiss"):
        assert back in support.get(f"{STUCK}{what}/?all=1&{filters}").content.decode()
    retry = re.search(
        r'id="retry-form" method="post" action="([^"]*)"',
        support.get(named(*subs) + f"&_changelist_filters={quote(filters)}").content.decode(),
    )
    assert retry
    with deployed.without_group():
        run = send(support, unescape(retry[1]), sub=subs)["run"]
    assert back in support.get(run).content.decode()
    assert back in support.get(begin(support, f"{run}again/")).content.decode()
    dismiss = f"{DISMISS}?_changelist_filters={quote(filters)}"
    dismissed = support.post(dismiss, {"sub": subs, "preset": "Spam"})
    assert dismissed.headers["Location"] == f"{STUCK}?{filters}"


def test_nobody_who_was_searched_for_is_stored_with_a_run(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    run = begin(support, f"{named(sub)}&_changelist_filters=q%3Dada%40example.com", sub=sub)
    assert "ada" not in run_at(run).given_as_json


def test_what_staff_wrote_is_forgotten_once_a_run_is_over(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    support.post(DISMISS, {"sub": sub, "preset": "other", "reason": "Ada asked"})
    assert "Ada" not in Run.objects.get(action="dismiss").given_as_json


def test_a_dismissal_is_undone_and_that_too_with_each_reason_it_had(
    deployed: Deployed, support: Client
) -> None:
    first, second = deployed.stuck(2)
    for sub, reason in ((first, "One"), (second, "Two")):
        support.post(DISMISS, {"sub": sub, "preset": "other", "reason": reason})
    form = {"action": "reopen_selected", "_selected_action": [first, second], "index": "0"}
    page = support.post(f"{STUCK}?status=dismissed", form, follow=True)
    assert messages(page)[-1].startswith("2 records: Reopened. <button")
    reopened = Run.objects.get(action="reopen")
    page = support.post(f"{STUCK}run/{reopened.pk}/undo/", follow=True)
    assert messages(page)[-1].startswith("2 records: Dismissed: ")
    assert [deployed.record(sub).status for sub in (first, second)] == [DISMISSED] * 2
    for sub, reason in ((first, "One"), (second, "Two")):
        words = f"Dismissed: {reason}"
        assert [message for _, message in history(sub)] == [words, "Reopened.", words]


def test_what_changed_since_a_dismissal_is_left_by_undo_and_said(
    deployed: Deployed, support: Client
) -> None:
    subs = deployed.stuck(2)
    support.post(DISMISS, {"sub": subs, "preset": "Spam"})
    support.post(REOPEN, {"sub": subs[0]})
    send(support, RETRY, sub=subs[0])
    dismissed = Run.objects.get(action="dismiss")
    page = support.post(f"{STUCK}run/{dismissed.pk}/undo/", follow=True)
    assert "1 to look at" in said(page)
    assert "is COMPLETED, not DISMISSED" in said(page)
    assert [deployed.record(sub).status for sub in subs] == [COMPLETED, FAILED]


def test_a_retry_cannot_be_undone_nor_a_dismissal_tried_again(
    deployed: Deployed, support: Client
) -> None:
    [sub], [other] = deployed.stuck(1), deployed.stuck(1)
    run = send(support, RETRY, sub=sub)["run"]
    assert support.post(f"{run}undo/").status_code == 404
    support.post(DISMISS, {"sub": other, "preset": "Spam"})
    dismissed = Run.objects.get(action="dismiss")
    assert support.post(f"{STUCK}run/{dismissed.pk}/again/").status_code == 404
    assert deployed.record(other).status == DISMISSED


# Many at once


def test_all_that_match_are_dismissed_and_reopened(deployed: Deployed, support: Client) -> None:
    swept, others = deployed.stuck(2, source="sweep"), deployed.stuck(1)
    address = f"{DISMISS}?all=1&source=sweep"
    page = support.get(address)
    assert "2 stuck onboardings will be dismissed." in said(page)
    assert hidden_subs(page) == []
    page = support.post(address, {"preset": "A test account"}, follow=True)
    assert messages(page)[0].startswith("2 records: Dismissed: A test account <button")
    assert {deployed.record(sub).status for sub in swept} == {DISMISSED}
    assert deployed.record(others[0]).status == FAILED
    everybody = f"{REOPEN}?all=1&status=dismissed"
    assert "2 dismissed onboardings will be stuck again" in said(support.get(everybody))
    page = support.post(everybody, follow=True)
    assert messages(page)[0].startswith("2 records: Reopened. <button")
    assert {deployed.record(sub).status for sub in swept} == {FAILED}
    assert "No dismissed onboarding matches." in said(support.get(everybody))


@pytest.mark.parametrize("query", ["status=completed", "q=x", "colour=red"])
def test_nothing_else_is_dismissed_or_reopened(
    deployed: Deployed, support: Client, query: str
) -> None:
    [sub] = deployed.stuck(1)
    for address in (DISMISS, REOPEN):
        response = support.post(f"{address}?all=1&{query}", {"preset": "Spam"})
        assert response.status_code == 400
    assert deployed.record(sub).status == FAILED


@pytest.mark.parametrize(
    "form", [{}, {"preset": "other"}, {"preset": "Spam", "reason": "Mine"}, {"preset": "mine"}]
)
def test_a_dismissal_needs_one_reason(
    deployed: Deployed, support: Client, form: dict[str, str]
) -> None:
    [sub] = deployed.stuck(1)
    page = support.post(DISMISS, {"sub": sub, **form})
    assert page.context["form"].errors
    assert "Dismiss 1" in said(page)
    assert deployed.record(sub).status == FAILED


# One at once


def test_one_is_retried_where_the_button_is(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1)
    page = support.get(f"{STUCK}?source=trigger")
    assert f'formaction="{NOW}" name="sub" value="{sub}"' in page.content.decode()
    form = {"sub": sub, "back": f"{STUCK}?source=trigger"}
    response = support.post(NOW, form, follow=True)
    assert response.redirect_chain[-1][0] == f"{STUCK}?source=trigger"
    [message] = messages(response)
    email = deployed.record(sub).email
    assert message.startswith(f'{email}: The business exists. <a href="{LIST}{sub}/change/">')
    assert history(sub) == [
        ("sally", "Retry begun."),
        ("sally", "Retry completed. The business exists."),
    ]
    assert Run.objects.count() == 0


@pytest.mark.parametrize(
    "back", ["", "//evil.example", "https://evil.example/", "javascript:1", "x", "/" + "x" * 9000]
)
def test_nobody_is_led_out_of_the_site(deployed: Deployed, support: Client, back: str) -> None:
    [sub] = deployed.stuck(1, status=COMPLETED)
    response = support.post(NOW, {"sub": sub, "back": back})
    assert response.headers["Location"] == f"{STUCK}{sub}/change/"


def test_the_script_of_the_row_gets_its_new_state(deployed: Deployed, support: Client) -> None:
    [sub], [broken] = deployed.stuck(1), deployed.stuck(1, reason=Reason("<b>", "<b>"))
    answer = support.post(NOW, {"sub": sub}, headers=JSON).json()
    [result] = answer["results"]
    assert (result["result"], result["text"], result["fine"]) == (
        "completed",
        "The business exists.",
        True,
    )
    assert "completed</span>" in result["state"]
    assert result["business_url"] == f"{LIST}{sub}/change/"
    with deployed.without_group():
        answer = support.post(NOW, {"sub": broken}, headers=JSON).json()
    assert answer["results"][0]["fine"] is False
    assert messages(support.post(NOW, {"sub": ""}, follow=True)) == [
        "Nobody was named, so nothing was done."
    ]


def test_the_accounts_of_the_others_are_asked_for_later(
    deployed: Deployed, support: Client
) -> None:
    subs = deployed.stuck(22)
    deployed.confirm(subs[20])
    page = support.get(named(*subs))
    assert page.content.decode().count("data-ask") == 2
    assert "Whether 2 of these are confirmed is not known yet" in said(page)
    query = "&".join(f"sub={sub}" for sub in subs[20:])
    answer = support.get(f"{RETRY}states/?{query}", headers=JSON).json()
    told = {row["sub"]: row for row in answer["rows"]}
    assert told[subs[20]]["exception"] is False
    assert '<td data-label="Confirmed">yes</td>' in told[subs[20]]["html"]
    assert told[subs[21]]["exception"] is True


# Who may


def test_a_run_needs_the_permission_and_a_refusal_is_on_record(
    deployed: Deployed, support: Client, viewer: Client
) -> None:
    [sub] = deployed.stuck(1)
    run = begin(support, RETRY, sub=sub)
    for what in WHAT:
        assert viewer.post(f"{run}{what}").status_code == 403
    assert viewer.get(run).status_code == 403
    assert viewer.get(f"{RETRY}states/?sub={sub}").status_code == 403
    refusals = HistoryEntry.objects.filter(action=Action.REFUSED).order_by("pk")
    words = [entry.message.removeprefix("Refused for lack of permission: ") for entry in refusals]
    assert words == ["run.", "again.", "undo.", "run.", "states."]
    assert "at work" not in said(viewer.get(STUCK))
    assert 'class="button retry-now"' not in viewer.get(STUCK).content.decode()
    assert deployed.record(sub).status == FAILED


@pytest.mark.parametrize("what", WHAT)
def test_no_such_run_is_said_to_be(deployed: Deployed, support: Client, what: str) -> None:
    for run_id in (uuid.uuid4(), "nonsense"):
        response: Any = support.post(f"{STUCK}run/{run_id}/{what}")
        assert response.status_code in {302, 404}
        assert support.get(f"{STUCK}run/{uuid.uuid4()}/").status_code == 404


def test_an_action_that_this_version_does_not_have_is_no_run(
    deployed: Deployed, support: Client
) -> None:
    run = begin(support, RETRY, sub="somebody")
    stored = run_at(run)
    stored.action = "gone"
    stored.save()
    assert support.get(run).status_code == 404
    assert support.get(STUCK).status_code == 200

"""The page that retries, as its own script drives it and without any script."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape

import pytest
from django.test import Client, override_settings

from businesses.models import HistoryEntry
from businesses.pages.onboarding.actions.retry_rows import RetryRow, Summary
from businesses.pages.onboarding.reads import ACCOUNTS_ASKED, Count
from businesses.records.onboarding import COMPLETED, FAILED, SWEEP, Reason
from businesses.retry.state import OnboardingState
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.onboardings import onboarding
from tests.businesses.pages.onboarding.retrying import (
    JSON,
    RETRY,
    batch,
    begin,
    history,
    named,
    results,
    run_at,
    send,
)
from tests.businesses.pages.said import LIST, STUCK, labelled, said

# What the page says before anything is done


def test_the_action_leads_to_a_page_that_says_what_will_be_done(
    deployed: Deployed, support: Client
) -> None:
    subs = deployed.stuck(2)
    form = {"action": "retry_selected", "_selected_action": subs, "index": "0"}
    response = support.post(STUCK, form, follow=True)
    text = said(response)
    assert "2 people will be retried, and nothing known stands in the way. Each" in text
    assert text.count(f"The user joins the group {GROUP}, and the Business is written.") == 2
    assert "Retry 2 now" in text
    assert deployed.aws.faults.calls("GraphQL") == 0
    assert HistoryEntry.objects.count() == 0


def test_a_group_that_is_missing_is_said_and_nothing_is_promised(
    deployed: Deployed, support: Client
) -> None:
    subs = deployed.stuck(2)
    for sub in subs:
        deployed.confirm(sub)
    with deployed.without_group():
        page = support.get(named(*subs))
        record = said(support.get(f"{STUCK}{subs[0]}/change/"))
    text = said(page)
    assert "The group businesses is missing in Cognito just now, so a retry fails until" in text
    assert "2 people will fail again while the group is missing." in text
    assert "It fails: Cognito has no group businesses. Retry once the group is there." in text
    assert '<section id="retry-exceptions" hidden' in page.content.decode()
    assert "Retry 2 anyway" in text
    assert "It fails: Cognito has no group businesses." in record


FIFTY_OF_MANY = (
    "123 people are stuck, and all will be retried. Nothing known stands in the way of the newest "
    "50, who were looked at."
)


@pytest.mark.parametrize(
    ("looked_at", "count", "words"),
    [
        (1, Count(1), "1 person will be retried, and nothing known stands in the way."),
        (3, Count(3), "3 people will be retried, and nothing known stands in the way."),
        (50, Count(50), "50 people will be retried, and nothing known stands in the way."),
        (50, Count(123), FIFTY_OF_MANY),
    ],
)
def test_the_sentence_reads_well_for_one_few_and_many(
    looked_at: int, count: Count, words: str
) -> None:
    state = OnboardingState(group="businesses", open_group="businesses", exists=True)
    rows = [RetryRow(f"sub-{n}", onboarding(n), state, "") for n in range(looked_at)]
    assert str(Summary(rows, count)) == words


def test_what_is_not_stuck_is_named_and_not_counted(deployed: Deployed, support: Client) -> None:
    [stuck], [done] = deployed.stuck(1), deployed.stuck(1, status=COMPLETED)
    text = said(support.get(named(stuck, done, "nobody")))
    assert "1 person will be retried, and nothing known stands in the way; 2 are not stuck." in text
    assert "Retry 1 now" in text
    assert "Nothing, because the record is COMPLETED." in text
    assert "Nothing, because there is no record with this sub." in text


def test_with_nothing_left_the_page_says_so(deployed: Deployed, support: Client) -> None:
    [done] = deployed.stuck(1, status=COMPLETED)
    text = said(support.get(named(done)))
    assert "None of these onboardings is stuck any more." in text
    assert "now" not in text.split("None of these")[1]
    assert "No onboarding that the trigger recorded is stuck." in said(
        support.get(f"{RETRY}?all=1")
    )


def test_who_is_disabled_or_unconfirmed_is_marked_and_retried_like_the_others(
    deployed: Deployed, support: Client
) -> None:
    confirmed, unconfirmed, disabled = deployed.stuck(3)
    for sub in (confirmed, disabled):
        deployed.confirm(sub)
    deployed.cognito.admin_disable_user(UserPoolId=deployed.pool, Username=disabled)
    page = support.get(named(confirmed, unconfirmed, disabled))
    assert labelled(page, "Confirmed") == ["no: FORCE_CHANGE_PASSWORD", "disabled", "yes"]
    assert "At least 2 of these are currently disabled or not confirmed." in said(page)
    second, third, _ = labelled(page, "What a retry would do")
    assert "has not confirmed: Cognito says FORCE_CHANGE_PASSWORD." in second
    assert "Note that the user is disabled." in third
    assert results(send(support, named(disabled), sub=disabled)) == {disabled: "completed"}


def test_cognito_is_asked_for_few_accounts_and_the_others_are_unknown(
    deployed: Deployed, support: Client
) -> None:
    subs = deployed.stuck(ACCOUNTS_ASKED + 1)
    page = support.get(named(*subs))
    assert deployed.aws.faults.calls("ListUsers") == ACCOUNTS_ASKED
    assert deployed.aws.faults.calls("AdminGetUser") == 0
    assert labelled(page, "Confirmed")[-1] == "unknown"


def test_the_page_comes_without_the_accounts(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1)
    deployed.aws.faults.fail("ListUsers", "AccessDeniedException")
    page = support.get(named(sub))
    assert labelled(page, "Confirmed") == ["unknown"]
    assert "disabled or not" not in said(page)


def test_a_refusal_that_can_be_foreseen_is_said(deployed: Deployed, support: Client) -> None:
    [nameless] = deployed.stuck(1, email="")
    [elsewhere] = deployed.stuck(1, group_name="strangers")
    kept = f"{named(nameless, elsewhere)}&keep=1"
    first, second = labelled(support.get(kept), "What a retry would do")
    assert first.startswith("Nothing. The record has no e-mail address.")
    assert f"the API lets people join only {GROUP}, not strangers, so expect" in second
    assert results(send(support, f"{RETRY}?keep=1", sub=[nameless, elsewhere])) == {
        nameless: "not retried",
        elsewhere: "failed",
    }


def test_a_backlog_that_takes_too_long_to_count_can_be_retried_all_the_same(
    deployed: Deployed, support: Client
) -> None:
    # What one Query reads ends after 1 MB, so these take several.
    deployed.stuck(8, name="x" * 300_000)
    deployed.aws.faults.clear()
    with told_in_the_log("businesses.pages.onboarding.reads") as given_up:
        deployed.aws.faults.lose_connection("Query", after=1, hook=given_up)
        with override_settings(AWS_DEADLINE_SECONDS=2.5):
            page = support.get(f"{RETRY}?all=1")
    assert (
        "More than 3 people are stuck, and all will be retried. Nothing known stands in the way "
        "of the newest 8, who were looked at."
    ) in said(page)
    assert "The newest 8 are shown; all are retried." in said(page)
    assert "Retry all now" in said(page)


@contextmanager
def told_in_the_log(name: str) -> Iterator[Callable[[], None]]:
    """Yield what waits until the logger of that name has said something."""
    told = threading.Event()

    def listen(_: logging.LogRecord) -> bool:
        told.set()
        return True

    logger = logging.getLogger(name)
    logger.addFilter(listen)
    yield lambda: None if told.wait(30) else pytest.fail("nothing was said")
    logger.removeFilter(listen)


# As the script does it


def test_a_batch_is_done_and_says_what_came_of_each(deployed: Deployed, support: Client) -> None:
    subs = deployed.stuck(2)
    answer = send(support, named(*subs), sub=subs)
    assert results(answer) == dict.fromkeys(subs, "completed")
    assert (answer["left"], answer["over"], answer["problem"]) == ([], True, None)
    [first, _] = answer["results"]
    assert first["text"] == "Retry completed. The business exists."
    assert "completed</span>" in first["state"]
    assert first["url"] == f"{STUCK}{first['sub']}/change/"
    assert first["business_url"] == f"{LIST}{first['sub']}/change/"
    assert first["fine"] is True
    assert deployed.businesses(subs) == 2
    assert [attempt.by for attempt in deployed.record(subs[0]).attempts] == ["trigger", "sally"]


def test_who_has_only_a_business_that_datastore_deleted_gets_another(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1, source=SWEEP, reason=Reason("NoBusiness", "No Business."))
    deployed.write_business(sub)
    key = {"id": {"S": sub}}
    deployed.dynamodb.update_item(
        TableName=deployed.outputs["BusinessTableName"],
        Key=key,
        UpdateExpression="SET #deleted = :true, #ttl = :ttl",
        ExpressionAttributeNames={"#deleted": "_deleted", "#ttl": "_ttl"},
        ExpressionAttributeValues={":true": {"BOOL": True}, ":ttl": {"N": "1766836800"}},
    )
    assert results(send(support, named(sub), sub=[sub])) == {sub: "completed"}
    item = deployed.dynamodb.get_item(TableName=deployed.outputs["BusinessTableName"], Key=key)
    assert {"_deleted", "_ttl"}.isdisjoint(item["Item"])


def test_the_history_has_a_line_before_the_call_and_one_with_the_outcome(
    deployed: Deployed, support: Client
) -> None:
    [done], [refused] = deployed.stuck(1), deployed.stuck(1, group_name="strangers")
    send(support, f"{RETRY}?keep=1", sub=[done, refused])
    assert history(done) == [
        ("sally", "Retry begun."),
        ("sally", "Retry completed. The business exists."),
    ]
    [begun, outcome] = history(refused)
    assert begun == ("sally", "Retry begun.")
    assert outcome[1].startswith("Retry failed. Nobody may join this group (GroupNotAllowed: ")
    text = said(support.get(f"{STUCK}{done}/history/"))
    assert "sally Retry completed. The business exists. 1 entry" in text


def test_all_that_match_are_done_batch_after_batch_and_each_once(
    deployed: Deployed, support: Client
) -> None:
    fine = deployed.stuck(5)
    refused = deployed.stuck(2, group_name="strangers")
    swept = deployed.stuck(1, source=SWEEP)
    other = deployed.stuck(1, reason=Reason("Other", "Something else."))
    address = f"{RETRY}?all=1&reason=TooManyRequestsException&keep=1"
    page = support.get(address)
    assert (
        "5 people will be retried, and nothing known stands in the way; "
        "2 are expected to fail, and here is why."
    ) in said(page)
    assert "Onboardings found by the sweep are not included" in said(page)
    met, turns, is_over = dict[str, str](), 0, False
    run = begin(support, address)
    while not is_over:
        answer = batch(support, run, size=2)
        assert met.keys().isdisjoint(results(answer))
        met |= results(answer)
        is_over, turns = answer["over"], turns + 1
    assert met == dict.fromkeys(fine, "completed") | dict.fromkeys(refused, "failed")
    assert turns in {4, 5}  # the last may find nothing
    for sub in (*swept, *other):
        assert len(deployed.record(sub).attempts) == 1


def test_what_the_sweep_found_is_retried_where_the_address_says_so(
    deployed: Deployed, support: Client
) -> None:
    [swept], _ = deployed.stuck(1, source=SWEEP), deployed.stuck(1)
    address = f"{RETRY}?all=1&source=sweep"
    page = support.get(address)
    assert "1 person will be retried, and nothing known stands in the way." in said(page)
    assert "are not included" not in said(page)
    assert results(send(support, address)) == {swept: "completed"}


def test_a_list_of_what_the_sweep_found_leads_to_a_retry_of_it(
    deployed: Deployed, support: Client
) -> None:
    deployed.stuck(1, source=SWEEP)
    page = support.get(STUCK)
    assert "Retry all" not in said(page)
    link = re.search(r'href="([^"]*)">Retry those found by the sweep', page.content.decode())
    assert link
    assert "1 person will be retried, and nothing known stands in the way." in said(
        support.get(unescape(link[1]))
    )


def test_a_list_with_some_that_the_sweep_found_tells_whom_a_retry_of_all_leaves_out(
    deployed: Deployed, support: Client
) -> None:
    left_out = "“Retry all” leaves out those found by the sweep"
    deployed.stuck(2)
    assert left_out not in said(support.get(STUCK))
    deployed.stuck(1, source=SWEEP)
    page = said(support.get(STUCK))
    assert "Retry all (2)" in page
    assert left_out in page
    for source in ("sweep", "trigger"):
        assert left_out not in said(support.get(f"{STUCK}?source={source}"))


@pytest.mark.parametrize(
    "query",
    [
        *("status=dismissed", "q=x", "source=me", "colour=red", "sub=x"),
        *("source=sweep&source=trigger", "reason=&reason=TooManyRequestsException"),
    ],
)
def test_all_of_what_a_retry_cannot_keep_to_is_refused(
    deployed: Deployed, support: Client, query: str
) -> None:
    [stuck] = deployed.stuck(1)
    answer = support.post(f"{RETRY}?all=1&{query}", headers=JSON)
    assert answer.status_code == 400
    last = query.rpartition("&")[2]
    assert f"“{last}” in the address is not understood" in answer.json()["problem"]["message"]
    for page in (support.get(f"{RETRY}?all=1&{query}"), support.post(f"{RETRY}?all=1&{query}")):
        assert page.status_code == 400
        assert "is not understood" in said(page)
    assert deployed.record(stuck).status == FAILED
    assert history(stuck) == []


def test_what_the_list_adds_to_its_addresses_narrows_nothing(
    deployed: Deployed, support: Client
) -> None:
    [stuck] = deployed.stuck(1)
    answer = send(support, f"{RETRY}?q=&status=&e=1&o=1&p=x&all=1")
    assert results(answer) == {stuck: "completed"}


def test_a_position_that_this_version_did_not_sign_is_refused(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    address = begin(support, f"{RETRY}?all=1")
    run = run_at(address)
    run.position = "WzAsIiJd:AAAA"
    run.save()
    answer = batch(support, address)
    assert answer["problem"] == {
        "message": "This version of the site cannot continue the run.",
        "hint": "Begin anew with those that are left.",
    }
    assert deployed.record(sub).status == FAILED


@pytest.mark.parametrize("size", ["0", "-3", "many", "1000000", "", "9" * 5000])
def test_any_size_is_brought_within_bounds(deployed: Deployed, support: Client, size: str) -> None:
    subs = deployed.stuck(2)
    answer = batch(support, begin(support, f"{RETRY}?all=1"), size=size)
    assert results(answer) == dict.fromkeys(subs, "completed")


def test_what_fails_again_says_why(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1)
    with deployed.without_group():
        [result] = send(support, named(sub), sub=sub)["results"]
    assert (result["result"], result["fine"]) == ("retry failed", False)
    assert result["text"].startswith(
        "Retry failed. The group is missing (ResourceNotFoundException"
    )
    assert deployed.record(sub).reason.type == "ResourceNotFoundException"


# Without a script

AT_ONCE = {"at_once": "1"}  # which the form sends in a browser without scripts


def test_the_same_form_works_without_a_script(deployed: Deployed, support: Client) -> None:
    subs = deployed.stuck(2)
    assert '<noscript><input type="hidden" name="at_once"' in (
        support.get(named(*subs)).content.decode()
    )
    page = support.post(RETRY, {"sub": subs, **AT_ONCE}, follow=True)
    text = said(page)
    assert "2 of 2 · 2 done · Finished." in text
    assert text.count("✓ completed Retry completed. The business exists. Open the business") == 2
    assert "Continue" not in text
    assert deployed.businesses(subs) == 2


def test_without_a_script_a_hundred_are_done_and_the_rest_is_left(
    deployed: Deployed, support: Client
) -> None:
    first, hundredth, last = deployed.stuck(3)
    nobodies = [f"nobody-{number}" for number in range(98)]  # whom to retry takes no time
    named = {"sub": [first, *nobodies, hundredth, last]}
    page = support.post(RETRY, {**named, **AT_ONCE}, follow=True)
    assert "100 of 101 · 2 done, 98 to look at" in said(page)
    assert "Continue" in said(page)
    assert [deployed.record(sub).status for sub in (hundredth, last)] == [COMPLETED, FAILED]
    page = support.post(page.request["PATH_INFO"], follow=True)
    assert "101 of 101 · 3 done, 98 to look at · Finished." in said(page)
    assert deployed.businesses([first, hundredth, last]) == 3


def test_without_a_script_all_that_match_go_on_from_page_to_page(
    deployed: Deployed, support: Client
) -> None:
    subs = deployed.stuck(3)
    run = begin(support, f"{RETRY}?all=1")
    assert "2 of 3 · 2 done" in said(support.post(run, {"size": "2"}, follow=True))
    assert "3 of 3 · 3 done · Finished." in said(support.post(run, follow=True))
    assert deployed.businesses(subs) == 3


def test_names_are_escaped_on_the_page(deployed: Deployed, support: Client) -> None:
    evil = "<img src=x>"
    [sub] = deployed.stuck(1, name=evil, email=evil, reason=Reason(evil, evil))
    assert evil not in support.get(named(sub)).content.decode()
    page = support.post(RETRY, {"sub": [sub, evil], **AT_ONCE}, follow=True)
    assert evil not in page.content.decode()
    assert "There is no record with this sub." in said(page)

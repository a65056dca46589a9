"""More rows than are done at a time: each is named, and none is left out without a word."""

from typing import Any

import pytest
from django.test import Client

from businesses.queries.onboarding_plan import Choice
from businesses.records.onboarding import DISMISSED
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import onboarding, write_onboardings
from tests.businesses.pages.onboarding.retrying import RETRY, named, send
from tests.businesses.pages.said import STUCK, hidden_subs, said

MANY = 130


@pytest.fixture
def subs(deployed: Deployed) -> list[str]:
    """Write stuck onboardings whose subs are as long as Cognito's; return the subs."""
    records = [onboarding(number, sub=f"{number:036}") for number in range(MANY)]
    write_onboardings(deployed.dynamodb, deployed.table.name, *records)
    return [record.sub for record in records]


def act(browser: Client, action: str, subs: list[str], **more: str) -> Any:
    form = {"action": action, "_selected_action": subs, "index": "0", **more}
    return browser.post(f"{STUCK}?source=trigger", form, follow=True)


@pytest.mark.parametrize("count", [20, MANY])
def test_every_selected_row_is_on_the_page_that_retries(
    support: Client, subs: list[str], count: int
) -> None:
    page = act(support, "retry_selected", subs[:count])
    assert hidden_subs(page) == subs[:count]
    assert f"Retry {count} now" in said(page)
    assert f'action="{RETRY}?_changelist_filters=source%3Dtrigger"' in page.content.decode()
    told = f"Of the {MANY} rows that are named, the first 100 are shown; all are retried."
    assert (told in said(page)) == (count == MANY)


def test_every_row_that_an_address_names_is_on_the_page(support: Client, subs: list[str]) -> None:
    page = support.get(named(*subs, "nobody"))
    assert hidden_subs(page) == subs
    assert f"Of the {MANY + 1} rows that are named, the first 100 are shown" in said(page)


def test_what_was_not_tried_yet_is_left_for_the_next_batch(
    deployed: Deployed, support: Client, subs: list[str]
) -> None:
    deployed.aws.faults.fail("BatchGetItem", "AccessDeniedException", times=1)
    answer = send(support, RETRY, sub=subs)
    assert answer["left"] == subs
    assert answer["problem"]["message"] == "A permission is missing."


def test_dismissals_go_on_until_every_selected_row_is_done(
    deployed: Deployed, support: Client, subs: list[str]
) -> None:
    page = act(support, "dismiss_selected", subs)
    assert hidden_subs(page) == subs
    assert f"Dismiss {MANY}" in said(page)
    page = support.post(f"{STUCK}dismiss/", {"sub": subs, "reason": "A test"}, follow=True)
    assert "100 of 130 · 100 done" in said(page)
    page = support.post(page.request["PATH_INFO"], follow=True)
    assert "130 of 130 · 130 done · Finished." in said(page)
    assert deployed.table.count_of(Choice(status=DISMISSED)) == MANY


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("retry_selected", "No onboarding is named."),
        ("dismiss_selected", "There is no such record"),
    ],
)
def test_an_action_on_more_than_the_page_lists_names_nobody(
    support: Client, subs: list[str], action: str, words: str
) -> None:
    assert words in said(act(support, action, subs[:1], select_across="1"))


def test_an_action_on_a_list_that_shows_nothing_is_refused(
    deployed: Deployed, support: Client, subs: list[str]
) -> None:
    form = {"action": "retry_selected", "_selected_action": subs[:1], "index": "0"}
    response = support.post(f"{STUCK}?status=lost", form)
    assert response.status_code == 400
    assert "“status=lost” in the address is not understood" in said(response)

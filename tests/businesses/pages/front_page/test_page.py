"""The admin's front page over the real stack: its parts, and what happens when one is missing."""

import re
import socket
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone

from businesses.figures.cached import fresh_key
from businesses.pages.front_page.backend_state import BACKEND, STATES
from businesses.pages.front_page.numbers import UNKNOWN
from businesses.records.business import format_time
from businesses.records.onboarding import COMPLETED, NOT_IN_ITS_GROUP, OUT_OF_GROUP, SWEEP, Reason
from businesses.templatetags.backend import with_code
from tests.businesses.account import Account, business
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import Deployed
from tests.businesses.management.reports import swept
from tests.businesses.pages.onboarding.retrying import RETRY, send
from tests.businesses.pages.said import LIST, STUCK, names, said, text_of

FRONT = "/admin/"
GONE = Reason("ResourceNotFoundException", "Group not found.")


def numbers(response: object) -> dict[str, tuple[str, str]]:
    """Return each number's text, with its note, and its address, by its label."""
    text = response.content.decode()  # type: ignore[attr-defined]
    found = re.findall(
        r'<a href="([^"]*)"[^>]*><span class="label">(.*?)</span>(.*?)</a>', text, re.DOTALL
    )
    return {
        label: (" ".join(re.sub(r"<[^>]+>", " ", rest).split()), address)
        for address, label, rest in found
    }


def put_businesses(deployed: Deployed, *ages: timedelta) -> None:
    for number, age in enumerate(ages):
        at = format_time(timezone.now() - age)
        item = business(number, id=f"counted-{number}", created_at=at).to_item()
        deployed.dynamodb.put_item(TableName=deployed.outputs["BusinessTableName"], Item=item)


@pytest.fixture
def counted(deployed: Deployed) -> Deployed:
    """The stack with three businesses: of this minute, of three days ago, and of twenty.

    DataStore deleted a fourth one.
    """
    put_businesses(deployed, timedelta(0), timedelta(days=3), timedelta(days=20))
    gone = business(9, created_at=format_time(timezone.now())).to_item()
    item: Any = {**gone, "_deleted": {"BOOL": True}}
    deployed.dynamodb.put_item(TableName=deployed.outputs["BusinessTableName"], Item=item)
    return deployed


def test_the_numbers_lead_to_what_they_count(counted: Deployed, viewer: Client) -> None:
    old = format_time(timezone.now() - timedelta(days=12, hours=1))
    [sub] = counted.stuck(1, first_failed_at=old, reason=GONE)
    counted.stuck(2)
    counted.stuck(4, status=OUT_OF_GROUP, reason=Reason(NOT_IN_ITS_GROUP, ""))
    swept()
    found = numbers(viewer.get(FRONT))
    assert found["Stuck now"] == ("3 for 2 reasons", STUCK)
    assert found["Waiting longest"][0].startswith("12 days Since ")
    assert found["Waiting longest"][1] == f"/admin/businesses/person/{sub}/"
    assert found["Not in their group"][0].startswith("4 At the sweep of ")
    assert len(names(viewer.get(found["Not in their group"][1]))) == 4
    for label, shown in (("Onboarded in 24 h", "1"), ("Onboarded in 7 days", "2")):
        text, address = found[label]
        assert text == shown
        assert len(names(viewer.get(address))) == int(shown)
        assert address.startswith(f"{LIST}?created=")


def test_the_chart_says_the_same_in_words_and_in_a_table(counted: Deployed, viewer: Client) -> None:
    day = timezone.now() - timedelta(days=2)
    mended = {"status": COMPLETED, "updated_at": format_time(day + timedelta(days=1))}
    counted.stuck(2, first_failed_at=format_time(day), **mended)
    counted.stuck(1, first_failed_at=format_time(day))
    page = viewer.get(FRONT)
    text = page.content.decode()
    assert "In 30 days: 3 onboarded, 3 got stuck, 2 mended." in text
    local = timezone.localtime(day)
    row = re.search(rf'<th scope="row">{local:%a, {local.day} %b %Y}</th>(.*?)</tr>', text)
    assert row is not None
    told = [text_of(cell) for cell in re.findall(r"<td.*?</td>", row[1])]
    assert told == ["0", "3: 1 still stuck, 2 completed", "0"]
    assert 'role="img"' in text
    assert " style=" not in text


def test_a_cause_leads_to_the_retry_of_all_that_have_it(deployed: Deployed, sally: User) -> None:
    support = logged_in(sally)
    deployed.stuck(2, reason=GONE)
    deployed.stuck(1, reason=Reason("NoBusiness", "…"), source=SWEEP)
    text = support.get(FRONT).content.decode()
    retries = re.findall(r'<a class="button" href="([^"]*)">', text)
    assert [address.replace("&amp;", "&") for address in retries] == [
        f"{STUCK}retry/?all=1&reason=ResourceNotFoundException&source=trigger",
        f"{STUCK}retry/?all=1&reason=NoBusiness&source=sweep",
    ]
    for address, count in zip(retries, (2, 1), strict=True):
        page = support.get(address.replace("&amp;", "&"))
        assert page.content.decode().count("<tr data-sub=") == count


def test_a_cause_that_no_retry_mends_leads_to_the_dismissal(
    deployed: Deployed, support: Client
) -> None:
    deployed.stuck(2, reason=Reason("UserNotFoundException", "User does not exist."))
    text = support.get(FRONT).content.decode()
    [(address, verb)] = re.findall(r'<a class="button" href="([^"]*)">(\w+)', text)
    assert verb == "Dismiss"
    assert "2 stuck onboardings will be dismissed" in said(support.get(unescape(address)))


def test_a_day_of_the_chart_leads_to_who_got_stuck_on_it(
    deployed: Deployed, viewer: Client
) -> None:
    deployed.forget_onboardings()
    at = format_time(timezone.now() - timedelta(days=1))
    now = format_time(timezone.now())
    deployed.stuck(3, first_failed_at=at, updated_at=now)
    deployed.stuck(2, status=COMPLETED, updated_at=now, first_failed_at=at)
    chart, _, table = viewer.get(FRONT).content.decode().partition("The same as a table")
    links = re.findall(r'<a href="([^"]*failed-from[^"]*)">(\d+) ([\w ]+)</a>', table)
    assert [(number, words) for _, number, words in links] == [
        ("3", "still stuck"),
        ("2", "completed"),
    ]
    for address, number, _ in links:
        assert len(names(viewer.get(unescape(address)))) == int(number)
    assert f'class="middle" tabindex="-1" href="{links[0][0]}"' in chart


def test_a_day_of_the_chart_leads_to_who_was_onboarded_and_mended_on_it(
    counted: Deployed, viewer: Client
) -> None:
    at = format_time(timezone.now() - timedelta(days=1))
    counted.stuck(2, status=COMPLETED, updated_at=at, first_failed_at=at)
    chart, _, table = viewer.get(FRONT).content.decode().partition("The same as a table")
    links = re.findall(r'<td class="count"><a href="([^"]*)">(\d+)</a>', table)
    assert [address.partition("?")[0] for address, _ in links] == [LIST, STUCK, LIST, LIST]
    for address, number in links:
        assert len(names(viewer.get(unescape(address)))) == int(number)
        assert f'href="{address}"' in chart


@pytest.mark.parametrize("kind", ["", "x" * 300])
def test_a_cause_that_is_no_filter_has_no_retry(
    deployed: Deployed, support: Client, kind: str
) -> None:
    deployed.stuck(1, reason=Reason(kind, ""))
    assert '<a class="button"' not in support.get(FRONT).content.decode()


def test_who_may_not_retry_is_offered_none(deployed: Deployed, viewer: Client) -> None:
    deployed.stuck(1)
    assert '<a class="button"' not in viewer.get(FRONT).content.decode()


def test_ones_own_action_shows_at_once(deployed: Deployed, support: Client) -> None:
    [dismissed, *_] = deployed.stuck(3)
    assert numbers(support.get(FRONT))["Stuck now"][0].startswith("3 ")
    form = {"sub": dismissed, "reason": "A test account."}
    support.post(f"{STUCK}dismiss/", form)
    page = support.get(FRONT)
    assert numbers(page)["Stuck now"][0].startswith("2 ")
    assert "3 got stuck" in page.content.decode()
    support.post(f"{STUCK}reopen/", {"sub": dismissed})
    page = support.get(FRONT)
    assert numbers(page)["Stuck now"][0].startswith("3 ")
    assert "3 got stuck" in page.content.decode()


def test_a_retry_shows_at_once(deployed: Deployed, support: Client) -> None:
    [sub] = deployed.stuck(1)
    deployed.confirm(sub)
    before = numbers(support.get(FRONT))
    send(support, RETRY, sub=sub)
    page = support.get(FRONT)
    after = numbers(page)
    assert (before["Stuck now"][0], after["Stuck now"][0]) == (
        "1 for one reason",
        "0 Nobody waits for you",
    )
    day = "Onboarded in 24 h"
    assert int(after[day][0]) == int(before[day][0]) + 1
    assert "1 mended" in page.content.decode()


# What one page costs


def calls_of(deployed: Deployed, browser: Client) -> list[str]:
    deployed.aws.faults.clear()
    assert browser.get(FRONT).status_code == 200
    return sorted(deployed.aws.faults.history)


def test_a_page_makes_at_most_three_calls_once_it_is_warm(
    counted: Deployed, support: Client
) -> None:
    [sub] = counted.stuck(1)
    cold = calls_of(counted, support)
    assert [each for each in cold if each != "Query"] == [
        "DescribeStacks",  # the outputs
        "DescribeStacks",  # the state
        "DescribeTable",
        "DescribeTable",
        "DescribeUserPool",
        "GetGroup",
        "lambda",  # GetPolicy, whose operation is in its address
    ]
    assert cold.count("Query") == 5  # stuck, not in the group, mended, dismissed, onboarded
    assert calls_of(counted, support) == ["Query", "Query"]  # stuck and onboarded
    counted.confirm(sub)
    send(support, RETRY, sub=sub)
    assert calls_of(counted, support) == ["Query"] * 3  # and mended
    assert calls_of(counted, support) == ["Query", "Query"]


# A part that is missing


def test_the_page_comes_without_aws(deployed: Deployed, viewer: Client) -> None:
    swept()
    deployed.aws.faults.fail("DescribeStacks", "AccessDenied", status=403, times=20)
    response = viewer.get(FRONT)
    text = said(response)
    assert "AWS does not answer everything just now." in text
    assert numbers(response)["Stuck now"][0] == f"{UNKNOWN} Not known just now"
    assert "Sweep. The last one ended 30 minutes ago" in text
    assert "Backend. Its state is not known just now" in text
    assert "What AWS said" not in text


def test_the_page_ends_with_what_the_tabs_do_not_lead_to(
    deployed: Deployed, superuser: Client, viewer: Client, db: None
) -> None:
    def others(browser: Client) -> list[str]:
        return re.findall(
            r'<a href="([^"]*)">',
            browser.get(FRONT).content.decode().partition('class="other-pages"')[2],
        )[:3]

    assert others(superuser) == [
        "/admin/auth/group/",
        "/admin/auth/user/",
        "/admin/businesses/historyentry/",
    ]
    assert others(viewer) == []
    sam = User.objects.create_user("sam", is_staff=True)
    sam.user_permissions.add(Permission.objects.get(codename="view_business"))
    assert "Businesses View" in said(logged_in(sam).get(FRONT))  # as there are no numbers


def test_a_superuser_reads_what_aws_said(deployed: Deployed, superuser: Client) -> None:
    deployed.aws.faults.fail("DescribeStacks", "AccessDenied", status=403, times=20)
    assert "What AWS said AWS refused" in said(superuser.get(FRONT))


def test_the_numbers_may_be_missing_alone(deployed: Deployed, viewer: Client) -> None:
    deployed.aws.faults.fail("Query", "AccessDeniedException", times=20)
    response = viewer.get(FRONT)
    assert response.status_code == 200
    assert numbers(response)["Onboarded in 7 days"][0] == f"{UNKNOWN} Not known just now"
    assert "Backend. It works, as of " in said(response)
    deployed.aws.faults.clear()


def test_the_backends_state_may_be_missing_alone(deployed: Deployed, viewer: Client) -> None:
    deployed.stuck(1)
    for operation in ("DescribeUserPool", "GetPolicy", "GetGroup", "DescribeTable"):
        deployed.aws.faults.fail(operation, "AccessDeniedException", times=4)
    response = viewer.get(FRONT)
    assert numbers(response)["Stuck now"][0] == "1 for one reason"
    deployed.aws.faults.clear()


def test_the_page_does_not_wait_for_long(
    deployed: Deployed, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        override_settings(AWS_DEADLINE_SECONDS=0.5),
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert "AWS does not answer everything just now" in said(viewer.get(FRONT))


# The backend in one line


def test_stuck_people_are_not_a_broken_backend(deployed: Deployed, viewer: Client) -> None:
    deployed.stuck(1)
    at = timezone.localtime()
    text = said(viewer.get(FRONT))
    assert "Backend. It works, as of " in text
    assert f"as of {at:%H:}" in text or at.minute == 59


def test_a_failure_that_is_newer_than_the_checks_puts_them_in_doubt(
    deployed: Deployed, viewer: Client
) -> None:
    assert "Backend. It works, as of " in said(viewer.get(FRONT))
    with deployed.without_group():
        deployed.sign_up()
        text = said(viewer.get(FRONT))
        assert "Backend. It works" not in text
        assert "found nothing wrong, but somebody got stuck: “The group is missing”" in text
        # Once the checks are half a minute old, they are made anew.
        key = fresh_key(BACKEND)
        state = STATES.get(key)
        assert state is not None
        STATES.set(key, replace(state, at=state.at - timedelta(minutes=1)), 60)
        assert "Backend. Something is wrong: group, as of " in said(viewer.get(FRONT))
        assert "It works" not in said(viewer.get(FRONT))
    cache.delete(key)  # as time does
    assert "Backend. It works, as of " in said(viewer.get(FRONT))


@pytest.mark.parametrize(("minutes", "is_in_doubt"), [(30, True), (90, False)])
def test_what_no_check_sees_puts_them_in_doubt_for_an_hour(
    deployed: Deployed, viewer: Client, minutes: int, is_in_doubt: bool
) -> None:
    at = format_time(timezone.now() - timedelta(minutes=minutes))
    denied = Reason("AccessDeniedException", "Not authorized.")
    deployed.stuck(1, updated_at=at, reason=denied)
    text = said(viewer.get(FRONT))
    assert ("somebody got stuck: “A permission is missing”" in text) is is_in_doubt
    assert ("Backend. It works" in text) is not is_in_doubt


def test_only_superusers_read_the_commands_that_mend_it(
    deployed: Deployed, viewer: Client, superuser: Client
) -> None:
    with deployed.without_group():
        for browser, reads_commands in ((viewer, False), (superuser, True)):
            text = said(browser.get(FRONT))
            assert "Backend. Something is wrong: group, as of " in text
            assert "The user pool has no group businesses" in text
            assert ("create-group" in text) is reads_commands
            assert ("manage.py" in text) is reads_commands
            assert ("Whoever runs this site can fix it" in text) is not reads_commands


def test_a_command_in_a_sentence_is_code_and_the_rest_is_escaped() -> None:
    assert with_code("Run `manage.py a <b>` & wait.") == (
        "Run <code>manage.py a &lt;b&gt;</code> &amp; wait."
    )


# Who sees it


def test_who_sees_no_businesses_sees_nothing_of_it(deployed: Deployed, db: None) -> None:
    browser = logged_in(User.objects.create_user("sam", is_staff=True))
    page = browser.get(FRONT)
    assert "front-page" not in page.content.decode().replace("front_page.css", "")
    assert "Backend" not in said(page)
    assert deployed.aws.faults.history == []


def test_who_sees_only_stuck_onboardings_learns_no_number_of_businesses(
    counted: Deployed, db: None
) -> None:
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_onboarding"))
    page = logged_in(user).get(FRONT)
    assert list(numbers(page)) == ["Stuck now", "Waiting longest", "Not in their group"]
    assert (
        "nboarded"
        not in page.content.decode().split("front-page")[1].split('id="content-related"')[0]
    )


# This one empties the account, so it is the last


def test_the_page_comes_while_the_stack_lacks_an_output(account: Account, viewer: Client) -> None:
    account.deploy()
    response = viewer.get(FRONT)
    assert numbers(response)["Stuck now"][0] == f"{UNKNOWN} Not known just now"
    assert numbers(response)["Onboarded in 7 days"][0] == "0"

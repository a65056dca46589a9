"""Who may retry, dismiss, reopen and onboard."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from businesses.records.onboarding import FAILED
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import Deployed
from tests.businesses.pages.onboarding.retrying import JSON, RETRY, history, named
from tests.businesses.pages.said import STUCK


def view_of(page: str) -> str:
    return f"admin:businesses_onboarding_{name_of(page)}"


def name_of(page: str) -> str:
    return page.rstrip("/").replace("/", "-") or "changelist"


@pytest.mark.parametrize(
    "page", ["retry/", "retry/now/", "dismiss/", "reopen/", "refresh/", "onboard/"]
)
def test_a_viewer_who_forges_a_post_changes_nothing_and_is_logged(
    deployed: Deployed, viewer: Client, caplog: pytest.LogCaptureFixture, page: str
) -> None:
    [sub] = deployed.stuck(1)
    before = deployed.record(sub)
    form = {"sub": sub, "reason": "Mine"}
    for headers in ({}, JSON):
        response = viewer.post(f"{STUCK}{page}?sub={sub}", form, headers=headers)
        assert response.status_code == 403
    assert viewer.get(f"{STUCK}{page}?sub={sub}").status_code == 403
    assert deployed.record(sub) == before
    assert deployed.aws.faults.calls("GraphQL") == 0
    assert history(sub) == [("vera", f"Refused for lack of permission: {name_of(page)}.")] * 3
    vera = User.objects.get(username="vera")
    assert f"User {vera.pk} was refused: POST {view_of(page)}" in caplog.messages


@pytest.mark.parametrize(
    "page", ["", "retry/", "retry/now/", "dismiss/", "reopen/", "refresh/", "onboard/"]
)
def test_a_forged_post_of_who_is_not_on_the_staff_changes_nothing_and_is_logged(
    deployed: Deployed, db: None, caplog: pytest.LogCaptureFixture, page: str
) -> None:
    [sub] = deployed.stuck(1)
    before = deployed.record(sub)
    customer = User.objects.create_user("customer")
    form = {"sub": sub, "reason": "Mine", "action": "retry_selected", "_selected_action": sub}
    for browser, who in ((Client(), "anonymous"), (logged_in(customer), customer.pk)):
        response = browser.post(f"{STUCK}{page}?sub={sub}", form)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/")
        assert f"User {who} was refused: POST {view_of(page)}" in caplog.messages
    assert deployed.record(sub) == before
    what = name_of(page)
    assert history(sub) == [("customer", f"Refused for lack of permission: {what}.")]


@pytest.mark.parametrize("action", ["retry_selected", "dismiss_selected"])
def test_a_viewer_who_forges_an_action_is_refused(
    deployed: Deployed, viewer: Client, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    [sub] = deployed.stuck(1)
    form = {"action": action, "_selected_action": [sub], "index": "0"}
    assert viewer.post(STUCK, form).status_code == 403
    vera = User.objects.get(username="vera")
    assert f"User {vera.pk} was refused: POST {view_of('')}" in caplog.messages
    assert history(sub) == [("vera", "Refused for lack of permission: changelist.")]


@pytest.mark.parametrize("who", ["ann@example.com", "%0DUser 1 was refused", "%1B[2J"])
def test_the_log_has_nothing_of_the_address_that_was_refused(
    db: None, caplog: pytest.LogCaptureFixture, who: str
) -> None:
    assert Client().post(f"{STUCK}{who}/change/").status_code == 302
    refused, access = caplog.messages
    assert refused == f"User anonymous was refused: POST {view_of('change')}"
    assert access.startswith(f"POST {view_of('change')} 302 in ")


def test_who_may_retry_but_not_see_may_do_neither(deployed: Deployed, db: None) -> None:
    user = User.objects.create_user("odd", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="retry_onboarding"))
    browser = Client()
    browser.force_login(user)
    assert browser.get(RETRY).status_code == 403


def test_a_post_without_its_token_is_refused(deployed: Deployed, sally: User) -> None:
    [sub] = deployed.stuck(1)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(sally)
    assert browser.post(named(sub), {"sub": sub}, headers=JSON).status_code == 403
    assert deployed.record(sub).status == FAILED

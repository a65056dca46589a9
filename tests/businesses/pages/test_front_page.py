"""The backend's state in short, on the admin's front page, as far as the site may look."""

import socket

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from businesses.templatetags.backend import with_code
from tests.businesses.account import Account
from tests.businesses.deployed import Deployed
from tests.businesses.management.reports import swept
from tests.businesses.pages.said import said


def test_the_front_page_says_that_all_is_well(deployed: Deployed, viewer: Client) -> None:
    swept()
    text = said(viewer.get("/admin/"))
    assert "No problem was found by the checks that this site is allowed to make." in text
    # Stack, trigger, its permission, group, two tables, people and sweep; nobody detected drift.
    assert "8 ok, 0 wrong, 1 not checked" in text


def test_the_front_page_names_what_is_wrong(deployed: Deployed, viewer: Client) -> None:
    deployed.stuck(1)
    response = viewer.get("/admin/")
    assert "1 person is stuck." in said(response)
    assert '<a href="/admin/businesses/onboarding/">stuck onboardings</a>' in response.text
    asked = deployed.aws.faults.calls("DescribeUserPool")
    viewer.get("/admin/")
    assert deployed.aws.faults.calls("DescribeUserPool") == asked  # within the minute


def test_a_command_in_a_sentence_is_code_and_the_rest_is_escaped() -> None:
    assert with_code("Run `manage.py a <b>` & wait.") == (
        "Run <code>manage.py a &lt;b&gt;</code> &amp; wait."
    )


def test_the_front_page_comes_without_aws(deployed: Deployed, viewer: Client) -> None:
    deployed.aws.faults.fail("DescribeStacks", "AccessDenied", status=403, times=5)
    response = viewer.get("/admin/")
    assert response.status_code == 200
    assert "AWS refused" in said(response)


def test_the_front_page_does_not_wait_for_long(
    deployed: Deployed, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        override_settings(AWS_DEADLINE_SECONDS=0.5),
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert "AWS did not answer within" in said(viewer.get("/admin/"))


def test_who_sees_no_businesses_sees_no_backend(deployed: Deployed, db: None) -> None:
    user = User.objects.create_user("sam", is_staff=True)
    browser = Client()
    browser.force_login(user)
    assert "Backend" not in said(browser.get("/admin/"))


def test_the_front_page_comes_while_the_stack_lacks_an_output(
    account: Account, viewer: Client
) -> None:
    account.deploy()
    assert "has no output TriggerFunctionName" not in said(viewer.get("/admin/"))

"""Who may open which address: a scan of all of them, as everybody who could try.

The addresses come from the URL resolver, so that a new one fails until it is said here who may
open it.
"""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from businesses.audit.history import Action, Staff, write_history
from businesses.models import HistoryEntry
from businesses.records.onboarding import COMPLETED
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import Deployed
from tests.businesses.pages.any_request import routes
from tests.harness.counts import count

ROLES = ["staff", "Viewer", "Support", "superuser", "nobody"]
OPEN = {"/", "/admin/login/", "/admin/logout/"}
ENDS_THE_SESSION = {"/admin/logout/"}
BEFORE_THE_CODE = {"/admin/second-factor/", "/admin/second-factor/code/"}
# The first of the roles that may do anything there; those after it may too. With * for a value.
MAY_OPEN = {
    "/": "staff",
    "/admin/": "staff",
    "/admin/*": "staff",  # no such page
    "/admin/*/": "staff",  # a list of the pages that one may see
    "/admin/login/": "staff",
    "/admin/logout/": "staff",
    "/admin/jsi18n/": "staff",
    "/admin/password_change/": "staff",
    "/admin/password_change/done/": "staff",
    "/admin/second-factor/": "staff",
    "/admin/second-factor/code/": "staff",
    "/admin/r/*/*/": "staff",  # no model has an address elsewhere
    "/admin/autocomplete/": "nobody",  # no field asks it
    "/admin/auth/group/": "superuser",
    "/admin/auth/group/*/": "staff",  # leads to the page below it, as all of this form
    "/admin/auth/group/*/change/": "superuser",
    "/admin/auth/group/*/delete/": "superuser",
    "/admin/auth/group/*/history/": "superuser",
    "/admin/auth/group/add/": "superuser",
    "/admin/auth/user/": "superuser",
    "/admin/auth/user/*/": "staff",
    "/admin/auth/user/*/change/": "superuser",
    "/admin/auth/user/*/delete/": "superuser",
    "/admin/auth/user/*/history/": "superuser",
    "/admin/auth/user/*/password/": "superuser",
    "/admin/auth/user/add/": "superuser",
    "/admin/businesses/business/": "Viewer",
    "/admin/businesses/business/*/": "staff",
    "/admin/businesses/business/*/change/": "Viewer",
    "/admin/businesses/business/*/delete/": "nobody",
    "/admin/businesses/business/*/history/": "Viewer",
    "/admin/businesses/business/add/": "nobody",
    "/admin/businesses/business/drift/": "Viewer",
    "/admin/businesses/business/export/": "Support",
    "/admin/businesses/business/groups/": "Viewer",
    "/admin/businesses/business/newer/": "Viewer",
    "/admin/businesses/business/put-back/": "Support",
    "/admin/businesses/historyentry/": "superuser",
    "/admin/businesses/historyentry/*/": "staff",
    "/admin/businesses/historyentry/*/change/": "superuser",
    "/admin/businesses/historyentry/*/delete/": "nobody",
    "/admin/businesses/historyentry/*/history/": "superuser",
    "/admin/businesses/historyentry/add/": "nobody",
    "/admin/businesses/onboarding/": "Viewer",
    "/admin/businesses/onboarding/*/": "staff",
    "/admin/businesses/onboarding/*/change/": "Viewer",
    "/admin/businesses/onboarding/*/delete/": "nobody",
    "/admin/businesses/onboarding/*/history/": "Viewer",
    "/admin/businesses/onboarding/add/": "nobody",
    "/admin/businesses/onboarding/dismiss/": "Support",
    "/admin/businesses/onboarding/drift/": "Viewer",
    "/admin/businesses/onboarding/export/": "Support",
    "/admin/businesses/onboarding/newer/": "Viewer",
    "/admin/businesses/onboarding/onboard/": "Support",
    "/admin/businesses/onboarding/refresh/": "Support",
    "/admin/businesses/onboarding/reopen/": "Support",
    "/admin/businesses/onboarding/retry/": "Support",
    "/admin/businesses/onboarding/retry/now/": "Support",
    "/admin/businesses/onboarding/retry/states/": "Support",
    "/admin/businesses/onboarding/run/*/": "Support",
    "/admin/businesses/onboarding/run/*/again/": "Support",
    "/admin/businesses/onboarding/run/*/undo/": "Support",
    "/admin/businesses/person/*/": "Viewer",
    "/admin/businesses/search/": "Viewer",
}


def account(role: str) -> User:
    """Return an account that is in a group, or has no permission, or has all."""
    if role == "superuser":
        return User.objects.create_superuser(role)
    user = User.objects.create_user(role, is_staff=True)
    if role != "staff":
        user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def paths(db: None, deployed: Deployed) -> dict[str, str]:
    """Every address with values of things that exist, by what the table calls it."""
    user = account("staff")
    [stuck] = deployed.stuck(1)
    [onboarded] = deployed.stuck(1, status=COMPLETED)
    deployed.write_business(onboarded)
    write_history(Staff(user.pk, "staff"), Action.OTHER, [stuck], "Called the owner back.")
    values = {
        "/admin/*": "nowhere",
        "/admin/auth/group/": Group.objects.values_list("pk", flat=True)[0],
        "/admin/auth/user/": user.pk,
        "/admin/businesses/business/": onboarded,
        "/admin/businesses/historyentry/": HistoryEntry.objects.values_list("pk", flat=True)[0],
        "/admin/businesses/onboarding/run/": "1f3b2a54-90ab-4cde-8f01-23456789abcd",
        "/admin/businesses/onboarding/": stuck,
        "/admin/businesses/person/": stuck,
        "/admin/r/": ContentType.objects.get_for_model(User).pk,
    }
    named = {"*".join(parts): parts for parts in routes()}
    return {
        name: str(values.get(name, values.get(parts[0], "businesses"))).join(parts)
        for name, parts in named.items()
    }


def answers(browser: Client, path: str) -> list[Any]:
    """Return what both methods answer."""
    count("requests of the scan of every address", 2)
    return [browser.get(path), browser.post(path)]


def test_of_every_address_it_is_said_who_may_open_it() -> None:
    assert {"*".join(parts) for parts in routes()} == set(MAY_OPEN)


def test_nobody_opens_anything_before_they_are_signed_in(paths: dict[str, str]) -> None:
    assert_led_to_the_login(Client(), paths, OPEN)


def test_nobody_opens_anything_before_the_second_factor(paths: dict[str, str]) -> None:
    root = account("superuser")
    TOTPDevice.objects.create(user=root, name="app", confirmed=True)
    assert_led_to_the_login(logged_in(root), paths, OPEN | BEFORE_THE_CODE)


def assert_led_to_the_login(browser: Client, paths: dict[str, str], open_to_all: set[str]) -> None:
    for name in sorted(set(paths) - open_to_all):
        for answer in answers(browser, paths[name]):
            assert answer.status_code == 302, name
            assert answer.headers["Location"].startswith("/admin/login/"), name
            assert not answer.content, name


@pytest.mark.parametrize("role", ROLES[:-1])
def test_everybody_opens_what_they_may_and_nothing_else(paths: dict[str, str], role: str) -> None:
    user = User.objects.filter(username=role).first() or account(role)
    browser = logged_in(user)
    for name in sorted(MAY_OPEN):
        statuses = [each.status_code for each in answers(browser, paths[name])]
        if name in ENDS_THE_SESSION:
            browser = logged_in(user)
        assert max(statuses) < 500, name
        if ROLES.index(role) >= ROLES.index(MAY_OPEN[name]):
            assert set(statuses) - {403, 405}, f"{name} refuses {role}: {statuses}"
        else:
            assert 403 in statuses, f"{name} lets {role} in: {statuses}"
            assert set(statuses) <= {403, 405}, f"{name} lets {role} in: {statuses}"

"""Every address of the site answers every request in words; none is a failure of the site."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings

from tests.businesses.deployed import Deployed
from tests.businesses.pages.any_request import AnyRequest, requests
from tests.harness.counts import count
from tests.harness.examples import examples

FRAME = b'id="container"'  # of every page of the admin, and of its pop-ups
WITHOUT_BODY = {"HEAD", "OPTIONS"}


@pytest.fixture(params=["Support", "Viewer", "superuser"])
def user(request: pytest.FixtureRequest, db: None) -> User:
    if request.param == "superuser":
        return User.objects.create_superuser("root")
    user = User.objects.create_user("sally", is_staff=True)
    user.groups.add(Group.objects.get(name=request.param))
    return user


# Before any middleware, Django reads the address in the encoding that the request claims.
@pytest.mark.filterwarnings("ignore:invalid (octal )?escape sequence:DeprecationWarning")
@settings(max_examples=examples(120), deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=requests())
def test_any_request_to_any_address_is_answered_in_words(
    deployed: Deployed, user: User, sent: AnyRequest
) -> None:
    browser = Client(raise_request_exception=False)
    with transaction.atomic():
        browser.force_login(user)
        response = sent.send(browser)
        assert response.status_code < 500
        assert sent.method in WITHOUT_BODY or is_in_words(response)
        transaction.set_rollback(True)  # so that the user is still there for the next request
    count("requests to any address of the site")


def is_in_words(response: Any) -> bool:
    """Return whether an answer leads on, or is a page of the admin, JSON or a file."""
    if response.status_code in {301, 302}:
        return bool(response.headers["Location"])
    kind = response.headers["Content-Type"].partition(";")[0]
    if kind == "application/json":
        return isinstance(json.loads(response.content), dict)
    return kind in {"text/csv", "text/javascript"} or FRAME in response.content

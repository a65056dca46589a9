"""What is newer than the first page of a list: what its script asks for, and what it gets."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from businesses.records.onboarding import DISMISSED, SWEEP
from tests.businesses.account import business
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import onboarding, write_onboardings
from tests.businesses.pages.said import LIST, STUCK

JSON = {"Accept": "application/json"}


def put(deployed: Deployed, *numbers: int, **changes: Any) -> None:
    records = [onboarding(number, **changes) for number in numbers]
    write_onboardings(deployed.dynamodb, deployed.table.name, *records)


def put_businesses(deployed: Deployed, *numbers: int) -> None:
    table = deployed.outputs["BusinessTableName"]
    for number in numbers:
        deployed.dynamodb.put_item(TableName=table, Item=business(number).to_item())


def asked(page: Any) -> str:
    """Return the address that the page's script asks. Raises LookupError if it does not ask."""
    found = re.search(r'id="newer" role="status" data-address="([^"]*)"', page.content.decode())
    if found is None:
        raise LookupError("the page announces nothing")
    return unescape(found[1])


def test_newer_businesses_are_counted_with_one_query(deployed: Deployed, viewer: Client) -> None:
    put_businesses(deployed, 1, 2)
    address = asked(viewer.get(LIST))
    assert viewer.get(address).json() == {"words": ""}
    put_businesses(deployed, 3, 4, 5)
    before = deployed.aws.faults.calls("Query")
    assert viewer.get(address).json() == {"words": "3 newer"}
    assert deployed.aws.faults.calls("Query") == before + 1


def test_newer_stuck_onboardings_are_those_that_match(deployed: Deployed, viewer: Client) -> None:
    address = asked(viewer.get(f"{STUCK}?source=sweep"))
    put(deployed, 1)  # is read too, but does not match
    put(deployed, 2, source=SWEEP)
    assert viewer.get(address).json() == {"words": "1 newer"}
    put(deployed, *range(3, 60), source=SWEEP)
    assert viewer.get(address).json() == {"words": "At least 49 newer"}


@pytest.mark.parametrize("address", ["?o=created", "?o=name", "?q=b", "?created=2026-13"])
def test_only_a_list_that_is_newest_first_announces(
    deployed: Deployed, viewer: Client, address: str
) -> None:
    with pytest.raises(LookupError):
        asked(viewer.get(LIST + address))


@pytest.mark.parametrize(
    "query", ["", "?p=x", "?p=WzAsIiJd:AAAA", "?created=2026-13", "?o=name", "?lost=1"]
)
def test_what_no_page_named_is_refused(deployed: Deployed, viewer: Client, query: str) -> None:
    answer = viewer.get(f"{LIST}newer/{query}", headers=JSON)
    assert answer.status_code == 400
    assert set(answer.json()) == {"message", "hint"} or answer.json()


def test_who_may_not_see_the_list_is_told_nothing(deployed: Deployed, viewer: Client) -> None:
    address = asked(viewer.get(STUCK))
    stranger = Client()
    stranger.force_login(User.objects.create_user("sam", is_staff=True))
    assert stranger.get(address).status_code == 403
    assert Client().get(address).status_code == 302


# How many "Retry all" would retry


def offered(page: Any) -> str:
    found = re.search(r">(Retry all[^<]*)</a>", page.content.decode())
    return unescape(found[1]) if found else ""


def test_a_retry_of_all_says_how_many(deployed: Deployed, support: Client) -> None:
    put(deployed, *range(3))
    put(deployed, 3, source=SWEEP)
    put(deployed, 4, status=DISMISSED)
    before = deployed.aws.faults.calls("Query")
    assert offered(support.get(STUCK)) == "Retry all (3)"
    assert deployed.aws.faults.calls("Query") == before + 2  # the page, and the reasons
    assert offered(support.get(f"{STUCK}?source=sweep")) == "Retry all that match (1)"
    assert offered(support.get(f"{STUCK}?source=sweep&reason=x")) == ""
    put(deployed, *range(100, 161))
    assert offered(support.get(STUCK)) == "Retry all (64)"


def test_a_count_that_dynamodb_does_not_give_is_left_out(
    deployed: Deployed, support: Client
) -> None:
    put(deployed, *range(60))
    support.get(STUCK)  # reads the reasons
    deployed.aws.faults.fail("Query", "AccessDeniedException", after=1)
    assert offered(support.get(STUCK)) == "Retry all"

"""The list of stuck onboardings, limited to days."""

import pytest
from django.test import Client, override_settings

from businesses.queries.onboarding_plan import Choice
from businesses.records.onboarding import COMPLETED, DISMISSED
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import onboarding, write_onboardings
from tests.businesses.pages.onboarding.retrying import RETRY, batch, begin, results, run_at
from tests.businesses.pages.said import STUCK, leaf, messages, names, said


@pytest.fixture
def hourly(deployed: Deployed) -> Deployed:
    """60 records of which each changed an hour after the one before, from 20 November on."""
    records = [
        onboarding(number, updated_at=f"2026-11-{20 + number // 24}T{number % 24:02}:30:00.000Z")
        for number in range(60)
    ]
    write_onboardings(deployed.dynamodb, deployed.table.name, *records)
    return deployed


def emails(*numbers: int) -> list[str]:
    return [f"owner-{number}@example.com" for number in numbers]


@override_settings(TIME_ZONE="Europe/Berlin")
def test_all_that_failed_on_one_day_of_the_site(hourly: Deployed, support: Client) -> None:
    page = support.get(f"{STUCK}?from=2026-11-21&to=2026-11-21")
    assert names(page) == emails(*range(46, 22, -1))
    assert "Retry all that match (24)" in said(page)


def test_what_is_done_to_all_that_match_keeps_to_the_days(
    hourly: Deployed, support: Client
) -> None:
    days = "from=2026-11-21&to=2026-11-21"
    assert "24 are expected to fail, and here is why" in said(support.get(f"{RETRY}?all=1&{days}"))
    run = begin(support, f"{RETRY}?all=1&keep=1&{days}")
    assert {sub for _ in range(3) for sub in results(batch(support, run, size=10))} == {
        onboarding(number).sub for number in range(24, 48)
    }
    assert run_at(run).finished_at is not None
    support.post(f"{STUCK}dismiss/?all=1&to=2026-11-20", {"preset": "Spam"})
    assert {each.sub for each in hourly.table.all_of(Choice(status=DISMISSED))} == {
        onboarding(number).sub for number in range(24)
    }
    reopened = f"{STUCK}reopen/?all=1&status=dismissed"
    assert "No dismissed onboarding matches" in said(support.get(f"{reopened}&to=2026-11-20"))
    assert "24 dismissed onboardings" in said(support.get(f"{reopened}&changed=today"))


def test_leafing_stays_within_the_days(hourly: Deployed, viewer: Client) -> None:
    first = viewer.get(f"{STUCK}?from=2026-11-20&to=2026-11-22&source=trigger")
    assert names(first) == emails(*range(59, 9, -1))
    last = leaf(viewer, first, "Next", STUCK)
    assert names(last) == emails(*range(9, -1, -1))
    assert names(leaf(viewer, last, "Previous", STUCK)) == names(first)
    until = viewer.get(f"{STUCK}?to=2026-11-20")
    assert names(until) == emails(*range(23, -1, -1))
    assert names(leaf(viewer, viewer.get(f"{STUCK}?to=2026-11-22"), "Oldest", STUCK)) == emails(
        *range(49, -1, -1)
    )


def test_a_search_by_address_keeps_to_the_days(hourly: Deployed, viewer: Client) -> None:
    found = {"q": "owner-30@example.com"}
    assert names(viewer.get(STUCK, {**found, "from": "2026-11-21"})) == emails(30)
    assert names(viewer.get(STUCK, {**found, "to": "2026-11-20"})) == []


def test_what_was_completed_too_long_ago_is_not_in_any_days(
    deployed: Deployed, viewer: Client
) -> None:
    old = onboarding(1, status=COMPLETED, updated_at="2020-01-01T00:00:00.000Z")
    write_onboardings(deployed.dynamodb, deployed.table.name, old)
    page = viewer.get(f"{STUCK}?status=completed&to=2020-02-01")
    assert names(page) == []
    assert "No record matches the filters." in said(page)


@pytest.mark.parametrize(
    "address", ["?from=x", "?from=2026-11-02&to=2026-11-01", "?changed=x", "?changed=today&to=x"]
)
def test_what_is_no_range_of_days_is_refused(
    hourly: Deployed, viewer: Client, address: str
) -> None:
    page = viewer.get(STUCK + address)
    assert "is not understood" in messages(page)[0]
    assert names(page) == []

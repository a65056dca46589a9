"""Whatever the tables hold, every page opens, and every row that can be shown is there."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from businesses.pages.addresses import person_address
from businesses.pages.live.filter import TERM_LENGTH
from businesses.records.business import TYPENAME
from businesses.records.onboarding import FAILED
from tests.businesses.account import business
from tests.businesses.deployed import Deployed
from tests.businesses.items import ODD_IDS, ODD_TIMES, Item, items
from tests.businesses.onboardings import onboarding
from tests.businesses.pages.onboarding.retrying import RETRY, batch, begin, send
from tests.businesses.pages.said import LIST, STUCK, field
from tests.harness.counts import count
from tests.harness.examples import examples

SEARCH = "/admin/businesses/search/"
ZONES = ["UTC", "America/New_York", "Pacific/Kiritimati"]
AS_STORED = ("10000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "yesterday")
# Items of a batch; a page of a list shows 50. The first batch that is tried has nothing odd, so
# that three small ones try as many odd items as two large ones.
MOST = examples(24)

generated = settings(
    max_examples=examples(12),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to shrink a batch would open thousands of pages
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def batches(key: str, usual: Item, keys: tuple[str, ...]) -> st.SearchStrategy[list[Item]]:
    """Return lists of items with ids of their own, each of them odd in some way."""
    ids = st.lists(
        st.sampled_from(ODD_IDS) | st.text(max_size=10), min_size=MOST // 2, max_size=MOST
    )
    return ids.flatmap(
        lambda given: st.tuples(
            *(
                items({**usual, key: {"S": f"{text}-{number}"}}, keys=keys, fixed=(key,))
                for number, text in enumerate(given)
            )
        ).map(list)
    )


some_businesses = batches(
    "id", business(1).to_item(), ("__typename", "createdAt", "owner", "emailKey", "nameKey")
)
some_onboardings = batches("sub", onboarding(1).to_item(), ("status", "updatedAt"))


def write(deployed: Deployed, table: str, batch: list[Item]) -> None:
    deployed.dynamodb.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": item}} for item in batch]}
    )


def remove(deployed: Deployed, table: str, key: str, batch: list[Item]) -> None:
    requests = [{"DeleteRequest": {"Key": {key: item[key]}}} for item in batch]
    deployed.dynamodb.batch_write_item(RequestItems={table: requests})


def opened(browser: Client, address: str, parameters: dict[str, str] | None = None) -> Any:
    response = browser.get(address, parameters)
    assert response.status_code == 200, f"{address} {parameters} answered {response.status_code}"
    count("pages of odd records opened")
    return response


def found(browser: Client, term: str) -> None:
    """Search everywhere; one find alone is a page of its own."""
    if len(term.strip()) <= TERM_LENGTH and "\0" not in term:
        response = browser.get(SEARCH, {"q": term}, follow=True)
        assert response.status_code == 200, f"{term!r} answered {response.status_code}"


def rows(response: Any) -> int:
    return int(response.content.decode().count('<th class="field-title">'))


def exported(browser: Client) -> list[list[str]]:
    content = b"".join(opened(browser, f"{LIST}export/").streaming_content)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]


def page_of(model: str, key: str) -> str:
    return reverse(f"admin:businesses_{model}_change", args=[quote(key)])


def texts(batch: list[Item], name: str) -> Iterator[str]:
    yield from (item[name]["S"] for item in batch if item.get(name, {}).get("S", "").strip())


@generated
@given(some_businesses, st.sampled_from(ZONES))
def test_every_page_about_businesses_opens(
    deployed: Deployed, support: Client, batch: list[Item], zone: str
) -> None:
    table = deployed.outputs["BusinessTableName"]
    write(deployed, table, batch)
    try:
        with override_settings(TIME_ZONE=zone):
            listed = [
                item
                for item in batch
                if item.get("__typename") == {"S": TYPENAME} and "createdAt" in item
            ]
            assert rows(opened(support, LIST)) == len(listed)
            assert len(exported(support)) == len(listed)
            for terms in ("business 1", "owner-1@", "sub-0001::sub-0001"):
                opened(support, LIST, {"q": terms})
            for item in batch:
                opened(support, page_of("business", item["id"]["S"]))
                opened(support, person_address(item["id"]["S"]))
            for term in ("business", "sub-0001", "owner-1@"):
                found(support, term)
    finally:
        remove(deployed, table, "id", batch)


@generated
@given(some_onboardings, st.sampled_from(ZONES))
def test_every_page_about_onboardings_opens(
    deployed: Deployed, support: Client, batch: list[Item], zone: str
) -> None:
    write(deployed, deployed.table.name, batch)
    try:
        with override_settings(TIME_ZONE=zone):
            stuck = [
                item
                for item in batch
                if item.get("status") == {"S": FAILED} and "updatedAt" in item
            ]
            assert rows(opened(support, STUCK)) == len(stuck)
            opened(support, STUCK, {"source": "trigger", "reason": "TooManyRequestsException"})
            opened(support, STUCK, {"q": "owner-1@example.com"})
            opened(support, f"{RETRY}?all=1")
            for term in ("business", "owner-1@", *texts(batch, "name")):
                found(support, term)
            for item in batch:
                opened(support, person_address(item["sub"]["S"]))
                opened(support, page_of("onboarding", item["sub"]["S"]))
                opened(support, RETRY, {"sub": item["sub"]["S"]})
    finally:
        remove(deployed, deployed.table.name, "sub", batch)


def by_the_page(browser: Client, subs: list[str]) -> set[str]:
    """Retry all on the page; return the subs that got a result."""
    told, is_over = set[str](), False
    run = begin(browser, f"{RETRY}?all=1")
    while not is_over:
        answer = batch(browser, run, size=7)
        assert answer["problem"] is None
        told |= {each["sub"] for each in answer["results"]}
        is_over = answer["over"]
    return told


def by_name(browser: Client, subs: list[str]) -> set[str]:
    answer = send(browser, RETRY, sub=subs)
    assert answer["problem"] is None
    assert answer["left"] == []
    return {each["sub"] for each in answer["results"]}


def by_the_command(browser: Client, subs: list[str]) -> set[str]:
    try:
        call_command("retry_onboardings", *subs, stdout=io.StringIO())
    except CommandError as error:
        assert str(error).startswith("Some are not onboarded.")  # noqa: PT017
    return set(subs)


@pytest.mark.parametrize("way", [by_the_page, by_name, by_the_command])
@override_settings(RETRY_RATE_PER_SECOND=1000)
def test_whatever_is_stored_a_retry_goes_through_all_of_it(
    deployed: Deployed, support: Client, way: Callable[[Client, list[str]], set[str]]
) -> None:
    @generated
    @given(some_onboardings)
    def retried(batch: list[Item]) -> None:
        good = deployed.stuck(2)
        write(deployed, deployed.table.name, batch)
        subs = [item["sub"]["S"] for item in batch if "\x00" not in item["sub"]["S"]]
        try:
            assert {*good} <= way(support, [*good, *subs])
            assert {deployed.record(sub).status for sub in good} == {"COMPLETED"}
            count("odd records that retries met", len(batch))
        finally:
            remove(deployed, deployed.table.name, "sub", batch)

    retried()


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_that_cannot_be_shown_is_shown_as_stored(
    deployed: Deployed, support: Client, zone: str
) -> None:
    batch = [
        {**business(number).to_item(), "createdAt": {"S": time}}
        for number, time in enumerate(ODD_TIMES)
    ]
    table = deployed.outputs["BusinessTableName"]
    write(deployed, table, batch)
    with override_settings(TIME_ZONE=zone):
        for item, time in zip(batch, ODD_TIMES, strict=True):
            page = opened(support, page_of("business", item["id"]["S"]))
            if zone == "UTC" and time in AS_STORED:
                assert time in field(page, "created")
    remove(deployed, table, "id", batch)

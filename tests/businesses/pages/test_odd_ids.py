"""Every link and every redirect leads to the page of its row, whatever characters an id has."""

import re
from html import unescape
from typing import Any

from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.businesses.account import business
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import onboarding, write_onboardings
from tests.businesses.pages.onboarding.retrying import RETRY, send
from tests.businesses.pages.said import LIST, STUCK
from tests.harness.counts import count
from tests.harness.examples import examples

NO_SURROGATES = st.characters(exclude_categories=["Cs"])
PIECES = [
    *(
        "/",
        "//",
        "_",
        "_2F",
        "_0A",
        "_5F",
        "%2F",
        "%0A",
        "\n",
        "\r",
        "\0",
        "\t",
        "?",
        "#",
        "&",
        "=",
    ),
    *('"', "'", "<b>", "\\", ":", ";", "@", "+", " ", "..", "add", "change", "history", "\u2028"),
    *("ü", "\U0001f600"),
]
IDS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join),
    st.text(NO_SURROGATES, min_size=1, max_size=8),
    st.sampled_from(["x" * 2048, "é" * 1024]),
).filter(lambda text: text.strip(".") != "")  # a browser takes these for steps upwards


# What a link to a row shows, by its address.
KINDS = {
    "business": "/business/.+/change/$",
    "onboarding": "/onboarding/.+/change/$",
    "history": "/.+/history/$",
    "dismiss": r"/onboarding/dismiss/\?sub=",
    "person": "/businesses/person/.+/$",
}


@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(row_id=IDS)
@example(row_id="a\nb_2F_0A_5F")
def test_every_link_to_a_row_leads_to_it(deployed: Deployed, support: Client, row_id: str) -> None:
    write_onboardings(deployed.dynamodb, deployed.table.name, onboarding(1, sub=row_id))
    table = deployed.outputs["BusinessTableName"]
    record = business(1, id=row_id, owner="nobody")
    deployed.dynamodb.put_item(TableName=table, Item=record.to_item())
    try:
        seen = follow(support, [LIST, STUCK, f"{RETRY}?all=1"], row_id)
        kinds = {kind for kind, _ in seen}
        assert kinds >= {"business", "onboarding", "history", "dismiss", "person"}
        follow_changes(support, row_id)
        count("links to rows with odd ids", len(seen))
    finally:
        deployed.dynamodb.delete_item(TableName=table, Key={"id": {"S": row_id}})
        deployed.forget_onboardings()


def follow(browser: Client, pages: list[str], row_id: str) -> set[tuple[str, str]]:
    """Follow every link to a row from these pages and on; return the kinds and addresses."""
    seen = set[tuple[str, str]]()
    while pages:
        page = pages.pop()
        response = browser.get(page)
        assert response.status_code == 200
        assert not page.endswith("/change/") or shows(response, row_id)
        assert is_of(response, row_id)
        for kind, address in links(response):
            if (kind, address) not in seen:
                seen.add((kind, address))
                pages.append(address)
    return seen


def follow_changes(browser: Client, row_id: str) -> None:
    """Do everything that can be done to the row, and follow where each answer leads."""
    answer = send(browser, RETRY, sub=["", row_id, f"{row_id}x"[-2048:]])
    addresses = {each["sub"]: each["url"] for each in answer["results"]}
    assert shows(browser.get(addresses.pop(row_id)), row_id)
    assert set(addresses.values()) <= {""}  # there is no page without a record
    for address, form in (
        (STUCK, {"action": "retry_selected", "_selected_action": [row_id], "index": "0"}),
        (STUCK, {"action": "dismiss_selected", "_selected_action": [row_id], "index": "0"}),
        (f"{STUCK}retry/now/", {"sub": row_id}),
        (f"{STUCK}dismiss/", {"sub": row_id, "reason": "A test account"}),
        (f"{STUCK}reopen/", {"sub": row_id}),
        (f"{STUCK}refresh/", {"sub": row_id}),
        (f"{STUCK}onboard/", {"sub": row_id}),
    ):
        response = browser.post(address, form, follow=True)
        assert response.status_code == 200, address


def links(response: Any) -> set[tuple[str, str]]:
    """Return the links of a page that lead to a row: what each shows, and its address."""
    found = set()
    for href in re.findall(r'href="(/admin/businesses/[^"]*)"', response.content.decode()):
        address = unescape(href)
        for kind, pattern in KINDS.items():
            if re.search(pattern, address):
                found.add((kind, address))
    return found


def shows(response: Any, row_id: str) -> bool:
    return bool(response.status_code == 200 and response.context["original"].pk == row_id)


def is_of(response: Any, row_id: str) -> bool:
    """Return whether a page is about the person with this sub, or about nobody's business."""
    facts = response.context.get("facts")
    return facts is None or facts.sub in {row_id, "nobody"}

"""The page of one business, and its history."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from businesses.models import Business
from tests.businesses.account import Account, business

LIST = "/admin/businesses/business/"


def field(response: Any, name: str) -> str:
    """Return what the page says in one field."""
    row = response.content.decode().split(f"field-{name}")[1]
    found = re.search(r'<div class="readonly">(.*?)</div>', row, re.DOTALL)
    assert found is not None
    return unescape(re.sub(r"<[^>]+>", "", found[1]))


@pytest.fixture
def deployed(account: Account) -> Account:
    account.deploy()
    return account


def test_the_page_shows_every_attribute(deployed: Account, viewer: Client) -> None:
    deployed.put(business(1, name="Müller & Söhne"), plan={"S": "gold"})
    deployed.create_user("sub-0001", "businesses")
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert response.status_code == 200
    assert field(response, "name") == "Müller & Söhne"
    assert field(response, "email") == "owner-1@example.com"
    assert field(response, "group_name") == "businesses"
    assert field(response, "groups") == "businesses"
    assert field(response, "created") == "23 Nov 2026, 09:01"
    assert field(response, "updated") == "23 Nov 2026, 09:01"
    assert field(response, "id") == "sub-0001"
    assert field(response, "owner") == "sub-0001::sub-0001"
    assert '"plan": "gold"' in field(response, "item")
    assert '"emailKey": "owner-1@example.com"' in field(response, "item")


def test_the_page_costs_two_calls(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    viewer.get(f"{LIST}sub-0001/change/")
    calls = deployed.aws.faults.calls
    assert (calls("GetItem"), calls("AdminListGroupsForUser"), calls("Query")) == (1, 1, 0)


def test_the_page_offers_nothing_to_change(deployed: Account, superuser: Client) -> None:
    deployed.write([business(1)])
    text = superuser.get(f"{LIST}sub-0001/change/").content.decode()
    assert 'name="_save"' not in text
    assert "deletelink" not in text
    assert "closelink" in text


def test_closing_leads_back_to_the_page_of_the_list(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number) for number in range(60))
    newest = viewer.get(LIST).content.decode()
    found = re.search(r'<a href="([^"]*)" rel="next"', newest)
    assert found is not None
    older_address = unescape(found[1])
    older = viewer.get(LIST + older_address)
    row = re.search(r'<th class="field-title"><a href="([^"]*)"', older.content.decode())
    assert row is not None
    page = viewer.get(unescape(row[1])).content.decode()
    close = re.search(r'<a href="([^"]*)" class="closelink"', page)
    assert close is not None
    assert unescape(close[1]) == LIST + older_address


def test_an_id_may_hold_anything(deployed: Account, viewer: Client) -> None:
    odd = 'a/b_c "d"? <e>'
    deployed.write([business(1, id=odd)])
    row = re.search(r'<th class="field-title"><a href="([^"]*)"', viewer.get(LIST).content.decode())
    assert row is not None
    assert field(viewer.get(unescape(row[1])), "id") == odd


def test_hostile_text_is_only_text(deployed: Account, viewer: Client) -> None:
    hostile = "</pre><script>alert(1)</script>"
    deployed.put(
        business(1, name=hostile, email=hostile, owner=f"s::{hostile}"), other={"S": hostile}
    )
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_a_user_who_is_gone_is_told_in_words(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    assert field(viewer.get(f"{LIST}sub-0001/change/"), "groups") == "user gone"


def test_a_record_without_an_owner_is_shown(deployed: Account, viewer: Client) -> None:
    deployed.put(business(1), owner=None)
    assert field(viewer.get(f"{LIST}sub-0001/change/"), "groups") == "unknown"


@pytest.mark.parametrize("page", ["change/", "history/"])
def test_a_record_that_is_gone_is_told_in_words(
    deployed: Account, viewer: Client, page: str
) -> None:
    response = viewer.get(f"{LIST}<b>nobody/{page}")
    assert response.status_code == 404
    text = response.content.decode()
    assert "There is no record with the id &quot;&lt;b&gt;nobody&quot;." in text
    assert f'<a href="{LIST}">All businesses</a>' in text


def test_a_broken_record_is_named(deployed: Account, viewer: Client) -> None:
    deployed.put(business(1), createdAt=None)
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert response.status_code == 503
    assert "has no text attribute &quot;createdAt&quot;" in response.content.decode()


def test_the_history_shows_what_staff_did(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    entry = LogEntry.objects.create(
        user=User.objects.get(username="vera"),
        content_type=ContentType.objects.get_for_model(Business),
        object_id="sub-0001",
        object_repr="Business 1",
        action_flag=CHANGE,
        change_message="Looked at it.",
    )
    assert "Looked at it." in viewer.get(f"{LIST}sub-0001/history/").content.decode()
    assert viewer.get(entry.get_admin_url() or "").status_code == 200
    assert "Business 1" in viewer.get("/admin/").content.decode()

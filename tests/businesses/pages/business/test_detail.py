"""The page of one business, and its history."""

import os
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from businesses.audit.history import Action, Kind, Staff, write_history
from tests.businesses.account import Account, business
from tests.businesses.pages.said import LIST, field, words

LINK = r'<a href="(https://[^"]*)" target="_blank" rel="noopener noreferrer">'


def console_links(response: Any) -> list[str]:
    links = re.findall(LINK, response.content.decode())
    return [unescape(link) for link in links]


def local(moment: datetime) -> str:
    """Return a time as the pages show it: the tests' site is in UTC."""
    return f"{moment.astimezone(UTC):%d %b %Y, %H:%M:%S} UTC".lstrip("0")


@pytest.fixture
def deployed(account: Account) -> Account:
    account.deploy()
    return account


def test_the_page_shows_every_attribute(deployed: Account, viewer: Client) -> None:
    deployed.put(business(1, name="Müller & Söhne"), plan={"S": "gold"})
    deployed.create_user("sub-0001", "businesses")
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert response.status_code == 200
    assert field(response, "business_name") == "Müller & Söhne"
    assert field(response, "address") == "owner-1@example.com"
    assert field(response, "group_name") == "businesses"
    assert field(response, "groups") == "businesses"
    assert field(response, "created") == "23 Nov 2026, 09:01:00 UTC"
    assert field(response, "updated") == "23 Nov 2026, 09:01:00 UTC"
    assert field(response, "business_id") == "sub-0001"
    assert field(response, "business_owner") == "sub-0001::sub-0001"
    assert field(response, "further").startswith("__typenameBusinessemailKey")
    assert "plangold" in field(response, "further")
    assert '"plan": "gold"' in field(response, "item")
    assert '"emailKey": "owner-1@example.com"' in field(response, "item")


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
    close = re.search(r'<a [^>]*href="([^"]*)"[^>]* class="closelink"', page)
    assert close is not None
    assert unescape(close[1]) == LIST + older_address


def test_an_id_may_hold_anything(deployed: Account, viewer: Client) -> None:
    odd = 'a/b_c "d"? <e>'
    deployed.write([business(1, id=odd)])
    row = re.search(r'<th class="field-title"><a href="([^"]*)"', viewer.get(LIST).content.decode())
    assert row is not None
    assert field(viewer.get(unescape(row[1])), "business_id") == odd


def test_hostile_text_is_only_text(deployed: Account, viewer: Client) -> None:
    hostile = "</pre><script>alert(1)</script>"
    deployed.put(
        business(1, name=hostile, email=hostile, owner=f"s::{hostile}"), other={"S": hostile}
    )
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_the_page_shows_the_user_in_cognito(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    deployed.create_user("sub-0001", "businesses")
    deployed.cognito.admin_update_user_attributes(
        UserPoolId=deployed.user_pool_id,
        Username="sub-0001",
        UserAttributes=[
            {"Name": "email", "Value": "ann@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    [user] = deployed.cognito.list_users(UserPoolId=deployed.user_pool_id)["Users"]
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert field(response, "user_status") == "must change the password at the next sign-in"
    assert field(response, "user_enabled") == "yes"
    told = "ann@example.com, verified, not the business's"
    assert field(response, "user_email") == told
    deployed.write([business(1, email="ann@example.com")])
    again = viewer.get(f"{LIST}sub-0001/change/")
    assert field(again, "user_email") == "ann@example.com, verified"
    assert field(response, "user_created") == local(user["UserCreateDate"])
    assert field(response, "user_modified") == local(user["UserLastModifiedDate"])
    assert field(response, "username") == "sub-0001"


def test_a_disabled_user_with_an_unproved_address_stands_out(
    deployed: Account, viewer: Client
) -> None:
    deployed.write([business(1)])
    deployed.create_user("sub-0001")
    deployed.cognito.admin_disable_user(UserPoolId=deployed.user_pool_id, Username="sub-0001")
    page = f"{LIST}sub-0001/change/"
    assert field(viewer.get(page), "user_email") == "none"
    deployed.cognito.admin_update_user_attributes(
        UserPoolId=deployed.user_pool_id,
        Username="sub-0001",
        UserAttributes=[{"Name": "email", "Value": "ann@example.com"}],
    )
    response = viewer.get(page)
    assert field(response, "user_enabled") == "no"
    assert field(response, "user_email") == "ann@example.com, not verified"


def test_a_user_who_is_gone_is_told_in_words(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert field(response, "groups") == "user gone"
    said = 'The user no longer exists: the user pool has no user "sub-0001".'
    assert field(response, "user") == said


def test_a_user_whom_cognito_does_not_list_yet_is_not_gone(
    deployed: Account, viewer: Client
) -> None:
    deployed.write([business(1)])
    deployed.create_user("sub-0001", "businesses")
    page = f"{LIST}sub-0001/change/"
    viewer.get(page)  # so that the groups are known
    deployed.cognito.admin_delete_user(UserPoolId=deployed.user_pool_id, Username="sub-0001")
    assert "does not list them yet" in field(viewer.get(page), "user")


def test_a_record_without_an_owner_is_shown(deployed: Account, viewer: Client) -> None:
    deployed.put(business(1), owner=None)
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert field(response, "groups") == "unknown"
    assert "names no owner" in field(response, "user")
    assert deployed.aws.faults.calls("ListUsers") == 0
    assert [link for link in console_links(response) if "cognito" in link] == []


def test_the_page_is_shown_while_cognito_does_not_answer(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    deployed.create_user("sub-0001", "businesses")
    for operation in ("AdminListGroupsForUser", "ListUsers"):
        deployed.aws.faults.fail(operation, "InternalErrorException", status=500, times=2)
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert response.status_code == 200
    assert field(response, "business_name") == "Business 1"
    assert field(response, "groups") == "unknown"
    assert "Cognito did not answer" in field(response, "user")
    assert field(viewer.get(f"{LIST}sub-0001/change/"), "user_enabled") == "yes"


def test_the_page_is_shown_when_the_pool_is_gone(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    deployed.cognito.delete_user_pool(UserPoolId=deployed.user_pool_id)
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert response.status_code == 200
    assert "Cognito did not answer" in field(response, "user")


def test_the_embedded_aws_has_no_console_to_lead_to(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    assert console_links(viewer.get(f"{LIST}sub-0001/change/")) == []


def test_the_page_leads_to_both_consoles(
    deployed: Account, viewer: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Only the file says where the embedded AWS is, which stands for AWS here.
    config = tmp_path / "config"
    config.write_text(f"[default]\nendpoint_url = {os.environ['AWS_ENDPOINT_URL']}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    deployed.write([business(1, id="a/b&c")])
    response = viewer.get(f"{LIST}a_2Fb_26c/change/")
    console = "https://eu-central-1.console.aws.amazon.com"
    item = "itemMode=2&pk=a%2Fb%26c&sk=&route=ROUTE_ITEM_EXPLORER&table=businesses"
    user = f"{deployed.user_pool_id}/user-management/users/details/sub-0001?region=eu-central-1"
    assert console_links(response) == [
        f"{console}/dynamodbv2/home?region=eu-central-1#edit-item?{item}",
        f"{console}/cognito/v2/idp/user-pools/{user}",
    ]


def test_the_page_of_a_stack_without_a_pool_is_shown(account: Account, viewer: Client) -> None:
    account.deploy(BusinessTableName=account.table_name)
    account.write([business(1)])
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert response.status_code == 200
    assert console_links(response) == []


def test_the_history_of_a_business_that_nobody_touched_says_so(
    deployed: Account, viewer: Client
) -> None:
    deployed.write([business(1)])
    text = viewer.get(f"{LIST}sub-0001/history/").content.decode()
    assert "No member of staff has done anything about this business." in text


@pytest.mark.parametrize("page", ["change/", "history/"])
def test_a_record_that_is_gone_is_told_in_words(
    deployed: Account, viewer: Client, page: str
) -> None:
    response = viewer.get(f"{LIST}<b>nobody/{page}")
    assert response.status_code == 404
    text = response.content.decode()
    assert "There is no record with the id &quot;&lt;b&gt;nobody&quot;." in text
    assert f'<a class="button" href="{LIST}">All businesses</a>' in text


def test_a_broken_record_is_named(deployed: Account, viewer: Client) -> None:
    deployed.put(business(1), createdAt=None)
    response = viewer.get(f"{LIST}sub-0001/change/")
    assert response.status_code == 200
    [told] = words(response, "errornote problems")
    assert "There is no createdAt" in told


def test_the_history_shows_what_staff_did(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    vera = Staff(User.objects.get(username="vera").pk, "vera")
    write_history(vera, Action.OTHER, ["sub-0001"], "Looked at it.", kind=Kind.BUSINESS)
    assert "Looked at it." in viewer.get(f"{LIST}sub-0001/history/").content.decode()

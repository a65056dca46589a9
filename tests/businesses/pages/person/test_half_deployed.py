"""The page of one person, and the search, while the stack is not there, or only in part."""

from django.test import Client

from businesses.audit.history import Action, Staff, write_history
from businesses.pages.addresses import person_address
from tests.businesses.account import Account
from tests.businesses.pages.said import said

SEARCH = "/admin/businesses/search/"


def test_nobody_can_be_shown_without_the_stack(account: Account, support: Client) -> None:
    response = support.get(person_address("sub-0001"))
    assert response.status_code == 503
    assert "This person cannot be shown" in said(response)
    assert "does not exist" in said(response)


def test_what_staff_did_is_shown_without_the_stack(account: Account, support: Client) -> None:
    write_history(Staff(None, "boss"), Action.DISMISSED, ["sub-0001"], "Dismissed: a test")
    response = support.get(person_address("sub-0001"))
    assert response.status_code == 200
    assert "Dismissed by boss : a test" in said(response)


def test_every_part_of_the_search_says_why_it_found_nothing(
    account: Account, support: Client
) -> None:
    response = support.get(SEARCH, {"q": "zoe"})
    assert response.status_code == 200
    assert said(response).count("does not exist") == 4


def test_the_stack_has_neither_a_table_of_onboardings_nor_a_group(
    account: Account, support: Client
) -> None:
    account.deploy()
    account.create_user("sub-0001", "businesses")
    users = account.cognito.list_users(UserPoolId=account.user_pool_id)["Users"]
    [sub] = (each["Value"] for each in users[0]["Attributes"] if each["Name"] == "sub")
    response = support.get(person_address(sub))
    assert response.status_code == 200
    assert "Their record is unknown now." in said(response)

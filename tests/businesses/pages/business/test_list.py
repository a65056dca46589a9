"""The list of businesses, as a browser gets it."""

import pytest
from django.test import Client, override_settings

from businesses.backend import get_backend
from businesses.pages.business.listing import approximate_count
from tests.businesses.account import Account, business
from tests.businesses.pages.said import (
    LIST,
    WAITING,
    cells,
    field,
    late_groups,
    leaf,
    messages,
    names,
)


@pytest.fixture
def deployed(account: Account) -> Account:
    account.deploy()
    return account


def test_businesses_are_listed_newest_first(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number) for number in range(3))
    response = viewer.get(LIST)
    assert response.status_code == 200
    assert names(response) == ["Business 2", "Business 1", "Business 0"]
    assert cells(response, "listed_address")[0].strip() == "owner-2@example.com"
    assert "3 businesses" in response.content.decode()


def test_there_is_no_way_to_add(deployed: Account, viewer: Client, superuser: Client) -> None:
    deployed.write([business(1)])
    assert f"{LIST}add/" not in superuser.get(LIST).content.decode()
    assert 'name="action"' not in viewer.get(LIST).content.decode()


def test_an_empty_table_is_said_in_words(deployed: Account, viewer: Client) -> None:
    assert "No business has signed up yet." in viewer.get(LIST).content.decode()


@override_settings(TIME_ZONE="Europe/Berlin")
def test_the_exact_local_time_is_the_tooltip(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    text = viewer.get(LIST).content.decode()
    stored = "2026-11-23T09:01:00.000Z"
    assert f'<time datetime="{stored}" title="23 Nov 2026, 10:01:00 CET">' in text


def test_a_time_that_is_none_is_shown_as_it_is(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1, created_at="long ago")])
    assert cells(viewer.get(LIST), "created") == ["long ago"]


def test_leafing_to_the_end_and_back_meets_every_business_once(
    deployed: Account, viewer: Client
) -> None:
    deployed.write(business(number, minute=number // 9) for number in range(120))
    newest = viewer.get(LIST)
    middle = leaf(viewer, newest, "Next")
    last = leaf(viewer, middle, "Next")
    pages = [names(page) for page in (newest, middle, last)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({name for page in pages for name in page}) == 120
    assert names(leaf(viewer, last, "Previous")) == pages[1]
    assert names(leaf(viewer, leaf(viewer, last, "Previous"), "Previous")) == pages[0]
    assert names(leaf(viewer, last, "Newest")) == pages[0]
    oldest = names(leaf(viewer, newest, "Oldest"))
    assert oldest == (pages[1] + pages[2])[-50:]


def test_a_business_that_signs_up_while_leafing_moves_nothing(
    deployed: Account, viewer: Client
) -> None:
    deployed.write(business(number) for number in range(60))
    newest = viewer.get(LIST)
    deployed.write([business(60)])
    older = leaf(viewer, newest, "Next")
    assert names(older) == [f"Business {number}" for number in range(9, -1, -1)]
    assert names(leaf(viewer, older, "Previous")) == names(newest)
    assert names(leaf(viewer, leaf(viewer, older, "Previous"), "Previous")) == ["Business 60"]


def test_only_the_ways_that_lead_somewhere_are_links(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number) for number in range(60))
    newest = viewer.get(LIST)
    for label in ("Newest", "Previous"):
        with pytest.raises(LookupError):
            leaf(viewer, newest, label)
    oldest = leaf(viewer, newest, "Oldest")
    for label in ("Next", "Oldest"):
        with pytest.raises(LookupError):
            leaf(viewer, oldest, label)


def test_a_page_whose_records_went_says_so_and_leads_on(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number) for number in range(51))
    newest = viewer.get(LIST)
    deployed.dynamodb.delete_item(TableName=deployed.table_name, Key={"id": {"S": "sub-0000"}})
    empty = leaf(viewer, newest, "Next")
    assert "no longer in the table" in empty.content.decode()
    assert names(leaf(viewer, empty, "Oldest")) == names(newest)


def test_the_size_of_the_table_is_told_where_there_is_more(
    deployed: Account, viewer: Client
) -> None:
    deployed.write(business(number) for number in range(60))
    text = viewer.get(LIST).content.decode()
    assert "50 businesses on this page, about 60 in the table" in text


def test_a_size_that_dynamodb_does_not_tell_is_left_out(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number) for number in range(60))
    deployed.aws.faults.fail("DescribeTable", "InternalServerError", status=500, times=2)
    assert "<p>50 businesses on this page</p>" in viewer.get(LIST).content.decode()


def test_a_size_that_the_page_refutes_is_left_out(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number) for number in range(10))
    assert approximate_count(get_backend()) == 10
    deployed.write(business(number) for number in range(10, 60))
    assert "<p>50 businesses on this page</p>" in viewer.get(LIST).content.decode()


@pytest.mark.parametrize("token", ["2", "nonsense", "a:b", "eyJhIjoxfQ:x"])
def test_an_address_that_nobody_signed_shows_the_newest(
    deployed: Account, viewer: Client, token: str
) -> None:
    deployed.write([business(1)])
    response = viewer.get(LIST, {"p": token})
    assert names(response) == ["Business 1"]
    assert "The address is not valid here." in response.content.decode()


def test_a_filter_that_does_not_exist_is_not_passed_over(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1)])
    response = viewer.get(LIST, {"name": "x"})
    [message] = messages(response)
    assert message.startswith("“name=x” in the address is not understood: this list has no such")
    assert names(response) == []


@pytest.mark.parametrize("query", ["created=24hours&created=7days", "q=a&q=b", "o=name&o=-name"])
def test_of_two_values_of_a_filter_neither_is_passed_over(
    deployed: Account, viewer: Client, query: str
) -> None:
    deployed.write([business(1)])
    response = viewer.get(f"{LIST}?{query}")
    [message] = messages(response)
    last = query.rpartition("&")[2]
    assert f"“{last}” in the address is not understood: another value" in message
    assert names(response) == []
    assert names(viewer.get(f"{LIST}?q=business&q=business")) == ["Business 1"]


def test_a_hostile_name_is_only_text(deployed: Account, viewer: Client) -> None:
    hostile = '<script>alert("x")</script>'
    deployed.write([business(1, name=hostile, group_name=hostile, created_at=hostile)])
    deployed.create_user("sub-0001", "businesses")
    response = viewer.get(WAITING)
    assert hostile not in response.content.decode()
    [link] = names(response)
    assert link == f"{hostile} odd record"
    assert 'title="createdAt is not a time' in response.content.decode()
    assert cells(response, "groups") == [f"businesses not in {hostile}"]


def test_a_business_without_a_name_can_be_opened(deployed: Account, viewer: Client) -> None:
    deployed.put(business(1), name={"S": ""})
    deployed.put(business(2), name=None, email=None)
    assert names(viewer.get(LIST)) == ["sub-0002", "owner-1@example.com"]


def test_groups_are_cognitos_and_who_is_missing_is_marked(
    deployed: Account, viewer: Client
) -> None:
    deployed.write(business(number) for number in range(4))
    deployed.cognito.create_group(UserPoolId=deployed.user_pool_id, GroupName="partners")
    deployed.create_user("sub-0003", "businesses")
    deployed.create_user("sub-0002", "partners")
    deployed.create_user("sub-0001")
    assert cells(viewer.get(WAITING), "groups") == [
        "businesses",
        "partners not in businesses",
        "not in businesses",
        "user gone",
    ]


def test_a_further_business_is_a_row_with_its_owners_groups(
    deployed: Account, viewer: Client
) -> None:
    owner = "sub-0001::sub-0001"
    deployed.write([business(1), business(2, id="further", owner=owner, name="Further")])
    deployed.create_user("sub-0001", "businesses")
    page = viewer.get(WAITING)
    assert names(page) == ["Further", "Business 1"]
    assert cells(page, "groups") == ["businesses", "businesses"]
    detail = viewer.get(f"{LIST}further/change/")
    assert field(detail, "business_owner") == owner
    assert field(detail, "groups") == "businesses"
    for found in ("Furt", owner):
        assert "Further" in names(viewer.get(LIST, {"q": found}))


def test_the_page_is_shown_while_cognito_does_not_answer(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number) for number in range(3))
    deployed.aws.faults.fail(
        "AdminListGroupsForUser", "InternalErrorException", status=500, times=6
    )
    response = viewer.get(WAITING)
    assert response.status_code == 200
    assert cells(response, "groups") == ["unknown"] * 3


def test_what_a_page_costs(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number) for number in range(110))
    operations = ("Query", "DescribeTable", "ListGroups", "AdminListGroupsForUser")

    def costs() -> tuple[int, ...]:
        return tuple(deployed.aws.faults.calls(operation) for operation in operations)

    stack_calls = deployed.aws.faults.calls("DescribeStacks")
    page = viewer.get(LIST)
    assert costs() == (1, 1, 0, 0)
    late_groups(viewer, page)
    assert costs() == (1, 1, 1, 50)
    viewer.get(LIST)
    assert costs() == (2, 1, 1, 50)
    older = leaf(viewer, page, "Next")
    leaf(viewer, page, "Oldest")
    assert costs() == (4, 1, 1, 50)
    late_groups(viewer, older)
    assert costs() == (4, 1, 1, 100)
    assert deployed.aws.faults.calls("DescribeStacks") - stack_calls == 1
    assert deployed.aws.faults.calls("Scan") == 0


def test_owners_of_several_businesses_are_asked_for_once(deployed: Account, viewer: Client) -> None:
    sub = deployed.create_user("ann", "businesses")
    deployed.write(business(number, owner=f"{sub}::ann") for number in range(5))
    assert cells(viewer.get(WAITING), "groups") == ["businesses"] * 5
    assert deployed.aws.faults.calls("AdminListGroupsForUser") == 1
    # For the groups, and for what Cognito holds in place of the record's data.
    assert deployed.aws.faults.calls("ListUsers") == 1

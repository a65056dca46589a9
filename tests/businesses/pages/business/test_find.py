"""Search and filters of the list, as a browser gets them."""

from datetime import UTC, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from businesses.records.business import format_time
from tests.businesses.account import Account, business
from tests.businesses.pages.said import (
    LIST,
    WAITING,
    cells,
    choices,
    chosen,
    leaf,
    messages,
    names,
    words,
)

SUB = "1f3b2a54-90ab-4cde-8f01-23456789abcd"


@pytest.fixture
def deployed(account: Account) -> Account:
    account.deploy()
    return account


@pytest.fixture
def four(deployed: Account) -> Account:
    """Four businesses, told apart by whatever one may search for."""
    deployed.write(
        [
            business(1, name="Anna's Bakery", email="hello@bakery.example"),
            business(2, name="Zoo", email="Anna-Maria@example.com"),
            business(
                3, name="Müller", email="m.mueller@example.com", id=SUB, owner=f"{SUB}::{SUB}"
            ),
            business(4, name="Annapurna", email="anna@example.com"),
        ]
    )
    return deployed


# Search


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("anna", ["Anna's Bakery", "Annapurna", "Zoo"]),
        ("  ANNA'S b", ["Anna's Bakery"]),
        ("anna-", ["Zoo"]),
        ("anna-maria@EXAMPLE.com", ["Zoo"]),
        ("m.mue", ["Müller"]),
        ("MÜLLER", ["Müller"]),
        ("anna@", ["Annapurna"]),
        ("bakery", []),
        (SUB, ["Müller"]),
        (SUB.upper(), ["Müller"]),
        (f"{SUB}::{SUB}", ["Müller"]),
        ("sub-0002::sub-0002", ["Zoo"]),
        ("sub-0002", ["Zoo"]),
        ("%", []),
        ("anna*", []),
    ],
)
def test_one_box_finds_by_beginning_id_sub_or_owner(
    four: Account, viewer: Client, term: str, found: list[str]
) -> None:
    response = viewer.get(LIST, {"q": term})
    assert names(response) == found
    assert words(response, "nothing-here") == ([] if found else ["No business was found."])
    assert four.aws.faults.calls("Scan") == 0
    assert four.aws.faults.calls("DescribeTable") == 0


def test_where_was_searched_is_said_under_the_box(four: Account, viewer: Client) -> None:
    assert words(viewer.get(LIST), "searchbar_helptext") == [
        "The beginning of a name or e-mail address, or a complete id or owner."
    ]
    response = viewer.get(LIST, {"q": "anna@"})
    assert words(response, "searchbar_helptext") == [
        "Searched for e-mail addresses that begin with “anna@”, from A to Z."
    ]
    assert 'name="q" value="anna@"' in response.content.decode()


def test_a_search_without_a_find_says_so(four: Account, viewer: Client) -> None:
    response = viewer.get(LIST, {"q": "nobody"})
    assert words(response, "nothing-here") == ["No business was found."]
    for label in ("First", "Previous", "Next", "Last"):
        with pytest.raises(LookupError):
            leaf(viewer, response, label)


def test_a_hostile_search_is_only_text(four: Account, viewer: Client) -> None:
    for term in ('<script>alert("x")</script>', '"><b>@', "<i>::<i>", "\0", "a\0b", "\U0001f600"):
        response = viewer.get(LIST, {"q": term})
        assert response.status_code == 200
        for raw in ("<script>alert", "<b>@", "<i>::"):
            assert raw not in response.content.decode()


def test_a_search_is_leafed_through_both_ways(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number, name=f"Anna {number:03}") for number in range(60))
    deployed.write(business(n, name="Z", email=f"anna{n}@example.com") for n in range(100, 110))
    first = viewer.get(LIST, {"q": "anna"})
    assert names(first) == [f"Anna {number:03}" for number in range(50)]
    second = leaf(viewer, first, "Next")
    assert names(second) == [f"Anna {number:03}" for number in range(50, 60)] + ["Z"] * 10
    assert 'value="anna"' in second.content.decode()
    assert names(leaf(viewer, second, "Previous")) == names(first)
    assert names(leaf(viewer, second, "First")) == names(first)
    last = leaf(viewer, first, "Last")
    assert (names(last)[-1], len(names(last))) == ("Z", 50)
    assert "50 businesses on this page</p>" in last.content.decode()


def test_a_page_of_one_search_is_no_page_of_another(deployed: Account, viewer: Client) -> None:
    deployed.write(business(number, name=f"Anna {number:03}") for number in range(60))
    second = leaf(viewer, viewer.get(LIST, {"q": "anna"}), "Next")
    response = viewer.get(LIST, {"q": "ann", "p": second.wsgi_request.GET["p"]})
    assert names(response)[0] == "Anna 000"
    assert "The address is not valid here." in response.content.decode()


@pytest.mark.parametrize(
    ("term", "index"),
    [("", "byCreatedAt"), ("a@", "byEmail"), ("a", "byName"), ("a::b", "byOwner")],
)
def test_an_index_that_is_missing_is_named_on_the_plain_page(
    account: Account, superuser: Client, term: str, index: str
) -> None:
    account.deploy(
        BusinessTableName=account.create_bare_table("adopted"), UserPoolId=account.user_pool_id
    )
    response = superuser.get(LIST, {"q": term})
    assert response.status_code == 503
    text = response.content.decode()
    assert "This list or search needs an index that the table does not have." in text
    assert f"The DynamoDB table adopted has no index {index} that can be read at present." in text
    assert "deploy_backend --add-indexes</code> adds it" in text


# By creation


@pytest.fixture
def dated(deployed: Account) -> Account:
    """One business from each of several times before now, named for them."""
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    first_of_month = noon.replace(day=1)
    times = {
        "today": noon.replace(hour=0),
        "yesterday": noon - timedelta(days=1),
        "six days ago": noon - timedelta(days=6),
        "seven days ago": noon - timedelta(days=7),
        "first of the month": first_of_month,
        "last of the month before": first_of_month - timedelta(days=1),
        "long ago": noon - timedelta(days=1000),
    }
    deployed.write(
        business(number, name=name, created_at=format_time(at.astimezone(UTC)))
        for number, (name, at) in enumerate(times.items())
    )
    return deployed


def test_recent_days_can_be_chosen(dated: Account, viewer: Client) -> None:
    today = viewer.get(LIST, {"created": "today"})
    assert "today" in names(today)
    assert not {"yesterday", "long ago"} & set(names(today))
    week = viewer.get(LIST, {"created": "7days"})
    assert {"today", "yesterday", "six days ago"} <= set(names(week))
    assert "seven days ago" not in names(week)
    assert chosen(week) == ["All", "Past 7 days", "All"]


def test_this_month_and_the_twelve_before_can_be_chosen(dated: Account, viewer: Client) -> None:
    page = viewer.get(LIST)
    offered = choices(page, "creation")
    assert list(offered)[:5] == ["All", "Past 24 hours", "Today", "Past 7 days", "This month"]
    assert len(offered) == 5 + 12
    assert '<details class="months">' in page.content.decode()
    this_month = names(viewer.get(LIST + offered["This month"]))
    assert {"today", "first of the month"} <= set(this_month)
    assert "last of the month before" not in this_month
    month_before = viewer.get(LIST + list(offered.values())[5])
    assert "last of the month before" in names(month_before)
    assert '<details class="months" open>' in month_before.content.decode()
    assert not {"today", "first of the month", "long ago"} & set(names(month_before))
    assert dated.aws.faults.calls("Query") == 3


@override_settings(TIME_ZONE="Pacific/Auckland")
def test_a_month_begins_at_the_sites_midnight(deployed: Account, viewer: Client) -> None:
    times = ["2026-09-30T10:59:59.999Z", "2026-09-30T11:00:00.000Z", "2026-10-31T10:59:59.999Z"]
    times += ["2026-10-31T11:00:00.000Z"]
    deployed.write(
        business(number, name=str(number), created_at=at) for number, at in enumerate(times)
    )
    assert names(viewer.get(LIST, {"created": "2026-10"})) == ["2", "1"]
    assert names(viewer.get(LIST, {"created": "2026-11"})) == ["3"]


def test_an_older_month_can_still_be_asked_for(deployed: Account, viewer: Client) -> None:
    deployed.write([business(1, created_at="2020-02-29T12:00:00.000Z")])
    response = viewer.get(LIST, {"created": "2020-02"})
    assert names(response) == ["Business 1"]
    assert chosen(response)[1] == "February 2020"


@pytest.mark.parametrize("value", ["tomorrow", "2026-13", "0000-00", "99999-01", "20-1", "<b>"])
def test_a_time_that_is_none_lists_nothing_and_is_said(
    four: Account, viewer: Client, value: str
) -> None:
    for more in ({}, {"e": "1"}):
        response = viewer.get(LIST, {"created": value, **more})
        [message] = messages(response)
        assert message.startswith(f"“created={value}” in the address is not understood: a month is")
        assert names(response) == []
        assert len(names(viewer.get(LIST + choices(response, "creation")["All"]))) == 4


def test_search_and_creation_together_find_what_both_find(four: Account, viewer: Client) -> None:
    four.write([business(9, name="Anna of old", created_at="2020-02-29T12:00:00.000Z")])
    assert names(viewer.get(LIST, {"q": "anna", "created": "2020-02"})) == ["Anna of old"]
    assert names(viewer.get(LIST, {"q": "sub-0009", "created": "2020-02"})) == ["Anna of old"]
    assert names(viewer.get(LIST, {"q": "sub-0009", "created": "2020-03"})) == []
    owner = {"q": "sub-0009::sub-0009"}
    assert names(viewer.get(LIST, {**owner, "created": "2020-02"})) == ["Anna of old"]
    assert names(viewer.get(LIST, {**owner, "created": "2020-03"})) == []


def test_links_keep_what_else_was_asked_for(four: Account, viewer: Client) -> None:
    response = viewer.get(LIST, {"q": "anna", "created": "7days", "wait": "1"})
    assert choices(response, "creation")["Today"] == "?created=today&q=anna"
    assert choices(response, "creation")["All"] == "?q=anna"
    assert choices(response, "group")["businesses"] == "?created=7days&group=businesses&q=anna"
    text = response.content.decode()
    assert '<input type="hidden" name="created" value="7days">' in text
    assert '<a href="?q=anna">&#10006; Clear all filters</a>' in text
    assert "_facets" not in text


def test_a_page_that_could_not_be_filled_says_so_and_leads_on(
    deployed: Account, viewer: Client
) -> None:
    deployed.write(
        business(number, name=f"Hay {number:04}", created_at=f"{year}-02-29T12:00:00.000Z")
        for number in range(1000)
        for year in (2020 if number == 999 else 2024,)
    )
    first = viewer.get(LIST, {"q": "hay", "created": "2020-02"})
    assert names(first) == []
    assert words(first, "nothing-here") == ["None of the records that were checked matches."]
    [note] = words(first, "note")
    assert "This page is not full: 951 records were checked" in note
    second = leaf(viewer, first, "Next")
    assert names(second) == ["Hay 0999"]
    assert words(second, "note") == []


# By group


@pytest.fixture
def grouped(deployed: Account) -> Account:
    """Members of "partners": some with a business, one without; and a business outside of it."""
    deployed.cognito.create_group(UserPoolId=deployed.user_pool_id, GroupName="partners")
    subs = [deployed.create_user(f"user-{number}", "partners") for number in range(3)]
    deployed.write(
        business(number, name=f"Partner {number}", id=sub, owner=f"{sub}::user-{number}")
        for number, sub in enumerate(subs[:2])
    )
    deployed.write([business(9)])
    return deployed


def test_a_group_lists_the_businesses_of_its_members(grouped: Account, viewer: Client) -> None:
    response = viewer.get(LIST, {"group": "partners", "wait": "1"})
    assert sorted(names(response)) == ["Partner 0", "Partner 1"]
    assert cells(response, "groups") == ["partners not in businesses"] * 2
    assert words(response, "note") == [
        (
            "These are the members of the group “partners” in Cognito's own order. "
            "Cognito can list them only forwards."
        ),
        "1 member of this page has no business.",
    ]
    assert chosen(response) == ["All", "All", "partners"]
    calls = grouped.aws.faults.calls
    assert (calls("ListUsersInGroup"), calls("BatchGetItem"), calls("Query")) == (1, 1, 0)


def test_every_group_of_the_pool_is_offered(grouped: Account, viewer: Client) -> None:
    assert choices(viewer.get(WAITING), "group") == {
        "All": "?",
        "businesses": "?group=businesses",
        "partners": "?group=partners",
    }


def test_a_group_is_read_page_by_page(deployed: Account, viewer: Client) -> None:
    subs = [deployed.create_user(f"user-{number}", "businesses") for number in range(53)]
    deployed.write(business(number, id=sub) for number, sub in enumerate(subs))
    first = viewer.get(LIST, {"group": "businesses"})
    assert len(names(first)) == 50
    second = leaf(viewer, first, "Next")
    assert len(names(second)) == 3
    assert set(names(first) + names(second)) == {f"Business {number}" for number in range(53)}
    assert names(leaf(viewer, second, "First")) == names(first)
    for label in ("Next", "Previous", "Last"):
        with pytest.raises(LookupError):
            leaf(viewer, second, label)


def test_members_without_a_business_are_told_in_words(deployed: Account, viewer: Client) -> None:
    for name in ("ann", "ben"):
        deployed.create_user(name, "businesses")
    response = viewer.get(LIST, {"group": "businesses"})
    assert words(response, "nothing-here") == ["No member on this page has a business."]
    assert words(response, "note")[1] == "2 members of this page have no business."


def test_a_group_without_members_is_empty(deployed: Account, viewer: Client) -> None:
    response = viewer.get(LIST, {"group": "businesses"})
    assert words(response, "nothing-here") == ["No business was found."]


@pytest.mark.parametrize(
    "also", [{"q": "anna"}, {"created": "today"}, {"q": "anna", "created": "today"}]
)
def test_a_group_with_a_search_or_a_date_is_refused_in_words(
    four: Account, viewer: Client, also: dict[str, str]
) -> None:
    response = viewer.get(LIST, {"group": "businesses", **also})
    assert response.status_code == 200
    assert names(response) == []
    [problem] = words(response, "errornote")
    assert problem.startswith("A group cannot be combined with a search or a date")
    assert words(response, "nothing-here") == []
    rest = urlencode(sorted(also.items()))
    text = response.content.decode().replace("&amp;", "&")
    assert f'<a href="?{rest}">Leave the group out</a>' in text
    assert '<a href="?group=businesses">Show the whole group</a>' in text
    calls = four.aws.faults.calls
    assert (calls("Query"), calls("ListUsersInGroup")) == (0, 0)


@pytest.mark.parametrize("group", ["nobodies", "no such name", "<b>"])
def test_a_group_that_is_not_there_is_named(deployed: Account, viewer: Client, group: str) -> None:
    response = viewer.get(LIST, {"group": group})
    assert response.status_code == 200
    assert words(response, "errornote") == [
        f'The user pool has no group "{group}". Choose another group.'
    ]
    assert chosen(response) == ["All", "All", group]


def test_a_list_is_shown_without_groups_to_choose_while_cognito_does_not_answer(
    four: Account, viewer: Client
) -> None:
    four.aws.faults.fail("ListGroups", "InternalErrorException", status=500, times=2)
    response = viewer.get(WAITING)
    assert len(names(response)) == 4
    assert choices(response, "group") == {"All": "?"}


def test_a_page_of_a_group_that_cognito_forgot_is_a_plain_page(
    deployed: Account, viewer: Client
) -> None:
    subs = [deployed.create_user(f"user-{number}", "businesses") for number in range(51)]
    assert len(subs) == 51
    first = viewer.get(LIST, {"group": "businesses"})
    deployed.aws.faults.fail("ListUsersInGroup", "InvalidParameterException")
    response = leaf(viewer, first, "Next")
    assert response.status_code == 404
    assert "Cognito no longer knows this page" in response.content.decode()

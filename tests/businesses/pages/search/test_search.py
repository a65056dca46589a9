"""The search for people over everything."""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from businesses import models
from businesses.backend import get_backend
from businesses.pages.addresses import change_address, person_address
from businesses.pages.search.places import by_words
from businesses.records.onboarding import COMPLETED, DISMISSED, FAILED, OUT_OF_GROUP
from tests.businesses.account import business
from tests.businesses.conftest import logged_in
from tests.businesses.deployed import PASSWORD, Deployed
from tests.businesses.onboardings import onboarding, write_onboardings
from tests.businesses.pages.said import LIST, STUCK, said

SEARCH = "/admin/businesses/search/"
OWNER = "sub-0001::zoe"


@pytest.fixture
def table(deployed: Deployed) -> Iterator[str]:
    """The Business table, empty before and after."""
    name = deployed.outputs["BusinessTableName"]
    empty(deployed, name)
    yield name
    empty(deployed, name)


def empty(deployed: Deployed, table: str) -> None:
    for item in deployed.dynamodb.scan(TableName=table)["Items"]:
        deployed.dynamodb.delete_item(TableName=table, Key={"id": item["id"]})


def write(deployed: Deployed, table: str, number: int, **changes: Any) -> None:
    deployed.dynamodb.put_item(TableName=table, Item=business(number, **changes).to_item())


def begin(deployed: Deployed, email: str, name: str) -> str:
    """Sign somebody up who does not confirm; return the sub."""
    attributes = {"email": email, "name": name}
    sub: str = deployed.cognito.sign_up(
        ClientId=deployed.outputs["UserPoolClientId"],
        Username=email,
        Password=PASSWORD,
        UserAttributes=[{"Name": key, "Value": text} for key, text in attributes.items()],
    )["UserSub"]
    return sub


def found(response: Any) -> dict[str, tuple[str, str]]:
    """Return who was found: the name, the address of the page, and the places."""
    rows = re.findall(
        r'<a class="found-name" href="([^"]*)">(.*?)</a>.*?class="found-where">(.*?)</li>',
        response.content.decode(),
        re.DOTALL,
    )
    bare = [[unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in row] for row in rows]
    return {name: (url, where) for url, name, where in bare}


def leads_to(browser: Client, term: str) -> str:
    response = browser.get(SEARCH, {"q": term})
    assert response.status_code == 302, f"{term}: {said(response)}"
    return str(response.headers["Location"])


def test_one_business_leads_straight_to_its_owner(
    deployed: Deployed, viewer: Client, table: str
) -> None:
    write(deployed, table, 1, name="Zoe's Flowers", email="zoe@flowers.example", owner=OWNER)
    write(deployed, table, 2, name="Bakery", email="ann@bakery.example")
    for term in (
        *("Zoe", "ZOE'S", "flowers", "FLOWERS zoe", "lowe", "zoe@flowers.example", "flowers.ex"),
        *("@flowers", "sub-0001", OWNER, "zoe", " zoe "),
    ):
        assert leads_to(viewer, term) == person_address("sub-0001")


@pytest.mark.parametrize("username", ["sub-0007", "zoe", "z o/e&business=x"])
@pytest.mark.parametrize("missing", ["createdAt", ""])
def test_somebody_whom_only_a_business_names_has_a_page(
    deployed: Deployed, viewer: Client, table: str, username: str, missing: str
) -> None:
    owner = f"sub-0007::{username}"
    item = business(1, id="a second?", owner=owner, name="Zoe", email="zoe@gone.example").to_item()
    item.pop(missing, None)
    deployed.dynamodb.put_item(TableName=table, Item=item)
    page = viewer.get(SEARCH, {"q": "zoe@gone.example"}, follow=True)
    assert page.status_code == 200
    [(address, _)] = page.redirect_chain
    assert address.startswith(person_address("sub-0007"))
    its_page = change_address(models.Business, "a second?")
    assert f'href="{its_page}"' in page.content.decode()
    assert f'href="{escape(address)}"' in viewer.get(its_page).content.decode()


@pytest.mark.parametrize("status", [FAILED, OUT_OF_GROUP, DISMISSED, COMPLETED])
def test_one_record_leads_straight_to_its_person(
    deployed: Deployed, viewer: Client, table: str, status: str
) -> None:
    record = onboarding(
        1, name="Zoe's Flowers", email="Zoe@Flowers.example", username="z0e", status=status
    )
    others = [onboarding(number, status=status) for number in range(2, 5)]
    write_onboardings(deployed.dynamodb, deployed.table.name, record, *others)
    for term in ("zoe", "owers zo", "zoe@flowers.example", "sub-0001", "z0e", "sub-0001::z0e"):
        assert leads_to(viewer, term) == person_address("sub-0001")


def test_one_user_leads_straight_to_the_person(
    deployed: Deployed, viewer: Client, table: str
) -> None:
    sub = begin(deployed, "quentin@example.com", "Quentin's Quilts")
    for term in (sub, "quentin@example.com", "QUENTIN@example.com", "quentin", "Quentin's Q"):
        assert leads_to(viewer, term) == person_address(sub)


def test_each_person_has_one_row_that_says_where_they_were_found(
    deployed: Deployed, viewer: Client, table: str
) -> None:
    sub = begin(deployed, "rita@example.com", "Rita")
    write(deployed, table, 1, id=sub, owner=f"{sub}::{sub}", name="Rita's Records")
    write(deployed, table, 2, id="more", owner=f"{sub}::{sub}", name="Rita's Reels")
    write(deployed, table, 3, name="Rita's Rivals")
    ownerless = business(4, id="nobody's", name="Rita's Ruins").to_item()
    del ownerless["owner"]
    deployed.dynamodb.put_item(TableName=table, Item=ownerless)
    records = [
        onboarding(1, sub=sub, username=sub, name="Renamed since", status=COMPLETED),
        onboarding(5, name="Señorita's"),
    ]
    write_onboardings(deployed.dynamodb, deployed.table.name, *records)
    response = viewer.get(SEARCH, {"q": "rita"})
    assert found(response) == {
        "Rita's Records": (
            person_address(sub),
            "Business, Business, User in Cognito, ✓ Completed onboarding",
        ),
        "Rita's Rivals": (person_address("sub-0003"), "Business"),
        "Rita's Ruins": ("/admin/businesses/business/nobody's/change/", "Business"),
        "Señorita's": (person_address("sub-0005"), "✗ Stuck onboarding"),
    }


def test_nobody_is_said_only_of_what_was_searched(
    deployed: Deployed, viewer: Client, table: str
) -> None:
    write(deployed, table, 1)
    text = said(viewer.get(SEARCH, {"q": "zzz"}))
    assert "Nobody was found for “ zzz ” in what was searched." in text
    assert "among all 1 businesses" in text
    assert "usernames among all of them" in text


def test_how_far_words_were_looked_for_is_said(
    deployed: Deployed, viewer: Client, table: str
) -> None:
    for number in range(7):
        write(deployed, table, number, name=f"The Shop {number}")
    place = by_words(get_backend(), "shop", 2, 2)
    assert [hit.name for hit in place.hits] == [f"The Shop {number}" for number in (6, 5, 4, 3)]
    assert "among the newest 4 businesses" in place.searched
    assert by_words(get_backend(), "shop 0", 3, 9).searched.endswith("among all 7 businesses.")


def test_more_than_is_shown_is_said(deployed: Deployed, viewer: Client, table: str) -> None:
    for number in range(25):
        write(deployed, table, number, name=f"The Shop {number}")
    response = viewer.get(SEARCH, {"q": "shop"})
    assert len(found(response)) == 20
    assert "More match than are shown" in said(response)


def test_a_part_that_fails_is_said_and_the_others_are_shown(
    deployed: Deployed, viewer: Client, table: str
) -> None:
    write(deployed, table, 1, name="Zoe's Flowers", owner=OWNER)
    deployed.aws.faults.fail("ListUsers", "InternalErrorException", status=500, times=20)
    response = viewer.get(SEARCH, {"q": "zoe"})
    assert list(found(response)) == ["Zoe's Flowers"]  # there may be others: nobody can tell
    assert "Cognito left a part of the search unanswered." in said(response)
    assert leads_to(viewer, "sub-0001") == person_address("sub-0001")
    deployed.aws.faults.clear()
    deployed.aws.faults.fail("Query", "InternalServerError", status=500, times=20)
    sub = begin(deployed, f"zoe-{len(found(response))}@example.com", "Zoe")
    response = viewer.get(SEARCH, {"q": "zoe"})
    deployed.aws.faults.clear()
    assert [url for url, _ in found(response).values()] == [person_address(sub)]
    assert said(response).count("Nothing you did. Try again in a minute") == 3
    assert said(response).count("AWS could not answer") == 3


@pytest.mark.parametrize("permission", ["view_business", "view_onboarding"])
def test_who_sees_one_kind_finds_the_other_in_no_way(
    deployed: Deployed, db: None, table: str, permission: str
) -> None:
    write(deployed, table, 1, name="Uma's view_business")
    record = onboarding(1, name="Uma's view_onboarding")
    write_onboardings(deployed.dynamodb, deployed.table.name, record)
    user = User.objects.create_user("odd", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename=permission))
    browser = logged_in(user)
    assert leads_to(browser, "uma's") == person_address("sub-0001")
    sub = begin(deployed, f"{permission}@example.com", f"Uma's {permission[:-1]}")
    response = browser.get(SEARCH, {"q": "uma's"})
    assert set(found(response)) == {f"Uma's {permission}", f"Uma's {permission[:-1]}"}
    deployed.cognito.admin_delete_user(UserPoolId=deployed.pool, Username=sub)


def test_who_may_see_neither_has_no_search(db: None) -> None:
    browser = logged_in(User.objects.create_user("sam", is_staff=True))
    assert browser.get(SEARCH, {"q": "zoe"}).status_code == 403
    assert 'id="site-search"' not in browser.get("/admin/").content.decode()


def test_who_is_not_logged_in_is_asked_to(db: None) -> None:
    response = Client().get(SEARCH, {"q": "zoe"})
    assert response.headers["Location"].startswith("/admin/login/")
    assert 'id="site-search"' not in Client().get("/admin/login/").content.decode()


@pytest.mark.parametrize("address", ["/admin/", LIST, STUCK, SEARCH, "/admin/password_change/"])
def test_the_box_is_on_every_page(deployed: Deployed, viewer: Client, address: str) -> None:
    text = viewer.get(address).content.decode()
    assert text.count('id="site-search"') == 1
    assert f'action="{SEARCH}"' in text


def test_a_term_that_cannot_be_searched_is_refused_in_words(
    deployed: Deployed, viewer: Client
) -> None:
    for term in ("a\0b", "x" * 2049):
        response = viewer.get(SEARCH, {"q": term})
        assert response.status_code == 400
        assert "is not understood" in said(response)
    assert "Enter a name" in said(viewer.get(SEARCH, {"q": "  "}))


@pytest.mark.parametrize("address", [LIST, STUCK])
def test_a_list_that_finds_nothing_leads_on(
    deployed: Deployed, viewer: Client, table: str, address: str
) -> None:
    write(deployed, table, 1, name="The Shop & Co")
    write_onboardings(deployed.dynamodb, deployed.table.name, onboarding(2, name="The Shop & Co"))
    text = viewer.get(address, {"q": "shop & co"}).content.decode()
    [link] = re.findall(rf'href="({SEARCH}[^"]*)"', text)
    assert set(found(viewer.get(unescape(link)))) == {"The Shop & Co"}


@pytest.mark.parametrize(
    "term", ['"', "\\", "a" * 240, "ü@example.com", "\u202e", "::", "::x", "%"]
)
def test_any_search_is_answered(deployed: Deployed, viewer: Client, table: str, term: str) -> None:
    assert viewer.get(SEARCH, {"q": term}).status_code in {200, 302}

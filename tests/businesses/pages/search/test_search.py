"""The search for people over everything."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from businesses.pages.addresses import person_address
from tests.businesses.account import business
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import onboarding, write_onboardings
from tests.businesses.pages.said import said

SEARCH = "/admin/businesses/search/"


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


@pytest.mark.parametrize(
    "term",
    [
        *("Zoe", "ZOE'S", "flowers", "FLOWERS zoe", "lowe", "zoe@flowers.example", "flowers.ex"),
        *("sub-0001", "sub-0001::zoe", "zoe"),
    ],
)
def test_one_business_leads_straight_to_its_owner(
    deployed: Deployed, viewer: Client, table: str, term: str
) -> None:
    write(
        deployed, table, 1, name="Zoe's Flowers", email="zoe@flowers.example", owner="sub-0001::zoe"
    )
    write(deployed, table, 2, name="Bakery", email="ann@bakery.example")
    response = viewer.get(SEARCH, {"q": term})
    assert response.status_code == 302, said(response)
    assert response.headers["Location"] == person_address("sub-0001")


@pytest.mark.parametrize(
    "term",
    ["zoe", "Flowers", "owers zo", "zoe@flowers.example", "flowers.example", "sub-0001", "z0e"],
)
@pytest.mark.parametrize("status", ["FAILED", "DISMISSED", "COMPLETED"])
def test_one_record_leads_straight_to_its_person(
    deployed: Deployed, viewer: Client, table: str, term: str, status: str
) -> None:
    record = onboarding(
        1, name="Zoe's Flowers", email="Zoe@Flowers.example", username="z0e", status=status
    )
    others = [onboarding(number, status=status) for number in range(2, 5)]
    write_onboardings(deployed.dynamodb, deployed.table.name, record, *others)
    response = viewer.get(SEARCH, {"q": term})
    assert response.headers["Location"] == person_address("sub-0001")

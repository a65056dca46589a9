"""How many businesses one owner may have, counted by the deployed stack itself."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import override_settings

from aws_setup.local.server import LocalAws
from tests.deployment import deploy
from tests.graphql import Answer
from tests.journeys.test_owners_api import ADMINISTRATORS, OK, outcome
from tests.owners import Owner, OwnersApi

TOO_MANY = "TooManyBusinesses"
NOBODYS = {"name": {"eq": "nobody's"}}


@pytest.fixture(scope="module")
def api(local_aws_server: LocalAws) -> OwnersApi:
    """A stack in which an owner may have three businesses."""
    with override_settings(ADMIN_GROUP_NAME=ADMINISTRATORS, MOST_BUSINESSES_PER_OWNER=3):
        deploy(local_aws_server)
    api = OwnersApi(local_aws_server)
    api.cognito.create_group(UserPoolId=api.pool_id, GroupName=ADMINISTRATORS)
    return api


@pytest.fixture
def owner(api: OwnersApi) -> Owner:
    """Somebody who just signed up, and so has one."""
    return api.sign_up()


def create(api: OwnersApi, owner: Owner, **given: object) -> Answer:
    made = {"name": "B", "email": "b@example.com"}
    return api.call(owner.token, "create", input=made, **given)


def outcomes(api: OwnersApi, owner: Owner, times: int) -> list[str]:
    return [outcome(create(api, owner)) for _ in range(times)]


def made(api: OwnersApi, owner: Owner) -> str:
    return str(create(api, owner).data["createBusiness"]["id"])


def delete(api: OwnersApi, caller: Owner, identifier: str, **given: object) -> str:
    return outcome(api.call(caller.token, "delete", input={"id": identifier}, **given))


def count(api: OwnersApi, owner: Owner) -> int:
    return len(api.call(owner.token, "list").data["listBusinesses"]["items"])


def test_an_owner_has_so_many_businesses_and_no_more(api: OwnersApi, owner: Owner) -> None:
    assert outcomes(api, owner, 3) == [OK, OK, TOO_MANY]
    [error] = create(api, owner).body["errors"]
    assert error["message"] == "An owner may have 3 businesses."
    assert count(api, owner) == 3


def test_no_race_gets_past_the_most(api: OwnersApi, owner: Owner) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: outcome(create(api, owner)), range(8)))
    assert answers.count(OK) == count(api, owner) - 1 <= 2


def test_what_is_deleted_makes_room(api: OwnersApi, owner: Owner) -> None:
    further = made(api, owner)
    assert outcomes(api, owner, 2) == [OK, TOO_MANY]
    for removed in (further, owner.id):
        assert delete(api, owner, removed) == OK
        assert outcomes(api, owner, 2) == [OK, TOO_MANY]
    assert count(api, owner) == 3


def test_what_an_administrator_deletes_makes_room_for_its_owner(
    api: OwnersApi, owner: Owner
) -> None:
    administrator, further = api.sign_up(ADMINISTRATORS), made(api, owner)
    assert outcomes(api, owner, 2) == [OK, TOO_MANY]
    assert delete(api, administrator, further) == OK
    assert outcomes(api, owner, 2) == [OK, TOO_MANY]


def test_an_administrator_deletes_what_has_no_owner_and_is_refused_what_is_not_there(
    api: OwnersApi,
) -> None:
    administrator = api.sign_up(ADMINISTRATORS)
    assert delete(api, administrator, "none") == "Unauthorized"
    api.dynamodb.put_item(TableName=api.table, Item={"id": {"S": "nobody's"}})
    # It has none of what every Business has, so the answer is an error; but it is gone.
    api.call(administrator.token, "delete", input={"id": "nobody's"})
    left = api.dynamodb.scan(TableName=api.table)["Items"]
    assert {"nobody's", "count#undefined"}.isdisjoint(item["id"]["S"] for item in left)


def test_what_is_refused_counts_nothing(api: OwnersApi, owner: Owner) -> None:
    for _ in range(3):
        assert outcome(create(api, owner, condition=NOBODYS)) != OK
        assert delete(api, owner, owner.id, condition=NOBODYS) != OK
        assert delete(api, owner, "none") != OK
    assert outcomes(api, owner, 3) == [OK, OK, TOO_MANY]


def test_businesses_from_before_there_was_a_count_are_kept_beside_it(
    api: OwnersApi, owner: Owner
) -> None:
    old = [{**api.item(owner.id), "id": {"S": f"old-{n}-{owner.id}"}} for n in range(4)]
    for item in old:
        api.dynamodb.put_item(TableName=api.table, Item=item)
    assert outcomes(api, owner, 3) == [OK, OK, TOO_MANY]
    assert delete(api, owner, old[0]["id"]["S"]) == OK
    assert outcomes(api, owner, 2) == [OK, TOO_MANY]
    assert count(api, owner) == 7

"""The API for the people who own businesses, over HTTP: who may do what, and what it does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from botocore.credentials import Credentials
from django.test import override_settings
from hypothesis import strategies as st

from aws_setup.local.server import LocalAws
from businesses.aws.tables.business_table import BusinessTable
from tests.deployment import deploy
from tests.graphql import CREATE, Answer
from tests.harness.examples import examples
from tests.owners import FIELDS, OPERATIONS, SITE_ROLE, Owner, OwnersApi

if TYPE_CHECKING:
    from aws_setup.local.controls.snapshots import Snapshot

ADMINISTRATORS = "office"
OK, UNAUTHORIZED, REFUSED = "ok", "Unauthorized", "UnauthorizedException"
CALLERS = ("owner", "other", "administrator", "signed", "nobody", "expired")


@dataclass(frozen=True, slots=True)
class World:
    """The API after three people signed up, as each test finds it."""

    api: OwnersApi
    owner: Owner
    other: Owner
    administrator: Owner
    snapshot: "Snapshot"


@pytest.fixture(scope="module")
def world(local_aws_server: LocalAws) -> World:
    """An account with the stack in it, by the operator's own command."""
    with override_settings(ADMIN_GROUP_NAME=ADMINISTRATORS, SITE_ROLE_ARN=SITE_ROLE):
        deploy(local_aws_server)
    api = OwnersApi(local_aws_server)
    api.cognito.create_group(UserPoolId=api.pool_id, GroupName=ADMINISTRATORS)
    people = api.sign_up(), api.sign_up(), api.sign_up(ADMINISTRATORS)
    api.keys_of("site")
    return World(api, *people, local_aws_server.snapshot())


@pytest.fixture
def api(world: World) -> OwnersApi:
    """The API as it was right after the sign-ups, which take longer than to go back."""
    world.api.aws.restore(world.snapshot)
    return world.api


@pytest.fixture
def owner(world: World) -> Owner:
    """Somebody who just signed up."""
    return world.owner


@pytest.fixture
def other(world: World) -> Owner:
    """Somebody who owns another business."""
    return world.other


@pytest.fixture
def administrator(world: World) -> Owner:
    return world.administrator


@pytest.fixture
def tokens(api: OwnersApi, owner: Owner, other: Owner, administrator: Owner) -> dict[str, str]:
    """Return what each caller who does not sign sends."""
    return {
        "owner": owner.token,
        "other": other.token,
        "administrator": administrator.token,
        "nobody": "",
        "expired": api.expired(owner.token),
    }


def outcome(answer: Answer) -> str:
    """Return "ok", or the one type of error; with an error there is no data."""
    if not answer.error_types:
        return OK
    assert not any((answer.data or {}).values())
    [error_type] = answer.error_types
    return error_type


# Who may do what to a business of the owner's, as the callers are named in CALLERS.
TABLE = {
    "get": (OK, UNAUTHORIZED, OK, OK, REFUSED, REFUSED),
    "list": (OK, OK, OK, OK, REFUSED, REFUSED),
    "create": (OK, OK, OK, UNAUTHORIZED, REFUSED, REFUSED),
    "update": (OK, UNAUTHORIZED, UNAUTHORIZED, UNAUTHORIZED, REFUSED, REFUSED),
    "delete": (OK, UNAUTHORIZED, OK, UNAUTHORIZED, REFUSED, REFUSED),
}


@pytest.mark.parametrize(
    ("operation", "case"),
    [
        (operation, case)
        for operation, row in TABLE.items()
        for case in zip(CALLERS, row, strict=True)
    ],
)
def test_who_may_do_what(
    api: OwnersApi, owner: Owner, tokens: dict[str, str], operation: str, case: tuple[str, str]
) -> None:
    caller, wanted = case
    given: dict[str, dict[str, Any]] = {
        "get": {"id": owner.id},
        "list": {},
        "create": {"input": {"name": "Further", "email": "further@example.com"}},
        "update": {"input": {"id": owner.id, "name": "Mine"}},
        "delete": {"input": {"id": owner.id}},
    }
    variables = given[operation]
    before = api.item(owner.id)
    if caller == "signed":
        answer = api.signed(operation, **variables)
    else:
        answer = api.call(tokens[caller], operation, **variables)
    assert outcome(answer) == wanted
    if wanted == REFUSED:
        assert answer.status == 401
    writes = {"update": {"owner"}, "delete": {"owner", "administrator"}}
    is_changed = caller in writes.get(operation, ())
    assert (api.item(owner.id) != before) is is_changed


def test_a_signed_caller_whom_no_setting_names_sees_nothing(api: OwnersApi, owner: Owner) -> None:
    for keys in (
        api.keys_of("site-of-others"),
        Credentials(api.aws.access_key_id, api.aws.secret_access_key),
    ):
        for operation, variables in (("get", {"id": owner.id}), ("list", {})):
            answer = api.graphql.signed(keys, OPERATIONS[operation], variables)
            assert outcome(answer) == UNAUTHORIZED


def test_an_owner_lists_their_own_and_who_sees_all_everybodys(
    api: OwnersApi, owner: Owner, other: Owner, administrator: Owner
) -> None:
    def ids(answer: Answer) -> set[str]:
        return {item["id"] for item in answer.data["listBusinesses"]["items"]}

    assert ids(api.call(owner.token, "list")) == {owner.id}
    for answer in (
        api.call(administrator.token, "list", limit=1000),
        api.signed("list", limit=1000),
    ):
        assert {owner.id, other.id, administrator.id} <= ids(answer)


def test_what_is_foreign_and_what_is_not_there_get_one_answer(
    api: OwnersApi, owner: Owner, other: Owner
) -> None:
    for operation in ("get", "update", "delete"):
        answers = []
        for identifier in (other.id, "nobody"):
            named = {"id": identifier}
            variables = named if operation == "get" else {"input": named}
            answers.append(api.call(owner.token, operation, **variables).body)
        assert answers[0] == answers[1]


def test_a_further_business_has_an_id_of_its_own_and_true_keys(
    api: OwnersApi, owner: Owner
) -> None:
    given = {"name": " Kestrel CYCLES ", "email": "Shop@Kestrel.Example"}
    created = api.call(owner.token, "create", input=given).data["createBusiness"]
    assert created["id"] != owner.id
    assert created["name"] == "Kestrel CYCLES"
    assert created["owner"] == f"{owner.id}::{owner.id}"
    assert created["groupName"] == "businesses"
    item = api.item(created["id"])
    assert item["nameKey"] == {"S": "kestrel cycles"}
    assert item["emailKey"] == {"S": "shop@kestrel.example"}
    assert item["__typename"] == {"S": "Business"}
    [newest, first] = api.call(owner.token, "list").data["listBusinesses"]["items"]
    assert (newest, first["id"]) == (created, owner.id)


def test_a_change_keeps_the_keys_and_the_time_true(api: OwnersApi, owner: Owner) -> None:
    before = api.call(owner.token, "get", id=owner.id).data["getBusiness"]
    updated = api.call(owner.token, "update", input={"id": owner.id, "name": "ÜBER"})
    after = updated.data["updateBusiness"]
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"name", "updatedAt"}
    assert after["updatedAt"] > before["updatedAt"]
    item = api.item(owner.id)
    assert (item["nameKey"], item["updatedAt"]) == ({"S": "über"}, {"S": after["updatedAt"]})
    api.call(owner.token, "update", input={"id": owner.id, "email": "New@Example.com"})
    assert api.item(owner.id)["emailKey"] == {"S": "new@example.com"}


FAILED = "DynamoDB:ConditionalCheckFailedException"


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_a_write_is_made_under_the_callers_own_condition(
    api: OwnersApi, owner: Owner, operation: str
) -> None:
    before, named = api.item(owner.id), {"id": owner.id}
    given = {**named, "name": "New"} if operation == "update" else named
    for condition in (
        {"name": {"eq": "Another"}},
        {"or": [{"name": {"beginsWith": "An"}}, {"email": {"size": {"gt": 254}}}]},
        {"not": {"email": {"attributeExists": True}}},
    ):
        answer = api.call(owner.token, operation, input=given, condition=condition)
        assert outcome(answer) == FAILED
        assert api.item(owner.id) == before
    holds = {"or": [{"name": {"eq": "Another"}}, {"email": {"eq": owner.email}}]}
    assert outcome(api.call(owner.token, operation, input=given, condition=holds)) == OK
    assert api.item(owner.id) != before


@pytest.mark.parametrize("operation", ["update", "delete"])
@pytest.mark.parametrize("condition", [{"name": {"attributeExists": True}}, {}])
def test_a_condition_opens_no_foreign_record_and_asks_it_nothing(
    api: OwnersApi, owner: Owner, other: Owner, operation: str, condition: dict[str, Any]
) -> None:
    before = api.item(other.id)
    mine = {"owner": {"eq": f"{owner.id}::{owner.id}"}}
    theirs = {"owner": {"eq": f"{other.id}::{other.id}"}}
    for asked in (condition, {"or": [mine, theirs]}, {"not": mine}):
        given = {"input": {"id": other.id}, "condition": asked}
        answer = api.call(owner.token, operation, **given)
        assert outcome(answer) == UNAUTHORIZED
    assert api.item(other.id) == before


def test_a_record_to_be_made_has_nothing_that_a_condition_could_find(
    api: OwnersApi, owner: Owner
) -> None:
    given = {"name": "Further", "email": "further@example.com"}
    for condition, wanted in (
        ({"name": {"attributeExists": True}}, FAILED),
        ({"name": {"attributeExists": False}}, OK),
    ):
        answer = api.call(owner.token, "create", input=given, condition=condition)
        assert outcome(answer) == wanted
    assert len(api.call(owner.token, "list").data["listBusinesses"]["items"]) == 2


def test_what_is_deleted_is_answered_and_gone(api: OwnersApi, owner: Owner) -> None:
    deleted = api.call(owner.token, "delete", input={"id": owner.id}).data["deleteBusiness"]
    assert deleted["id"] == owner.id
    assert api.item(owner.id) is None
    again = api.call(owner.token, "delete", input={"id": owner.id})
    assert outcome(again) == UNAUTHORIZED


def test_what_datastore_deleted_is_gone_and_makes_way_for_a_new_record(
    api: OwnersApi, owner: Owner, administrator: Owner
) -> None:
    gone = {"_deleted": {"BOOL": True}, "_version": {"N": "2"}, "_ttl": {"N": "1766836800"}}
    left = {**api.item(owner.id), **gone}
    api.dynamodb.put_item(TableName=api.table, Item=left)
    named: dict[str, Any] = {"id": owner.id}
    changes = {"update": {"input": {**named, "name": "New"}}, "delete": {"input": named}}
    for operation, given in {"get": named, **changes}.items():
        assert outcome(api.call(owner.token, operation, **given)) == UNAUTHORIZED
    assert api.call(owner.token, "list").data["listBusinesses"]["items"] == []
    assert api.call(administrator.token, "get", **named).data == {"getBusiness": None}
    assert outcome(api.call(administrator.token, "delete", input=named)) == UNAUTHORIZED
    assert api.item(owner.id) == left

    sign_up = {"sub": owner.id, "username": owner.id, "groupName": "businesses"}
    given = {**sign_up, "email": owner.email, "name": "Anew"}
    assert outcome(api.graphql.signed(api.keys_of("site"), CREATE, given)) == OK
    assert outcome(api.graphql.signed(api.keys_of("site"), CREATE, given)) == OK
    written = api.item(owner.id)
    assert written["name"] == {"S": "Anew"}
    assert not written.keys() & gone.keys()


@pytest.mark.parametrize("name", ["id", "owner", "groupName", "createdAt", "updatedAt", "nameKey"])
def test_clients_cannot_write_what_is_not_theirs(api: OwnersApi, owner: Owner, name: str) -> None:
    before = api.item(owner.id)
    given = {"name": "B", "email": "b@example.com", name: "mine"}
    refused = [api.call(owner.token, "create", input=given)]
    if name != "id":
        refused.append(api.call(owner.token, "update", input={"id": owner.id, name: "mine"}))
    for answer in refused:
        assert not answer.data
        assert "invalid value" in answer.body["errors"][0]["message"]
    assert api.item(owner.id) == before


@pytest.mark.parametrize(
    ("operation", "given", "field"),
    [
        ("create", {"name": " ", "email": "a@example.com"}, "name"),
        ("create", {"name": "x" * 257, "email": "a@example.com"}, "name"),
        ("update", {"name": None}, "name"),
        ("update", {"email": None}, "email"),
        ("update", {"email": ""}, "email"),
        ("update", {"email": "nobody"}, "email"),
        ("create", {"name": "B", "email": "nobody"}, "email"),
    ],
)
@pytest.mark.verified_by("input_that_is_refused")
def test_bad_input_names_the_field_and_changes_nothing(
    api: OwnersApi, owner: Owner, operation: str, given: dict[str, Any], field: str
) -> None:
    before = api.item(owner.id)
    named = {"id": owner.id} if operation == "update" else {}
    answer = api.call(owner.token, operation, input={**named, **given})
    [error] = answer.body["errors"]
    assert (error["errorType"], error["errorInfo"]) == ("InvalidInput", {"field": field})
    assert error["message"].startswith(f"{field} must ")
    assert api.item(owner.id) == before


def test_pages_go_on_where_they_ended_and_tokens_are_nobody_elses(
    api: OwnersApi, owner: Owner, other: Owner
) -> None:
    for number in range(4):
        given = {"name": f"Shop {number}", "email": "shop@example.com"}
        api.call(owner.token, "create", input=given)
    names, token, pages = [], None, 0
    while pages == 0 or token:
        answer = api.call(owner.token, "list", limit=2, nextToken=token)
        page = answer.data["listBusinesses"]
        names += [item["name"] for item in page["items"]]
        token, pages = page["nextToken"], pages + 1
        if pages == 1:
            first_token = token
    assert names[:4] == ["Shop 3", "Shop 2", "Shop 1", "Shop 0"]
    assert len(names) == 5
    for token in (first_token, "made-up"):
        [error] = api.call(other.token, "list", nextToken=token).body["errors"]
        assert (error["errorType"], error["errorInfo"]) == ("InvalidInput", {"field": "nextToken"})
        assert error["message"] == "nextToken cannot be used."


MINE = {"eq": "mine"}


@pytest.mark.parametrize(
    "filter_",
    [
        {"and": [{"createdAt": {"gt": "2026"}}]},
        {"not": {"createdAt": {"gt": "2026"}}},
        {"or": [{"owner": MINE}, {"name": MINE}]},
        {"createdAt": {"between": ["2026"]}},
        {"createdAt": {"between": ["2027", "2026"]}},
        {"createdAt": {"eq": None}},
        {"name": {"between": ["b"]}},
        {"name": {"between": ["b", "a"]}},
        {"name": {"beginsWith": None}},
        {"name": {"size": None}},
        {"name": {"size": {}}},
        {"name": {"size": {"between": [1]}}},
        {"name": {}},
        {"name": None},
        {"or": [None]},
        {"or": []},
        {"not": {}},
        {"not": None},
    ],
)
def test_a_filter_that_makes_no_sense_names_itself_in_plain_words(
    api: OwnersApi, owner: Owner, filter_: dict[str, Any]
) -> None:
    [error] = api.call(owner.token, "list", filter=filter_).body["errors"]
    assert (error["errorType"], error["errorInfo"]) == ("InvalidInput", {"field": "filter"})
    assert error["message"] in {"filter lacks a value.", "filter cannot be used."}


TEXTS = st.one_of(
    st.sampled_from([None, "", "2026", "\ud83d", "null", "{}", "#a", ":a", "x" * 2049, "\x00"]),
    st.text(max_size=5),
)
NUMBERS = st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1))


def operators(values: Any, **others: Any) -> Any:
    """Return every way to fill in ModelStringInput or ModelSizeInput."""
    single = dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), values)
    between = st.one_of(st.none(), st.lists(values, max_size=3))
    return st.one_of(
        st.none(), st.fixed_dictionaries({}, optional={**single, "between": between, **others})
    )


STRING = operators(
    TEXTS,
    beginsWith=TEXTS,
    contains=TEXTS,
    notContains=TEXTS,
    attributeExists=st.sampled_from([None, True, False]),
    size=operators(NUMBERS),
)
FILTERS = st.recursive(
    st.dictionaries(st.sampled_from(FIELDS.split()), STRING, max_size=2),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "name": STRING,
            "not": st.none() | inner,
            "and": st.none() | st.lists(st.none() | inner, max_size=3),
            "or": st.none() | st.lists(st.none() | inner, max_size=3),
        },
    ),
    max_leaves=6,
)


ARGUMENTS = {
    "filter": FILTERS,
    "limit": NUMBERS | st.integers(1, 9),
    "nextToken": st.none() | TEXTS,
}


@hypothesis.given(st.fixed_dictionaries(ARGUMENTS), st.booleans())
@hypothesis.settings(
    max_examples=examples(200),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
def test_a_list_with_odd_arguments_is_answered_or_names_one(
    api: OwnersApi, other: Owner, administrator: Owner, arguments: Any, sees_all: bool
) -> None:
    token = (administrator if sees_all else other).token
    answer = api.call(token, "list", **arguments)
    for error in answer.body.get("errors", []):
        assert error["errorType"] == "InvalidInput", error
        assert error["errorInfo"]["field"].split(".")[0] in ARGUMENTS
        assert error["message"] in SAID, error["message"]


SAID = {
    "filter lacks a value.",
    "filter cannot be used.",
    "filter.owner is not for owners.",
    "filter.createdAt takes one of eq, lt, le, gt, ge, between, beginsWith.",
    "limit must be from 1 to 1000.",
    "nextToken cannot be used.",
}


@pytest.mark.parametrize("text", ["null", "{}[]", '":null', "\\", '\\":null,"', ",null,"])
def test_a_text_in_a_filter_is_only_a_text(api: OwnersApi, owner: Owner, text: str) -> None:
    page = api.call(owner.token, "list", filter={"name": {"ne": text}}).data["listBusinesses"]
    assert len(page["items"]) == 1


@pytest.mark.parametrize(
    ("error_type", "said", "status"),
    [
        (
            "ThrottlingException",
            "Throughput exceeds the current capacity of your table or index.",
            400,
        ),
        ("ThrottlingException", "Rate exceeded", 400),
        ("AccessDeniedException", "User: x is not authorized to perform: dynamodb:Query", 400),
        ("ServiceUnavailable", "The service is currently unavailable or busy.", 503),
    ],
)
def test_what_is_not_about_the_filter_does_not_blame_it(
    api: OwnersApi, owner: Owner, error_type: str, said: str, status: int
) -> None:
    api.aws.faults.fail("Query", error_type, message=said, status=status)
    answer = api.call(owner.token, "list", filter={"name": MINE})
    assert outcome(answer) == "DynamoDB:DynamoDbException"


def test_a_filter_narrows_the_list(api: OwnersApi, owner: Owner) -> None:
    for name in ("Apple", "Banana"):
        api.call(owner.token, "create", input={"name": name, "email": "f@example.com"})
    given = {"or": [{"name": {"beginsWith": "App"}}, {"name": {"contains": "zzz"}}]}
    page = api.call(owner.token, "list", filter=given).data["listBusinesses"]
    assert [item["name"] for item in page["items"]] == ["Apple"]


def test_a_list_is_narrowed_to_a_time(api: OwnersApi, owner: Owner, administrator: Owner) -> None:
    for name in ("Older", "Newer"):
        api.call(owner.token, "create", input={"name": name, "email": "f@example.com"})
    newer, older, _ = api.call(owner.token, "list").data["listBusinesses"]["items"]
    for token in (owner.token, administrator.token):
        for operators in (
            {"ge": newer["createdAt"]},
            {"between": [newer["createdAt"], "9999"]},
            {"gt": older["createdAt"]},
        ):
            given = {"createdAt": operators, "name": {"ne": "Another"}}
            page = api.call(token, "list", filter=given).data["listBusinesses"]
            assert [item["name"] for item in page["items"]] == ["Newer"]
    refused = api.call(owner.token, "list", filter={"createdAt": {"contains": "2"}})
    assert outcome(refused) == "InvalidInput"


def test_who_sees_all_lists_somebodys(api: OwnersApi, owner: Owner, administrator: Owner) -> None:
    given = {"owner": {"eq": f"{owner.id}::{owner.id}"}}
    page = api.call(administrator.token, "list", limit=1000, filter=given).data["listBusinesses"]
    assert [item["id"] for item in page["items"]] == [owner.id]
    assert outcome(api.call(owner.token, "list", filter=given)) == "InvalidInput"


def test_the_admin_reads_a_further_business_with_its_owner(api: OwnersApi, owner: Owner) -> None:
    given = {"name": "Further", "email": "further@example.com"}
    created = api.call(owner.token, "create", input=given).data["createBusiness"]
    business = BusinessTable(api.dynamodb, api.table).get(created["id"])
    assert business is not None
    assert (business.name, business.owner_identity.username) == ("Further", owner.id)


def test_who_is_in_no_allowed_group_makes_no_further_business(api: OwnersApi, owner: Owner) -> None:
    api.cognito.admin_remove_user_from_group(
        UserPoolId=api.pool_id, Username=owner.id, GroupName="businesses"
    )
    token = api.token(owner.email)
    answer = api.call(token, "create", input={"name": "B", "email": "b@example.com"})
    assert outcome(answer) == UNAUTHORIZED
    assert outcome(api.call(token, "get", id=owner.id)) == OK

"""The steps of the operations on businesses: what each asks of its service, what it answers."""

from typing import Any

import pytest

from tests.resolvers.evaluation import NOW, error_of, run, value_of

OWNER = {"sub": "sub-1", "username": "ada", "claims": {}, "groups": ["businesses"]}
IAM = {
    "accountId": "123456789012",
    "userArn": "arn:aws:sts::123456789012:assumed-role/site/one",
    "username": "AROAEXAMPLE:one",
}
ADA = {"owner": "sub-1::ada", "seesAll": False, "groups": ["businesses"]}
SIGNED: dict[str, Any] = {"owner": "", "seesAll": True, "groups": []}
BUSINESS = {"id": "sub-1", "owner": "sub-1::ada", "name": "Bakery", "email": "ada@example.com"}
SLOW = {"message": "Slow down", "type": "DynamoDB:ThrottlingException"}
ENVIRONMENT = {"BUSINESS_TABLE": "businesses", "MOST_BUSINESSES": "20"}
CONDITION = {"message": "No", "type": "DynamoDB:ConditionalCheckFailedException"}


def step(name: str, handler: str, **context: Any) -> Any:
    """Run one handler of a step of Ada's."""
    given = {"args": {}, "env": {}, "stash": {"caller": ADA}, "result": None, **context}
    return run(f"businesses/{name}.js", handler, given)


def is_unauthorized(outcome: Any) -> bool:
    """Whether AppSync's own refusal ended a handler; its message names the field, not the id."""
    error = error_of(outcome)
    return (error.error_type, error.message, error.data) == ("Unauthorized", None, None)


# Who asks


TRIGGER = "arn:aws:iam::123456789012:role/stack-TriggerRole-1"
TRUSTED = f"{TRIGGER},arn:aws:iam::123456789012:role/web/site"


def identify(identity: Any, administrators: str = "office", trusted: str = TRUSTED) -> Any:
    env = {"ADMIN_GROUP_NAME": administrators, "TRUSTED_CALLERS": trusted}
    return step("identifyCaller", "response", identity=identity, env=env, stash={})


@pytest.mark.parametrize(
    ("identity", "caller"),
    [
        (OWNER, ADA),
        ({**OWNER, "groups": None}, {**ADA, "groups": []}),
        ({**OWNER, "groups": ["office"]}, {**ADA, "seesAll": True, "groups": ["office"]}),
        (IAM, SIGNED),
        ({**IAM, "sub": "sub-1", "username": "ada"}, {**ADA, "groups": []}),
    ],
)
def test_a_caller_is_an_owner_an_administrator_or_signed(
    identity: dict[str, Any], caller: dict[str, Any]
) -> None:
    assert identify(identity).stash["caller"] == caller


SESSION = "arn:aws:sts::123456789012:assumed-role"
USER = "arn:aws:iam::123456789012:user/web/site"


@pytest.mark.parametrize(
    ("arn", "trusted"),
    [
        (f"{SESSION}/site/one", TRUSTED),
        (f"{SESSION}/stack-TriggerRole-1/fn", f"{TRIGGER},"),
        (USER, f"{TRIGGER},{USER}"),
    ],
)
def test_the_roles_that_the_environment_names_see_all(arn: str, trusted: str) -> None:
    outcome = identify({**IAM, "userArn": arn}, trusted=trusted)
    assert outcome.stash["caller"] == SIGNED


@pytest.mark.parametrize(
    ("arn", "trusted"),
    [
        (f"{SESSION}/site-of-others/one", TRUSTED),
        (f"{SESSION}/other/site/one", TRUSTED),
        ("arn:aws:sts::210987654321:assumed-role/site/one", TRUSTED),
        ("arn:aws:iam::123456789012:root", TRUSTED),
        (f"{USER}2", f"{TRIGGER},{USER}"),
        (f"{SESSION}/site/one", f"{TRIGGER},"),
        (f"{SESSION}/site/one", ""),
    ],
)
def test_any_other_signed_caller_is_refused(arn: str, trusted: str) -> None:
    assert is_unauthorized(identify({**IAM, "userArn": arn}, trusted=trusted))


def test_who_comes_through_an_identity_pool_is_refused_whatever_the_role() -> None:
    assert is_unauthorized(identify({**IAM, "cognitoIdentityId": "eu-central-1:1"}))


@pytest.mark.parametrize("identity", [None, {}, {"username": "ada"}, {"sub": "sub-1"}])
def test_who_is_neither_is_refused(identity: Any) -> None:
    assert is_unauthorized(identify(identity))


def test_without_a_group_of_administrators_nobody_is_one() -> None:
    for groups in ([], [""], ["office"]):
        caller = identify({**OWNER, "groups": groups}, administrators="").stash["caller"]
        assert caller["seesAll"] is False


def test_a_step_without_a_service_asks_none() -> None:
    for name in ("identifyCaller", "checkInput"):
        assert value_of(step(name, "request")) == {"payload": None}


# Reading


def test_a_business_is_read_by_its_id() -> None:
    assert value_of(step("getBusiness", "request", args={"id": "sub-1"})) == {
        "operation": "GetItem",
        "key": {"id": {"S": "sub-1"}},
        "consistentRead": True,
    }


@pytest.mark.parametrize("caller", [ADA, SIGNED], ids=["owner", "signed"])
def test_its_owner_and_who_sees_all_see_a_business(caller: dict[str, Any]) -> None:
    outcome = step("getBusiness", "response", result=BUSINESS, stash={"caller": caller})
    assert value_of(outcome) == BUSINESS


@pytest.mark.parametrize("found", [None, {**BUSINESS, "_deleted": True}])
def test_who_sees_all_learns_that_a_business_is_missing(found: Any) -> None:
    outcome = step("getBusiness", "response", result=found, stash={"caller": SIGNED})
    assert value_of(outcome) is None


@pytest.mark.parametrize(
    "found",
    [None, {"id": "x"}, {**BUSINESS, "owner": "sub-1::eve"}, {**BUSINESS, "_deleted": True}],
)
def test_a_foreign_business_and_a_missing_one_are_the_same_refusal(found: Any) -> None:
    assert is_unauthorized(step("getBusiness", "response", result=found))


def listed(caller: dict[str, Any], **arguments: Any) -> Any:
    return step("listBusinesses", "request", args=arguments, stash={"caller": caller})


@pytest.mark.verified_by("what_each_resolver_step_makes")
def test_an_owners_list_is_a_query_for_the_owner_newest_first() -> None:
    assert value_of(listed(ADA)) == {
        "operation": "Query",
        "index": "byOwner",
        "query": {
            "expression": "(#owner = :owner_eq)",
            "expressionNames": {"#owner": "owner"},
            "expressionValues": {":owner_eq": {"S": "sub-1::ada"}},
        },
        "limit": 100,
        "scanIndexForward": False,
    }


def test_who_sees_all_lists_everybodys() -> None:
    request = value_of(listed(SIGNED, limit=5, nextToken="further"))
    assert request["index"] == "byCreatedAt"
    assert request["query"]["expressionValues"] == {":__typename_eq": {"S": "Business"}}
    assert (request["limit"], request["nextToken"]) == (5, "further")


def test_a_filter_is_asked_of_dynamodb() -> None:
    request = value_of(listed(ADA, filter={"name": {"beginsWith": "B"}}))
    assert request["filter"]["expression"] == "(begins_with(#name,:name_beginsWith))"
    nothings: list[Any] = [{}, None]
    for nothing in nothings:
        assert "filter" not in value_of(listed(ADA, filter=nothing))


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_bounds_names_the_argument(limit: int) -> None:
    error = error_of(listed(ADA, limit=limit))
    assert (error.error_type, error.error_info) == ("InvalidInput", {"field": "limit"})
    assert error.message == "limit must be from 1 to 1000."


def test_what_was_created_when_is_asked_of_the_index_and_not_of_what_it_gave() -> None:
    given = {"createdAt": {"ge": "2026-11"}, "name": {"eq": "B"}}
    for caller in (ADA, SIGNED):
        request = value_of(listed(caller, filter=given))
        assert request["query"]["expression"].endswith(" AND (#createdAt >= :createdAt_ge)")
        assert request["query"]["expressionValues"][":createdAt_ge"] == {"S": "2026-11"}
        assert request["filter"]["expressionNames"] == {"#name": "name"}
    assert "filter" not in value_of(listed(ADA, filter={"createdAt": {"beginsWith": "2026"}}))


@pytest.mark.parametrize("operators", [{}, {"ne": "x"}, {"ge": "a", "le": "b"}, {"size": {}}])
def test_one_operator_alone_is_asked_of_an_index(operators: dict[str, Any]) -> None:
    error = error_of(listed(ADA, filter={"createdAt": operators}))
    assert (error.error_type, error.error_info) == ("InvalidInput", {"field": "filter.createdAt"})
    assert error.message == (
        "filter.createdAt takes one of eq, lt, le, gt, ge, between, beginsWith."
    )


def test_only_who_sees_all_asks_for_an_owner() -> None:
    given = {"owner": {"eq": "sub-2::eve"}}
    assert value_of(listed(SIGNED, filter=given))["filter"]["expression"] == "(#owner = :owner_eq)"
    error = error_of(listed(ADA, filter=given))
    assert (error.error_type, error.error_info) == ("InvalidInput", {"field": "filter.owner"})


def test_a_page_is_its_items_and_where_the_next_begins() -> None:
    kept = {**BUSINESS, "_deleted": False}
    items = [BUSINESS, {**BUSINESS, "_deleted": True}, kept]
    page = {"items": items, "nextToken": "further", "scannedCount": 3}
    answer = value_of(step("listBusinesses", "response", result=page))
    assert answer == {"items": [BUSINESS, kept], "nextToken": "further"}


@pytest.mark.parametrize(
    "condition",
    [
        {"not": {}},
        {"name": {}},
        {"name": None},
        {"name": {"eq": None}},
        {"and": [{"name": {"eq": "B"}}, {}]},
        {"or": []},
        {"name": {"between": ["a"]}},
        {"name": {"size": None}},
        {"name": {"size": {"between": [1]}}},
    ],
)
def test_a_condition_that_cannot_be_read_is_refused_by_its_name(condition: dict[str, Any]) -> None:
    given = {"args": {"condition": condition}, "identity": OWNER, "stash": {}}
    error = error_of(step("identifyCaller", "response", **given))
    assert (error.error_type, error.error_info) == ("InvalidInput", {"field": "condition"})


@pytest.mark.parametrize(
    "condition", [None, {}, {"name": {"eq": 'null {} [] "\\'}}, {"not": {"name": {"eq": "B"}}}]
)
def test_a_condition_that_can_be_read_is_left_to_the_later_steps(condition: Any) -> None:
    given = {"args": {"condition": condition}, "identity": OWNER, "stash": {}}
    assert value_of(step("identifyCaller", "response", **given)) is None


@pytest.mark.parametrize("operators", [{"between": ["a"]}, {"size": {"between": [1]}}])
def test_a_range_with_one_end_is_no_filter(operators: dict[str, Any]) -> None:
    error = error_of(listed(ADA, filter={"name": operators}))
    assert (error.error_type, error.error_info) == ("InvalidInput", {"field": "filter"})


# Writing


def check(**given: Any) -> Any:
    return step("checkInput", "response", args={"input": given})


def test_input_is_trimmed() -> None:
    assert check(name="  Bäckerei ÜBERMUT ", email="Ada@Example.com").stash["changes"] == {
        "name": "Bäckerei ÜBERMUT",
        "email": "Ada@Example.com",
    }


def test_the_length_counts_characters() -> None:
    assert check(name="🍞" * 256).stash["changes"] == {"name": "🍞" * 256}
    error = error_of(check(name="🍞" * 257))
    assert error.message == "name must have at most 256 characters."


def test_what_is_not_given_is_left_alone() -> None:
    assert check(id="sub-1").stash["changes"] == {}
    assert list(check(name="B").stash["changes"]) == ["name"]


@pytest.mark.verified_by("addresses_that_are_read_back")
@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"name": ""}, "name", "name must not be empty."),
        ({"name": " \t"}, "name", "name must not be empty."),
        ({"name": None}, "name", "name must not be empty."),
        ({"name": "x" * 257}, "name", "name must have at most 256 characters."),
        ({"name": "a\ud83c"}, "name", "name must not have half a character."),
        ({"name": "\udf5ea"}, "name", "name must not have half a character."),
        ({"name": "🍞\udf5e"}, "name", "name must not have half a character."),
        ({"name": "B", "email": None}, "email", "email must not be empty."),
        ({"email": f"{'x' * 250}@a.io"}, "email", "email must have at most 254 characters."),
        ({"email": "nobody"}, "email", "email must be an e-mail address."),
        ({"email": "a b@example.com"}, "email", "email must be an e-mail address."),
        ({"email": "a@b@example.com"}, "email", "email must be an e-mail address."),
        ({"email": "a@example."}, "email", "email must be an e-mail address."),
    ],
)
def test_input_that_cannot_be_written_names_its_field(
    given: dict[str, Any], field: str, message: str
) -> None:
    error = error_of(check(**given))
    assert (error.error_type, error.error_info) == ("InvalidInput", {"field": field})
    assert error.message == message


def create(groups: list[str], allowed: str = "businesses", **variables: str) -> Any:
    stash = {"caller": {**ADA, "groups": groups}, "changes": {"name": "Bakery"}}
    env = {**ENVIRONMENT, "ALLOWED_GROUPS": allowed, **variables}
    return step("createBusiness", "request", stash=stash, env=env)


def test_a_further_business_is_put_under_an_id_of_its_own_and_counted() -> None:
    outcome = create(["others", "businesses"])
    assert value_of(outcome)["operation"] == "TransactWriteItems"
    put, counted = value_of(outcome)["transactItems"]
    assert len(put["key"]["id"]["S"]) == 36
    assert put["attributeValues"] == {
        "__typename": {"S": "Business"},
        "owner": {"S": "sub-1::ada"},
        "groupName": {"S": "businesses"},
        "createdAt": {"S": NOW},
        "updatedAt": {"S": NOW},
        "name": {"S": "Bakery"},
    }
    assert put["condition"]["expression"] == "(#id <> :and_0_id_ne)"
    assert counted["key"] == {"id": {"S": "count#sub-1::ada"}}
    # The one of the sign-up is not counted, but it is one.
    assert counted["condition"]["expressionValues"] == {":most": {"N": 19}}
    business = value_of(step("createBusiness", "response", stash=outcome.stash))
    assert (business["id"], business["name"]) == (put["key"]["id"]["S"], "Bakery")


def test_whoever_may_have_one_business_gets_no_further_one() -> None:
    [_, counted] = value_of(create(["businesses"], MOST_BUSINESSES="1"))["transactItems"]
    assert counted["condition"]["expression"] == "#n < :most"
    assert counted["condition"]["expressionValues"] == {":most": {"N": 0}}


def cancelled(*reasons: str) -> dict[str, str]:
    """Return ctx.error of a transaction, in DynamoDB's words."""
    message = (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        f"[{', '.join(reasons)}] (Service: DynamoDb, Status Code: 400, Request ID: x)"
    )
    return {"message": message, "type": "DynamoDB:TransactionCanceledException"}


FAILED = "ConditionalCheckFailed"


@pytest.mark.parametrize(
    ("reasons", "error_type"),
    [
        ((FAILED, "None"), CONDITION["type"]),
        ((FAILED, FAILED), CONDITION["type"]),
        (("None", FAILED), "TooManyBusinesses"),
        (("None", "TransactionConflict"), "DynamoDB:TransactionCanceledException"),
    ],
)
def test_what_is_not_made_says_why(reasons: tuple[str, ...], error_type: str) -> None:
    outcome = step("createBusiness", "response", error=cancelled(*reasons), env=ENVIRONMENT)
    assert error_of(outcome).error_type == error_type


@pytest.mark.parametrize(("groups", "allowed"), [([], "businesses"), (["a"], "b"), ([""], "")])
def test_who_was_not_onboarded_makes_no_further_business(groups: list[str], allowed: str) -> None:
    assert is_unauthorized(create(groups, allowed))


OWNS = "(#owner = :and_0_owner_eq) AND (#_deleted <> :and_1__deleted_ne)"


def test_a_change_is_made_if_the_record_is_the_callers_own() -> None:
    stash = {"caller": ADA, "changes": {"name": "New", "nameKey": "new"}}
    request = value_of(step("updateBusiness", "request", args={"input": {"id": "x"}}, stash=stash))
    assert (request["operation"], request["key"]) == ("UpdateItem", {"id": {"S": "x"}})
    values = request["update"]["expressionValues"].values()
    assert list(values) == [{"S": "New"}, {"S": "new"}, {"S": NOW}]
    assert request["condition"]["expression"] == f"({OWNS})"
    assert request["condition"]["expressionValues"] == {
        ":and_0_owner_eq": {"S": "sub-1::ada"},
        ":and_1__deleted_ne": {"BOOL": True},
    }


def removal(**arguments: Any) -> Any:
    args = {"input": {"id": "x"}, **arguments}
    given = {"args": args, "prev": {"result": BUSINESS}, "env": ENVIRONMENT}
    return value_of(step("deleteBusiness", "request", **given))["transactItems"]


def test_a_removal_is_made_if_the_record_is_still_there_and_is_counted_off() -> None:
    removed, counted = removal()
    assert (removed["operation"], removed["key"]) == ("DeleteItem", {"id": {"S": "x"}})
    assert removed["condition"]["expressionValues"] == {":and_0_id_eq": {"S": "x"}}
    assert counted["key"] == {"id": {"S": "count#sub-1::ada"}}
    assert counted["update"]["expressionValues"] == {":one": {"N": -1}}


def test_the_step_before_reads_the_record_that_is_to_be_removed() -> None:
    request = value_of(step("getBusiness", "request", args={"input": {"id": "x"}}))
    assert request["key"] == {"id": {"S": "x"}}


def test_the_callers_condition_is_asked_beside_ours_and_never_instead() -> None:
    given = {"or": [{"name": {"eq": "B"}}, {"id": {"eq": "x"}}]}
    args = {"input": {"id": "x"}, "condition": given}
    stash = {"caller": ADA, "changes": {"name": "New"}}
    change = value_of(step("updateBusiness", "request", args=args, stash=stash))
    asked = "((#name = :and_{0}_or_0_name_eq) OR (#id = :and_{0}_or_1_id_eq)))"
    assert change["condition"]["expression"] == f"({OWNS} AND {asked.format(2)}"
    removed = removal(condition=given)[0]
    assert removed["condition"]["expression"] == f"((#id = :and_0_id_eq) AND {asked.format(1)}"
    without = value_of(
        step("updateBusiness", "request", args={**args, "condition": {}}, stash=stash)
    )
    assert without["condition"]["expression"] == f"({OWNS})"
    assert removal(condition={})[0]["condition"]["expression"] == "(#id = :and_0_id_eq)"


def test_a_condition_that_does_not_hold_for_the_callers_own_is_told_as_such() -> None:
    error = error_of(step("updateBusiness", "response", error=CONDITION, result=BUSINESS))
    assert (error.error_type, error.message, error.data) == (CONDITION["type"], "No", None)
    given = {"args": {"condition": {"name": {"eq": "B"}}}, "error": cancelled(FAILED, "None")}
    error = error_of(step("deleteBusiness", "response", **given))
    assert (error.error_type, error.data) == (CONDITION["type"], None)


@pytest.mark.verified_by("writes_under_a_condition")
def test_a_write_to_a_foreign_record_and_to_none_are_the_same_refusal() -> None:
    foreign = {**BUSINESS, "owner": "sub-2::eve"}
    assert is_unauthorized(step("updateBusiness", "response", error=CONDITION, result=foreign))
    assert is_unauthorized(step("updateBusiness", "response", error=CONDITION, result=None))
    gone = {**BUSINESS, "_deleted": True}
    assert is_unauthorized(step("updateBusiness", "response", error=CONDITION, result=gone))
    assert value_of(step("updateBusiness", "response", result=BUSINESS)) == BUSINESS


def test_what_is_gone_before_it_could_be_removed_is_the_same_refusal() -> None:
    assert is_unauthorized(step("deleteBusiness", "response", error=cancelled(FAILED, "None")))
    assert value_of(step("deleteBusiness", "response", prev={"result": BUSINESS})) == BUSINESS


@pytest.mark.parametrize(
    "name",
    ["getBusiness", "listBusinesses", "createBusiness", "updateBusiness", "deleteBusiness"],
)
def test_an_error_of_dynamodb_keeps_its_type_and_message(name: str) -> None:
    error = error_of(step(name, "response", error=SLOW))
    assert (error.error_type, error.message) == (SLOW["type"], SLOW["message"])


# Subscribing


def groups(caller: dict[str, Any], **arguments: Any) -> list[list[dict[str, Any]]]:
    """Return what an event has to fulfil: the conditions of one of these lists."""
    outcome = step("filterEvents", "response", args=arguments, stash={"caller": caller})
    assert value_of(outcome) is None
    return [group["filters"] for group in outcome.stash["filterGroup"]]


def on(name: str, operator: str, value: Any) -> dict[str, Any]:
    return {"fieldName": name, "operator": operator, "value": value}


OWN = on("owner", "eq", "sub-1::ada")


@pytest.mark.verified_by("what_filters_of_subscriptions_become")
def test_an_owner_hears_of_their_own_businesses_whatever_they_ask_for() -> None:
    begins = on("name", "beginsWith", "B")
    eves = on("owner", "eq", "sub-2::eve")
    assert groups(ADA) == [[OWN]]
    assert groups(ADA, owner="sub-1::ada", filter=None) == [[OWN]]
    assert groups(ADA, filter={"name": {"beginsWith": "B"}}) == [[OWN, begins]]
    assert groups(ADA, filter={"owner": {"eq": "sub-2::eve"}}) == [[OWN, eves]]
    either = {"or": [{"owner": {"eq": "sub-2::eve"}}, {"name": {"beginsWith": "B"}}]}
    assert groups(ADA, filter=either) == [[OWN, eves], [OWN, begins]]


@pytest.mark.parametrize(
    "empty", [{}, {"name": None}, {"name": {}}, {"or": []}, {"and": [{}]}, {"or": [{"or": []}]}]
)
def test_a_filter_that_says_nothing_leaves_an_owner_their_own(empty: dict[str, Any]) -> None:
    assert groups(ADA, filter=empty) == [[OWN]]
    assert groups(SIGNED, filter=empty) == []


def test_an_owner_who_asks_for_anothers_is_refused() -> None:
    given = {"args": {"owner": "sub-2::eve"}, "stash": {"caller": ADA}}
    assert is_unauthorized(step("filterEvents", "response", **given))


def test_who_sees_all_hears_of_all_or_of_whom_they_name() -> None:
    assert groups(SIGNED) == []
    assert groups(SIGNED, owner="sub-1::ada") == [[OWN]]
    assert groups(SIGNED, owner=None) == [[on("owner", "ne", "")]]
    assert value_of(step("filterEvents", "request")) == {"payload": None}


@pytest.mark.parametrize("operator", ["contains", "in", "between"])
def test_an_operator_without_a_value_is_refused(operator: str) -> None:
    given = {"and": [{"name": {"eq": "B"}}, {"name": {operator: None}}]}
    error = error_of(
        step("filterEvents", "response", args={"filter": given}, stash={"caller": ADA})
    )
    assert (error.error_type, error.error_info) == ("InvalidInput", {"field": "filter"})
    assert error.message == f"filter: name {operator} needs a value."


@pytest.mark.parametrize("filter_group", [[], [{"filters": [OWN]}]])
def test_a_subscription_hands_over_the_filter_of_its_steps(filter_group: Any) -> None:
    assert value_of(step("subscription", "request")) == {}
    outcome = step("subscription", "response", stash={"filterGroup": filter_group})
    assert value_of(outcome) is None
    wanted = {"filterGroup": filter_group} if filter_group else None
    assert outcome.subscription_filter == wanted


def test_the_last_steps_result_is_the_fields() -> None:
    assert value_of(step("pipeline", "request")) == {}
    assert value_of(step("pipeline", "response", prev={"result": BUSINESS})) == BUSINESS

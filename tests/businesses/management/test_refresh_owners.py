"""`manage.py refresh_owners` as an operator runs it, on records whose owner is in an older form."""

import contextlib
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from businesses.aws.tables.record_rewrites import RecordRewrites
from businesses.maintenance.owners import NOT_OLDER, READ
from businesses.models import HistoryEntry
from businesses.records.business import format_time
from businesses.records.record_change import RecordChange
from tests.businesses.account import Account, business
from tests.businesses.management.refreshing import allow, item_of, items_of, replace_all
from tests.harness.counts import count
from tests.harness.examples import examples

pytestmark = pytest.mark.django_db
# docs/operating.md says that an operator needs these, and nothing else.
READING = ("dynamodb:DescribeTable", "dynamodb:Scan", "cognito-idp:ListUsers")
ACTIONS = (*READING, "dynamodb:UpdateItem")
UUID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
DELETED = {"_deleted": {"BOOL": True}}


@dataclass(frozen=True)
class Ann:
    """Somebody with a username. before, after: times of records, seen from her creation."""

    sub: str
    before: str
    at: str
    after: str

    @property
    def owner(self) -> str:
        """The owner as the API compares it."""
        return f"{self.sub}::ann"


@pytest.fixture
def older(account: Account) -> Account:
    """A table whose stack is deployed; the environment is an operator's with the least rights."""
    account.deploy()
    allow(account, *ACTIONS)
    return account


@pytest.fixture
def ann(older: Account) -> Ann:
    return create_ann(older)


def create_ann(account: Account) -> Ann:
    sub = account.create_user("ann")
    user = account.cognito.admin_get_user(UserPoolId=account.user_pool_id, Username="ann")
    created: datetime = user["UserCreateDate"]
    moment = timedelta(milliseconds=1)
    before, at, after = (format_time(created + each * moment) for each in (-1, 0, 1))
    return Ann(sub, before, at, after)


def put(account: Account, number: int, owner: str, created_at: str, **changes: Any) -> str:
    """Put a record with this owner; "" for none. Return its id."""
    record = business(number, owner=owner, created_at=created_at)
    given = {**({} if owner else {"owner": None}), **({} if created_at else {"createdAt": None})}
    account.put(record, **given, **changes)
    return record.id


def run(*arguments: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    call_command("refresh_owners", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> list[str]:
    """Run it on records of which some are odd; return the lines about these, and the counts."""
    out = io.StringIO()
    with pytest.raises(CommandError, match="cannot be made right") as odd:
        run(*arguments, out=out)
    assert odd.value.returncode == 1
    assert "write the owner as sub::username" in str(odd.value)
    return out.getvalue().splitlines()


def owner_of(account: Account, record_id: str) -> str:
    owner: str = item_of(account, record_id)["owner"]["S"]
    return owner


def test_owners_of_whom_the_pool_is_certain_are_written_and_nothing_else(
    older: Account, ann: Ann
) -> None:
    records = [
        put(older, 1, "ann", ann.after),
        put(older, 2, ann.sub, ann.before),
        put(older, 3, "", ann.after, id={"S": ann.sub}) and ann.sub,
    ]
    right = put(older, 4, f"{UUID}::ben", ann.after)
    before = {each: item_of(older, each) for each in (*records, right)}
    assert run() == "4 records read: 3 got the whole owner, 1 were right already.\n"
    for each in records:
        assert item_of(older, each) == {**before[each], "owner": {"S": ann.owner}}
    assert item_of(older, right) == before[right]
    older.aws.faults.clear()
    assert run() == "4 records read: 0 got the whole owner, 4 were right already.\n"
    assert older.aws.faults.calls("UpdateItem") == older.aws.faults.calls("ListUsers") == 0


def test_the_history_tells_what_each_record_named_before(older: Account, ann: Ann) -> None:
    records = [put(older, 1, "ann", ann.after), put(older, 2, ann.sub, ann.before)]
    put(older, 3, "", ann.after, id={"S": ann.sub})
    run()
    entries = HistoryEntry.objects.all()
    assert {(each.staff_name, each.action, each.kind) for each in entries} == {
        ("refresh_owners", "refreshed", "business")
    }
    assert {each.object_id: each.message for each in entries} == {
        records[0]: "Takes the owner from Cognito; there was a username alone.",
        records[1]: "Takes the owner from Cognito; there was a sub alone.",
        ann.sub: "Takes the owner from Cognito; there was none.",
    }


@pytest.mark.parametrize("when", ["before", "at"])
def test_a_username_that_may_have_been_somebody_elses_counts_for_nothing(
    older: Account, when: str
) -> None:
    create_ann(older)
    older.cognito.admin_delete_user(UserPoolId=older.user_pool_id, Username="ann")
    record = put(older, 1, "ann", getattr(create_ann(older), when))
    assert refused() == [
        f"{record}  {NOT_OLDER}",
        "1 records read: 0 got the whole owner, 0 were right already, 1 cannot be made right.",
    ]
    assert owner_of(older, record) == "ann"
    assert not HistoryEntry.objects.exists()


@pytest.mark.parametrize("created", ["", "soon", "2026-11-23T09:00:00", "2026-11-23"])
def test_a_record_that_does_not_tell_when_it_was_created_proves_no_username(
    older: Account, ann: Ann, created: str
) -> None:
    by_name, by_sub = put(older, 1, "ann", created), put(older, 2, ann.sub, created)
    [said, counts] = refused()
    assert said == (
        f"{by_name}  its createdAt tells no moment, and its owner's username may have been "
        "somebody else's"
    )
    assert "1 got the whole owner" in counts
    assert owner_of(older, by_sub) == ann.owner


@pytest.mark.usefixtures("ann")
def test_a_moment_to_come_proves_no_username(older: Account) -> None:
    put(older, 1, "ann", "2999-01-01T00:00:00.000Z")
    assert "its createdAt is still to come" in refused()[0]


def test_what_cannot_be_told_is_named_without_names(older: Account, ann: Ann) -> None:
    ben = older.create_user(ann.sub)  # a username that is somebody else's sub
    put(older, 1, "ben@example.com", ann.after)
    put(older, 2, UUID, ann.after)
    put(older, 3, "", ann.after, id={"S": UUID})
    put(older, 4, ann.sub, ann.after)
    put(older, 5, ben, ann.after, __typename={"S": "Order"})
    put(older, 6, "x" * 129, ann.after)
    *said, counts = refused()
    nobody = "nobody in the user pool has its owner as username"
    assert sorted(said) == sorted(
        [
            f"sub-0001  {nobody}",
            "sub-0002  nobody in the user pool has its owner as sub or as username",
            f"{UUID}  it has no owner, and its id is nobody's sub",
            "sub-0004  its owner is the sub of one user and the username of another",
            'sub-0005  its __typename is not "Business"',
            f"sub-0006  {nobody}",
        ]
    )
    assert counts == (
        "6 records read: 0 got the whole owner, 0 were right already, 6 cannot be made right."
    )


def test_a_user_is_asked_for_once(older: Account, ann: Ann) -> None:
    for number in range(20):
        put(older, number, "ann", ann.after)
    assert "20 got the whole owner" in run("--rate", "1000")
    assert older.aws.faults.calls("ListUsers") == 1


def test_what_datastore_deleted_and_what_counts_businesses_is_left_alone(
    older: Account, ann: Ann
) -> None:
    gone = put(older, 1, "ann", ann.after, **DELETED)
    counted = {"id": {"S": "count#ann"}, "further": {"N": "1"}}
    older.dynamodb.put_item(TableName=older.table_name, Item=counted)
    assert run() == "0 records read: 0 got the whole owner, 0 were right already.\n"
    assert owner_of(older, gone) == "ann"
    assert item_of(older, "count#ann") == counted


def test_a_dry_run_counts_and_writes_nothing(older: Account, ann: Ann) -> None:
    allow(older, *READING)
    record = put(older, 1, "ann", ann.after)
    said = run("--dry-run")
    assert said == "1 records read: 1 would get the whole owner, 0 were right already.\n"
    assert owner_of(older, record) == "ann"
    assert not HistoryEntry.objects.exists()


@pytest.mark.parametrize(
    ("error", "why"),
    [
        ("ConditionalCheckFailedException", "The record was changed meanwhile."),
        ("ValidationException", "DynamoDB refused it."),
    ],
)
def test_an_owner_that_was_not_written_is_so_in_the_history(
    older: Account, ann: Ann, error: str, why: str
) -> None:
    record = put(older, 1, "ann", ann.after)
    older.aws.faults.fail("UpdateItem", error)
    is_odd = error == "ValidationException"
    with pytest.raises(CommandError) if is_odd else contextlib.nullcontext():
        assert "0 were right already, 1 were changed meanwhile." in run()
    assert owner_of(older, record) == "ann"
    messages = HistoryEntry.objects.order_by("pk").values_list("action", "message")
    assert [*messages][1:] == [("not_changed", f"The owner stays as it was. {why}")]


def test_a_record_that_is_deleted_meanwhile_does_not_come_back(older: Account, ann: Ann) -> None:
    put(older, 1, "", ann.after)
    table = RecordRewrites(older.dynamodb, older.table_name, READ)
    [item] = table.page("").items
    replace_all(older, [])
    change = RecordChange(item=item, texts={"owner": ann.owner}, told_by=("owner", "createdAt"))
    assert not table.write(change)
    assert table.page("").items == ()


def test_no_owner_is_written_where_the_history_cannot_be(older: Account, ann: Ann) -> None:
    record = put(older, 1, "ann", ann.after)

    def full(execute: Any, sql: str, *rest: Any) -> Any:
        if "INSERT" in sql:
            raise OperationalError("disk full")
        return execute(sql, *rest)

    with (
        connection.execute_wrapper(full),
        pytest.raises(CommandError, match="The history could not be written") as ended,
    ):
        run()
    assert "What was written so far is kept." in str(ended.value)
    assert owner_of(older, record) == "ann"


OWNERS: dict[str, Any] = {
    "compared": {"S": f"{UUID}::ben"},
    "sub": None,
    "username": {"S": "ann"},
    "nobody": {"S": "nobody"},
    "stranger": {"S": UUID},
    "half": {"S": "::ann"},
    "empty": {"S": ""},
    "null": {"NULL": True},
    "list": {"L": [{"S": "ann"}]},
    "number": {"N": "1"},
}
TIMES = ("none", "before", "at", "after", "naive", "junk", "number", "future")
RECORDS = st.fixed_dictionaries(
    {
        "owner": st.sampled_from(["none", *OWNERS]),
        "created": st.sampled_from(TIMES) | st.just("after"),
        "is_own": st.booleans(),
        "typename": st.sampled_from(["Business"] * 9 + ["Order"]),
        "deleted": st.sampled_from([None] * 8 + [{"BOOL": False}, {"BOOL": True}]),
    }
)


def made(drawn: dict[str, Any], ann: Ann, record_id: str) -> dict[str, Any]:
    """Return the item that was drawn."""
    times: dict[str, Any] = {each: {"S": getattr(ann, each)} for each in ("before", "at", "after")}
    times |= {"naive": {"S": ann.after.rstrip("Z")}, "junk": {"S": "soon"}, "number": {"N": "1"}}
    times |= {"future": {"S": "2999-01-01T00:00:00Z"}, "none": None}
    owners = {**OWNERS, "sub": {"S": ann.sub}, "none": None}
    item = {
        "id": {"S": record_id},
        "__typename": {"S": drawn["typename"]},
        "owner": owners[drawn["owner"]],
        "createdAt": times[drawn["created"]],
        "_deleted": drawn["deleted"],
    }
    return {name: value for name, value in item.items() if value is not None}


def is_certain(drawn: dict[str, Any], *, is_own: bool) -> bool:
    """Whether an item is Ann's for certain. is_own: whether its id is her sub."""
    if drawn["typename"] != "Business":
        return False
    return (
        drawn["owner"] == "sub"
        or (drawn["owner"] == "username" and drawn["created"] == "after")
        or (drawn["owner"] in {"none", "empty", "null"} and is_own)
    )


@pytest.fixture
def bare(account: Account) -> Account:
    """A table without indexes, which takes owners and times of any type."""
    account.table_name = account.create_bare_table("theirs")
    account.deploy()
    allow(account, *ACTIONS)
    return account


@pytest.fixture
def someone(bare: Account) -> Ann:
    return create_ann(bare)


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(RECORDS, min_size=1, max_size=20))
def test_any_record_is_made_right_or_named_and_a_second_run_writes_nothing(
    bare: Account, someone: Ann, drawn: list[dict[str, Any]]
) -> None:
    before, expected, odd = list[dict[str, Any]](), dict[str, dict[str, Any]](), 0
    for number, each in enumerate(drawn):
        is_own = each["is_own"] and number == 0
        item = made(each, someone, someone.sub if is_own else f"id-{number}")
        before.append(dict(item))
        is_there = each["deleted"] != {"BOOL": True}
        is_right = not is_there or each["owner"] == "compared"
        if is_there and not is_right and is_certain(each, is_own=is_own):
            item["owner"], is_right = {"S": someone.owner}, True
        odd += not is_right
        expected[item["id"]["S"]] = item
    replace_all(bare, before)
    for _ in range(2):
        out = io.StringIO()
        with pytest.raises(CommandError) if odd else contextlib.nullcontext():
            run("--rate", "1000", out=out)
        assert len(out.getvalue().splitlines()) == odd + 1
        assert items_of(bare) == expected
    assert "0 got the whole owner" in out.getvalue()
    count("items whose owners were refreshed", len(drawn))

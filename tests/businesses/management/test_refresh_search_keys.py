"""`manage.py refresh_search_keys` as an operator runs it, on records that were written before."""

import contextlib
import io
import signal
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from businesses.aws.tables.record_rewrites import PAGE_SIZE, RecordRewrites
from businesses.records.key_changes import READ, key_change
from businesses.records.search_keys import search_key
from tests.businesses.account import REGION, STACK_NAME, Account, business
from tests.businesses.management.refreshing import allow, item_of, items_of, replace_all
from tests.businesses.pages.said import names
from tests.businesses.site_user import ACCOUNT
from tests.harness.counts import count
from tests.harness.examples import examples
from tests.processes import managed

COMMAND = "refresh_search_keys"
# docs/operating.md says that an operator needs these, and nothing else.
ACTIONS = ["dynamodb:DescribeTable", "dynamodb:Scan", "dynamodb:UpdateItem"]
NFD = "Mu\u0308ller"


@pytest.fixture
def refreshable(account: Account) -> Account:
    """A table whose stack is deployed; the environment is an operator's with the least rights."""
    account.deploy()
    allow(account, *ACTIONS)
    return account


def run(*arguments: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    call_command(COMMAND, *arguments, stdout=out)
    return out.getvalue()


def keys_of(account: Account) -> RecordRewrites:
    return RecordRewrites(account.dynamodb, account.table_name, READ)


def put_old(account: Account, number: int, name: str) -> str:
    """Put a record with the keys that were written before; return its id."""
    record = business(number, name=name)
    account.put(record, nameKey={"S": name.lower()}, emailKey={"S": record.email.lower()})
    return record.id


def test_old_keys_and_missing_ones_are_written_and_right_ones_left(refreshable: Account) -> None:
    old = put_old(refreshable, 1, NFD)
    right = put_old(refreshable, 2, "Köhler")
    bare = business(3, name="ΚΩΣΤΑΣ")
    refreshable.put(bare, nameKey=None, emailKey=None)
    before = {each: item_of(refreshable, each) for each in (old, right, bare.id)}
    assert run() == "3 records read: 2 got new keys, 1 were right already.\n"
    assert item_of(refreshable, old) == {**before[old], "nameKey": {"S": "müller"}}
    assert item_of(refreshable, right) == before[right]
    assert item_of(refreshable, bare.id) == bare.to_item()
    assert run() == "3 records read: 0 got new keys, 3 were right already.\n"


@pytest.mark.django_db
def test_the_count_of_an_owners_businesses_is_no_record(refreshable: Account) -> None:
    counted = {"id": {"S": "count#sub-1::sub-1"}, "further": {"N": "1"}}
    refreshable.dynamodb.put_item(TableName=refreshable.table_name, Item=counted)
    put_old(refreshable, 1, "Anna")
    assert "1 record" in run()
    assert item_of(refreshable, "count#sub-1::sub-1") == counted


def test_what_datastore_deleted_is_no_record(refreshable: Account) -> None:
    put_old(refreshable, 1, NFD)
    [item] = keys_of(refreshable).page("").items
    gone = business(1, name=NFD)
    refreshable.put(gone, nameKey=None, _deleted={"BOOL": True})
    assert not keys_of(refreshable).write(key_change(item))
    assert run() == "0 records read: 0 got new keys, 0 were right already.\n"
    assert "nameKey" not in item_of(refreshable, gone.id)


def test_a_refreshed_record_is_found(account: Account, viewer: Client) -> None:
    account.deploy()
    put_old(account, 1, NFD)
    before = viewer.get("/admin/businesses/business/", {"q": "Müller"})
    assert names(before) == []
    assert account._site is not None
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{account.table_name}"
    statement = {"Effect": "Allow", "Action": ACTIONS, "Resource": table}
    account._site.put("refresh", {"Version": "2012-10-17", "Statement": [statement]})
    run()
    assert names(viewer.get("/admin/businesses/business/", {"q": "Müller"})) == [NFD]


def test_a_dry_run_counts_and_writes_nothing(refreshable: Account) -> None:
    allow(refreshable, "dynamodb:DescribeTable", "dynamodb:Scan")
    old = put_old(refreshable, 1, NFD)
    before = item_of(refreshable, old)
    assert run("--dry-run") == "1 records read: 1 would get new keys, 0 were right already.\n"
    assert item_of(refreshable, old) == before


def test_a_key_of_an_empty_name_goes(refreshable: Account) -> None:
    refreshable.put(business(1), name={"S": ""}, nameKey={"S": "old"})
    assert "1 got new keys" in run()
    assert "nameKey" not in item_of(refreshable, "sub-0001")


def test_what_an_owner_changes_meanwhile_is_not_undone(account: Account) -> None:
    table = keys_of(account)
    old = put_old(account, 1, NFD)
    [item] = table.page("").items
    account.put(business(1, name="New"))
    assert not table.write(key_change(item))
    assert item_of(account, old)["nameKey"] == {"S": "new"}
    account.dynamodb.delete_item(TableName=account.table_name, Key={"id": {"S": old}})
    assert not table.write(key_change(item))
    assert table.page("").items == ()


def test_a_table_is_read_page_by_page_and_may_be_continued(refreshable: Account) -> None:
    many = PAGE_SIZE + 10
    refreshable.write(business(number) for number in range(many))
    assert run() == f"{many} records read: 0 got new keys, {many} were right already.\n"
    table = keys_of(refreshable)
    last = table.page("").last
    said = run(f"--continue-from={last}")
    assert said == "10 records read: 0 got new keys, 10 were right already.\n"


def test_what_a_refresh_could_not_finish_is_told_with_where_it_was(refreshable: Account) -> None:
    put_old(refreshable, 1, NFD)
    put_old(refreshable, 2, NFD)
    refreshable.aws.faults.fail("UpdateItem", "AccessDeniedException", after=1)
    out = io.StringIO()
    with pytest.raises(CommandError, match="AWS refused UpdateItem") as refused:
        run(out=out)
    assert "1 records read: 1 got new keys" in out.getvalue()
    assert "--continue-from=sub-000" in str(refused.value)
    assert "1 got new keys, 1 were right already" in run()


def test_a_record_whose_keys_dynamodb_refuses_is_named_and_the_others_go_on(
    refreshable: Account,
) -> None:
    put_old(refreshable, 1, NFD)
    put_old(refreshable, 2, NFD)
    refreshable.aws.faults.fail("UpdateItem", "ValidationException", message="Item too large")
    out = io.StringIO()
    with pytest.raises(CommandError, match="cannot be made right") as odd:
        run(out=out)
    assert odd.value.returncode == 1
    assert "DynamoDB refused the change: Item too large" in out.getvalue()
    assert "1 got new keys, 0 were right already, 1 cannot be made right." in out.getvalue()


TYPED = st.one_of(
    st.text(st.sampled_from("aÄßΣ ı\u0301\u200b\U0001f382"), max_size=6).map(
        lambda each: {"S": each}
    ),
    st.text(max_size=300).map(lambda each: {"S": each}),
    st.sampled_from(
        [
            {"N": "1234567890123456789"},
            {"B": b"\xff"},
            {"NULL": True},
            {"BOOL": False},
            {"SS": ["a"]},
        ]
    ),
    st.sampled_from([{"M": {"S": {"S": "a"}}}, {"L": []}, {"NS": ["0.1"]}]),
)
KEYS = st.text(min_size=1, max_size=20).map(lambda each: {"S": each})
ITEMS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": st.text(min_size=1, max_size=30).map(lambda each: {"S": each}),
        "__typename": st.sampled_from([{"S": "Business"}] * 9 + [{"S": "Order"}]),
    },
    optional={
        "name": TYPED,
        "email": TYPED,
        "nameKey": KEYS,
        "emailKey": KEYS,
        "tags": TYPED,
    },
)


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(ITEMS, min_size=1, max_size=30, unique_by=lambda item: item["id"]["S"]))
def test_any_item_is_made_right_or_named(refreshable: Account, items: list[dict[str, Any]]) -> None:
    replace_all(refreshable, items)
    out = io.StringIO()
    odd = [item for item in items if is_odd(item)]
    expected = pytest.raises(CommandError, match="cannot be made right")
    with expected if odd else contextlib.nullcontext():
        run(out=out)
    *named, summary = out.getvalue().split("\n")[:-1]
    assert len(named) == len(odd)
    assert summary.startswith(f"{len(items)} records read: ")
    assert items_of(refreshable) == {item["id"]["S"]: right(item) for item in items}
    count("items whose search keys were refreshed", len(items))


def is_odd(item: dict[str, Any]) -> bool:
    texts = [item[name] for name in ("name", "email") if name in item]
    return item.get("__typename") != {"S": "Business"} or not all("S" in text for text in texts)


def right(item: dict[str, Any]) -> dict[str, Any]:
    """Return the item as it should be: as it was, with the keys of its texts."""
    if item.get("__typename") != {"S": "Business"}:
        return item
    found = dict(item)
    for name in ("name", "email"):
        if "S" in item.get(name, {}):
            key = search_key(item[name]["S"])
            found.pop(f"{name}Key", None)
            found |= {f"{name}Key": {"S": key}} if key else {}
    return found


@pytest.mark.parametrize("rate", ["0", "-1", "1001", "1.5", "", "٣", "9" * 5000])
def test_a_rate_that_is_none_is_refused(rate: str) -> None:
    with pytest.raises(CommandError, match="a number from 1 to 1000"):
        run(f"--rate={rate}")


def test_an_id_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="must be an id"):
        run("--continue-from", "x" * 2049)


def test_it_writes_no_faster_than_asked(refreshable: Account) -> None:
    for number in range(3):
        put_old(refreshable, number, NFD)
    began = time.monotonic()
    run("--rate", "2")  # one call reads, three write
    assert time.monotonic() - began >= 1


def test_ctrl_c_is_one_line_that_says_how_to_go_on(refreshable: Account) -> None:
    for number in range(30):
        put_old(refreshable, number, NFD)
    assert refreshable._site is not None
    variables = {**refreshable._site.environment, "BACKEND_STACK_NAME": STACK_NAME}
    with managed(COMMAND, "--rate", "2", variables=variables) as process:
        refreshable.aws.faults.wait_for_call("UpdateItem")
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        said = process.stdout.read()
        assert process.wait() == 130
    assert "Traceback" not in said
    assert "records read: " in said
    assert "Interrupted. What was written so far is kept. Run it again" in said


def test_a_terminal_sees_how_far_it_is(refreshable: Account) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for number in range(3):
        put_old(refreshable, number, NFD)
    out = Terminal()
    run("--rate", "2", out=out)
    assert "records, " in out.getvalue()
    assert "] 2 of about 3 records" in out.getvalue()
    assert out.getvalue().endswith("3 records read: 3 got new keys, 0 were right already.\n")

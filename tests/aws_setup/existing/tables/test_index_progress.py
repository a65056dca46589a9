"""Adding indexes to a table that takes its time, against a DynamoDB that answers from a script."""

import io
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.color import no_style

from aws_setup.exceptions import TableUnusable
from aws_setup.existing.tables.existing_table import ExistingTable
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.terminal.console import Console
from aws_setup.terminal.operation_watch import OperationWatch
from tests.aws_setup.cloudformation_stub import (
    OUTPUTS,
    FakeTime,
    Script,
    client_of,
    described,
    script_an_update,
    stack,
)
from tests.aws_setup.terminal.screen import Screen, out_of

INDEX = {
    "IndexName": "byOwner",
    "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
PROPERTIES: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner")
    ],
    "GlobalSecondaryIndexes": [INDEX],
}


def table(status: str = "ACTIVE", **index: Any) -> dict[str, Any]:
    """Return an answer of DescribeTable, with the index in a state, or without it."""
    described = {
        "TableName": "old",
        "TableArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/old",
        "TableStatus": status,
        "KeySchema": PROPERTIES["KeySchema"],
        "AttributeDefinitions": PROPERTIES["AttributeDefinitions"][:1],
        "ItemCount": 200_000,
    }
    found = {"GlobalSecondaryIndexes": [{**INDEX, **index}]} if index else {}
    return {"Table": {**described, **found}}


@pytest.fixture
def dynamodb(script: Script) -> Iterator[Any]:
    with client_of(script, "dynamodb") as client:
        yield client


FILLING = table("UPDATING", IndexStatus="CREATING", Backfilling=True, ItemCount=1_200)
SLOW = [
    table(),
    table("UPDATING"),  # somebody else's change
    table(),
    table(),
    table("UPDATING", IndexStatus="CREATING", Backfilling=False),
    FILLING,
    FILLING,
    table(IndexStatus="ACTIVE"),
]
COUNTED = "1,200 of 200,000 records (DynamoDB counts every six hours)"


def test_each_state_of_an_index_is_told_and_another_change_is_waited_for(
    script: Script, dynamodb: Any, fake_time: FakeTime
) -> None:
    script.on("DescribeTable", *SLOW)
    script.on("UpdateTable", table())
    existing = ExistingTable(dynamodb, "old", PROPERTIES, poll_interval=fake_time.poll_interval())
    assert list(existing.add_indexes()) == [
        "byOwner: waits until the table can be changed again",
        "byOwner: creating",
        f"byOwner: filling, {COUNTED}",
        f"byOwner: filling, {COUNTED}",
        "byOwner: active",
    ]
    actions = [call["Action"] for call in script.calls]
    assert actions.index("UpdateTable") == 4  # after the other change had ended
    assert actions.count("UpdateTable") == 1


def test_an_index_that_is_being_deleted_is_missing_and_made_again(
    script: Script, dynamodb: Any, fake_time: FakeTime
) -> None:
    going = table("UPDATING", IndexStatus="DELETING", Projection={"ProjectionType": "KEYS_ONLY"})
    script.on("DescribeTable", going, going, table(), table(), table(IndexStatus="ACTIVE"))
    script.on("UpdateTable", table())
    existing = ExistingTable(dynamodb, "old", PROPERTIES, poll_interval=fake_time.poll_interval())
    assert existing.missing == ["byOwner"]
    assert list(existing.add_indexes()) == [
        "byOwner: waits until the table can be changed again",
        "byOwner: active",
    ]


def test_an_index_that_is_being_made_is_told(
    script: Script, dynamodb: Any, fake_time: FakeTime
) -> None:
    script.on("DescribeTable", FILLING)
    script.on("DescribeTimeToLive", {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})
    script.on("GetResourcePolicy", {"Policy": '{"Statement": []}'})
    script.on("ListTagsOfResource", {"Tags": []})
    script.on("Scan", {"Items": []})
    existing = ExistingTable(dynamodb, "old", PROPERTIES, poll_interval=fake_time.poll_interval())
    assert existing.missing == []
    said = "Table old is still building the index byOwner: the search by owner works once that is"
    assert [note for note in existing.notes("onboarding-test") if said in note]


def watched(script: Script, dynamodb: Any, time: FakeTime, out: io.StringIO) -> None:
    """Add the index, slowly, with an operator who looks on."""
    script.on("DescribeTable", *SLOW)
    script.on("UpdateTable", table())
    console = Console(out_of(out), io.StringIO(), no_style(), yes=True)
    watch = OperationWatch(console, clock=time.clock, nap=time.sleep)
    poll_interval = PollInterval(
        first_seconds=60, longest_seconds=10, clock=time.clock, sleep=watch.sleep
    )
    watch.show_texts(
        ExistingTable(dynamodb, "old", PROPERTIES, poll_interval=poll_interval).add_indexes()
    )


def test_on_a_terminal_the_last_state_is_redrawn_with_its_seconds(
    script: Script, dynamodb: Any, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    screen = Screen()
    watched(script, dynamodb, fake_time, screen)
    assert screen.lines == [
        "byOwner: waits until the table can be changed again, 60 s",
        "byOwner: creating, 60 s",
        f"byOwner: filling, {COUNTED}, 20 s",
        "byOwner: active, 0 s",
        "",
    ]
    assert f"{COUNTED}, 7 s" in screen.getvalue()


def test_piped_each_state_is_told_once(script: Script, dynamodb: Any, fake_time: FakeTime) -> None:
    out = io.StringIO()
    watched(script, dynamodb, fake_time, out)
    assert out.getvalue().splitlines()[1:] == [
        "byOwner: creating",
        f"byOwner: filling, {COUNTED}",
        "byOwner: active",
    ]


def test_ctrl_c_while_an_index_is_filled_says_what_goes_on_by_itself(
    script: Script, endpoint: dict[str, str]
) -> None:
    def press() -> dict[str, Any]:
        os.kill(os.getpid(), signal.SIGINT)
        return FILLING

    there = stack(
        "UPDATE_COMPLETE",
        Outputs=OUTPUTS,
        Parameters=[{"ParameterKey": "ExistingBusinessTableName", "ParameterValue": "old"}],
    )
    script_an_update(script, described("FAILED", StatusReason="didn't contain changes"))
    script.on("DescribeStacks", there)
    script.on("DescribeTable", table(), table(), table(), press)
    script.on("DescribeTimeToLive", {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})
    script.on("ListTagsOfResource", {"Tags": []})
    script.on("GetResourcePolicy", {"Policy": "{}"})
    script.on("UpdateTable", table())
    with pytest.raises(
        CommandError, match="DynamoDB finishes by itself an index that it has begun"
    ) as caught:
        call_command("deploy_backend", "--yes", "--add-indexes", stdout=io.StringIO())
    assert caught.value.returncode == 130


def test_an_index_that_takes_too_long_is_left_to_dynamodb(
    script: Script, dynamodb: Any, fake_time: FakeTime
) -> None:
    script.on("DescribeTable", table(), table(), table(), table("UPDATING", IndexStatus="CREATING"))
    script.on("UpdateTable", table())
    existing = ExistingTable(
        dynamodb, "old", PROPERTIES, poll_interval=fake_time.poll_interval(limit_seconds=600)
    )
    with pytest.raises(TableUnusable, match="DynamoDB goes on by itself") as caught:
        list(existing.add_indexes())
    assert "--add-indexes` again later" in caught.value.hint

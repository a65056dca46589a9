"""Point-in-time recovery restores within its window and is refused outside it, as on AWS."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws

REGION = "eu-central-1"
NOON = datetime(2026, 10, 8, 12, tzinfo=UTC)
LATEST = NOON + timedelta(minutes=55)
A_WHILE = timedelta(minutes=4)


@pytest.fixture
def dynamodb(local_aws: LocalAws) -> Any:
    client = local_aws.client("dynamodb", REGION)
    for name in ("source", "taken"):
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    return client


def switch(client: Any, *, on: bool) -> Any:
    answer = client.update_continuous_backups(
        TableName="source", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on}
    )
    return answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]


def window_of(client: Any) -> tuple[datetime, datetime]:
    answer = client.describe_continuous_backups(TableName="source")
    found = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return found["EarliestRestorableDateTime"], found["LatestRestorableDateTime"]


def restore(client: Any, target: str = "copy", **when: Any) -> str:
    """Restore and return "", or the error's code."""
    try:
        client.restore_table_to_point_in_time(
            SourceTableName="source", TargetTableName=target, **when
        )
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_the_window_begins_when_recovery_is_switched_on_and_ends_five_minutes_ago(
    local_aws: LocalAws, dynamodb: Any
) -> None:
    clock = local_aws.clock
    with clock.at(NOON):
        said = switch(dynamodb, on=True)
        assert said["EarliestRestorableDateTime"] == said["LatestRestorableDateTime"] == NOON
        assert window_of(dynamodb) == (NOON, NOON)
        assert restore(dynamodb, "at-once", UseLatestRestorableTime=True) == ""
    with clock.at(NOON + timedelta(hours=1)):
        switch(dynamodb, on=True)  # it is on already
        earliest, latest = window_of(dynamodb)
        assert (earliest, latest - LATEST < A_WHILE) == (NOON, True)
        for moment in (NOON - timedelta(seconds=1), LATEST + A_WHILE):
            assert restore(dynamodb, RestoreDateTime=moment) == "InvalidRestoreTimeException"
        for target, moment in (("first", NOON), ("last", LATEST)):
            assert restore(dynamodb, target, RestoreDateTime=moment) == ""
    with clock.at(NOON + timedelta(days=40)):
        assert window_of(dynamodb)[0] - (NOON + timedelta(days=5)) < A_WHILE


def test_what_is_asked_for_is_looked_at_before_the_table(dynamodb: Any) -> None:
    latest: dict[str, Any] = {"UseLatestRestorableTime": True}
    for when in (latest | {"RestoreDateTime": NOON}, {}, {"UseLatestRestorableTime": False}):
        assert restore(dynamodb, **when) == "ValidationException"
    unavailable = "PointInTimeRecoveryUnavailableException"
    assert restore(dynamodb, "taken", **latest) == unavailable
    switch(dynamodb, on=True)
    early = restore(dynamodb, "taken", RestoreDateTime=NOON)
    assert early == "InvalidRestoreTimeException"
    assert restore(dynamodb, "taken", **latest) == "TableAlreadyExistsException"
    said = switch(dynamodb, on=False)
    assert said == {"PointInTimeRecoveryStatus": "DISABLED"}
    assert restore(dynamodb, **latest) == unavailable

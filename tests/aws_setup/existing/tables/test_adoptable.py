"""Which tables that a removed stack has left an update can still change. Pure."""

from typing import Any

import pytest

from aws_setup.exceptions import TableUnusable
from aws_setup.existing.kept_resources import KeptResource
from aws_setup.existing.stored_data import GONE, StoredData
from aws_setup.existing.tables.adoptable import check_adoptable
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import Script, client_of

WANTED = parse_template(render_template(), "the template")["Resources"]["OnboardingTable"]
OF_OURS = {"AttributeName": "expiresAt", "TimeToLiveStatus": "ENABLED"}


def a_table(status: str = "ACTIVE", index_status: str = "ACTIVE") -> dict[str, Any]:
    """Return a table as DescribeTable describes one that a stack has left."""
    properties = WANTED["Properties"]
    [index] = properties["GlobalSecondaryIndexes"]
    return {
        "TableName": "left",
        "TableStatus": status,
        "AttributeDefinitions": properties["AttributeDefinitions"],
        "GlobalSecondaryIndexes": [{**index, "IndexStatus": index_status}],
    }


def refusal(table: dict[str, Any], expiry: dict[str, Any]) -> str:
    with pytest.raises(TableUnusable, match=r"Nothing was changed\.$") as caught:
        check_adoptable(table, WANTED["Properties"], expiry)
    assert "`--adopt none`" in caught.value.hint
    return f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "status",
    ["CREATING", "UPDATING", "ARCHIVING", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"],
)
def test_a_table_that_takes_no_update_is_refused_with_what_to_do(status: str) -> None:
    assert f"Table left is {status}: it takes no update." in refusal(a_table(status), OF_OURS)


def test_so_is_one_whose_key_dynamodb_has_just_found_out_of_reach() -> None:
    since = {"InaccessibleEncryptionDateTime": "2026-11-28T00:00:00Z"}
    said = refusal({**a_table(), "SSEDescription": since}, OF_OURS)
    assert "Table left is INACCESSIBLE_ENCRYPTION_CREDENTIALS" in said


@pytest.mark.parametrize("status", ["CREATING", "DELETING", "UPDATING"])
def test_so_is_one_whose_index_is_being_changed(status: str) -> None:
    said = refusal(a_table(index_status=status), OF_OURS)
    assert f"The index byStatus of table left is {status}" in said
    assert "once the table and its indexes are ACTIVE" in said


def test_so_is_one_whose_time_to_live_cannot_be_changed_now() -> None:
    said = refusal(a_table(), {"AttributeName": "goneAt", "TimeToLiveStatus": "ENABLED"})
    assert "is that of the attribute goneAt, not of expiresAt" in said
    assert (
        "--table-name left --time-to-live-specification Enabled=false,AttributeName=goneAt" in said
    )
    assert "in an hour" in refusal(a_table(), {"TimeToLiveStatus": "DISABLING"})
    for expiry in (OF_OURS, {"TimeToLiveStatus": "DISABLED"}):
        check_adoptable(a_table(), WANTED["Properties"], expiry)


def test_one_that_is_being_deleted_counts_as_gone(script: Script) -> None:
    script.on("DescribeTable", {"Table": a_table("DELETING")})
    kept = KeptResource(logical_id="OnboardingTable", physical_id="left")
    with client_of(script, "cognito-idp") as cognito, client_of(script, "dynamodb") as dynamodb:
        data = StoredData(cognito, dynamodb)
        assert data.amount(kept) == GONE
        assert data.still_there([kept]) == ()

"""The states of a table: which of them let a stack use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_setup.exceptions import TableUnusable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

NOTHING_CHANGED = "Nothing was changed."
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
USABLE = {"ACTIVE", "UPDATING"}
INACCESSIBLE = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
STATES = {
    "CREATING": "DynamoDB is still making or restoring it. Run it again once it is ACTIVE.",
    INACCESSIBLE: "DynamoDB may not use the table's KMS key: enable the "
    "key or mend its policy within seven days, before DynamoDB archives the table.",
    "ARCHIVED": "DynamoDB could not use the table's KMS key for seven days, and kept a backup. "
    "Restore that under another name, and name the new table.",
}


def status_of(table: Mapping[str, Any]) -> str:
    """Return the status of a table; INACCESSIBLE as soon as DynamoDB found that of its key.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
    """
    if table.get("SSEDescription", {}).get("InaccessibleEncryptionDateTime"):
        return INACCESSIBLE
    return str(table["TableStatus"])


def describe_table(
    client: DynamoDBClient, name: str, option: str = "--business-table"
) -> TableDescriptionTypeDef:
    """Return what DynamoDB says about a table that a stack is to use.

    option: the one that names it. Raises TableUnusable if it does not exist or cannot be written.
    """
    try:
        table = client.describe_table(TableName=name)["Table"]
    except client.exceptions.ResourceNotFoundException as error:
        raise TableUnusable(
            f"There is no table {name} in {client.meta.region_name}. {NOTHING_CHANGED}",
            hint=f"Correct {option} or AWS_REGION; `aws dynamodb list-tables`.",
        ) from error
    if (status := status_of(table)) not in USABLE:
        raise TableUnusable(
            f"Table {name} is {status}: nothing can be written into it. {NOTHING_CHANGED}",
            hint=STATES.get(status, f"Name another table with {option}."),
        )
    return table

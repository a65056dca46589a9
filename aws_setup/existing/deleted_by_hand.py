"""What somebody deleted by hand: CloudFormation compares templates and does not see it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

from botocore.exceptions import ClientError

RECREATE_STACK = (
    "CloudFormation does not see it. Remove the stack with `manage.py destroy_backend`, which "
    "keeps pool and tables, then run `manage.py deploy_backend` with the options of its first run, "
    "but for one that names what is gone: it takes in what is left and makes the rest anew."
)
NO_USERS = "Cognito restores no deleted pool, so the new one begins without users."
_MISSING = {"ResourceNotFoundException", "NotFoundException"}


def is_missing(error: ClientError) -> bool:
    """Whether AWS answered that what was asked about is not there."""
    return error.response.get("Error", {}).get("Code") in _MISSING


def restore_table(table: str) -> str:
    """Return the mend of a table that is gone.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
    """
    return (
        f"Restore it under its name: `aws dynamodb list-backups --backup-type ALL --table-name "
        f"{table}`, then `aws dynamodb restore-table-from-backup --target-table-name {table} "
        "--backup-arn ARN`; then give it its tags, time to live, point-in-time recovery and "
        f"deletion protection again. Where there is no backup: {RECREATE_STACK}"
    )

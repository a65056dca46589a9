"""How to fix what somebody deleted by hand.

CloudFormation compares templates, so it does not notice that a resource is missing.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

from botocore.exceptions import ClientError

RECREATE_STACK = (
    "CloudFormation does not notice that. Remove the stack with `manage.py destroy_backend`, which "
    "keeps the pool and the tables, then run `manage.py deploy_backend` with the options of its "
    "first run, except one that names what is gone: it adopts what is left and creates the rest."
)
NO_USERS = "Cognito can't restore a deleted pool, so the new one starts without users."
_MISSING = {"ResourceNotFoundException", "NotFoundException"}


def is_missing(error: ClientError) -> bool:
    """Whether AWS answered that the resource does not exist."""
    return error.response.get("Error", {}).get("Code") in _MISSING


def restore_table(table: str) -> str:
    """Return how to restore a deleted table.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
    """
    return (
        "Restore it under the same name: `aws dynamodb list-backups --backup-type ALL "
        f"--table-name {table}`, then `aws dynamodb restore-table-from-backup "
        f"--target-table-name {table} --backup-arn ARN`; then set its tags, "
        "time to live, point-in-time recovery and deletion protection again. If there is no "
        f"backup: {RECREATE_STACK}"
    )

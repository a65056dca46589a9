"""A table whose KMS key is disabled, is to be deleted or is gone, of which ministack says nothing.

DynamoDB notices it after a while; here it does so at once. That nothing can be read or written then
is left out: what is deployed looks at the table's state before.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
"""

import time
from typing import Any

from ministack.services import dynamodb, kms

INACCESSIBLE = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"

_describe_stock = dynamodb._table_description  # noqa: SLF001


def register() -> None:
    """Describe tables in ministack's place; a second call changes nothing."""
    dynamodb._table_description = _describe  # noqa: SLF001


def _describe(name: str) -> dict[str, Any]:
    table: dict[str, Any] = _describe_stock(name)
    encryption = table.get("SSEDescription") or {}
    key_arn = encryption.get("KMSMasterKeyArn")
    if not key_arn:
        return table
    key = kms._resolve_key(key_arn)  # noqa: SLF001
    if key and key["KeyState"] == "Enabled":
        return table
    since = {"InaccessibleEncryptionDateTime": int(time.time())}
    return {**table, "TableStatus": INACCESSIBLE, "SSEDescription": {**encryption, **since}}

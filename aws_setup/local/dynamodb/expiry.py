"""Why DynamoDB refuses a time to live and ministack does not: that of another attribute is on.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
https://github.com/go-to-k/cdkd/pull/932
"""

from collections.abc import Mapping
from typing import Any

from ministack.services import dynamodb

ANOTHER = "TimeToLive is active on a different AttributeName: current AttributeName is {}"

_update_stock = dynamodb._update_ttl  # noqa: SLF001


def register() -> None:
    """Put our handler in place of ministack's; a second call changes nothing."""
    dynamodb._update_ttl = _update  # noqa: SLF001


def _update(data: Mapping[str, Any]) -> Any:
    name = dynamodb._normalize_table_name(data.get("TableName"))  # noqa: SLF001
    has = dynamodb._ttl_settings.get(name) or {}  # noqa: SLF001
    wanted = data.get("TimeToLiveSpecification", {})
    is_on = has.get("TimeToLiveStatus") == "ENABLED"
    if is_on and wanted.get("AttributeName") not in {None, "", has["AttributeName"]}:
        message = ANOTHER.format(has["AttributeName"])
        return dynamodb.error_response_json("ValidationException", message, 400)
    return _update_stock(data)

"""Point-in-time recovery within its window, where ministack restores to any time or to none.

The words and their order follow answers of AWS that others recorded in October 2026
(`ack-api-quirks`, DDB-TABLE-086 and -100). No earlier state of a table is kept, so a restored one
has the items that its source has now; on AWS it has those of the time that was asked for.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ministack.services import dynamodb

BEHIND_SECONDS = 300  # how far the end of the window is behind, typically
PERIOD_SECONDS = 35 * 24 * 3600
BOTH = (
    "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for "
    "point-in-time restore request. Please specify either RestoreDateTime time or "
    "UseLatestRestorableTime"
)
NEITHER = (
    "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, "
    "but not both"
)
OFF = "Point in time recovery is not enabled for table '{}'"
OUTSIDE = (
    "RestoreDateTime '{}' must be within EarliestRestorableDateTime '{}' and "
    "LatestRestorableDateTime '{}'"
)

Answer = tuple[int, dict[str, str], bytes]
_restore_stock = dynamodb._restore_table_to_point_in_time  # noqa: SLF001
_describe_stock = dynamodb._describe_continuous_backups  # noqa: SLF001
_update_stock = dynamodb._update_continuous_backups  # noqa: SLF001


def register() -> None:
    """Put our handlers in place of ministack's; a second call changes nothing."""
    dynamodb._restore_table_to_point_in_time = _restore  # noqa: SLF001
    dynamodb._describe_continuous_backups = _describe  # noqa: SLF001
    dynamodb._update_continuous_backups = _update  # noqa: SLF001


def _update(data: Mapping[str, Any]) -> Answer:
    """Note since when recovery is on; ministack only notes that it is."""
    name = _name(data.get("TableName"))
    since = dynamodb._pitr_settings.get(name)  # noqa: SLF001
    answer: Answer = _update_stock(data)
    if dynamodb._pitr_settings.get(name):  # noqa: SLF001
        dynamodb._pitr_settings[name] = since or int(time.time())  # noqa: SLF001
    return _describe(data) if answer[0] == 200 else answer  # noqa: PLR2004


def _describe(data: Mapping[str, Any]) -> Answer:
    window = _window(_name(data.get("TableName")))
    answer: Answer = _describe_stock(data)
    if not window or answer[0] != 200:  # noqa: PLR2004
        return answer
    named = dict(
        zip(("EarliestRestorableDateTime", "LatestRestorableDateTime"), window, strict=True)
    )
    recovery = {"PointInTimeRecoveryStatus": "ENABLED", **named}
    described: Answer = dynamodb.json_response(
        {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": recovery,
            }
        }
    )
    return described


def _restore(data: Mapping[str, Any]) -> Answer:
    moment, is_latest = data.get("RestoreDateTime"), bool(data.get("UseLatestRestorableTime"))
    if moment is not None and is_latest:
        return _refused("ValidationException", BOTH)
    if moment is None and not is_latest:
        return _refused("ValidationException", NEITHER)
    name = _name(data.get("SourceTableName") or data.get("SourceTableArn"))
    if name in dynamodb._tables:  # noqa: SLF001
        window = _window(name)
        if not window:
            return _refused("PointInTimeRecoveryUnavailableException", OFF.format(name))
        if moment is not None and not window[0] <= moment <= window[1]:
            times = (_in_utc(each) for each in (moment, *window))
            return _refused("InvalidRestoreTimeException", OUTSIDE.format(*times))
    restored: Answer = _restore_stock(data)
    return restored


def _window(name: str) -> tuple[int, int] | None:
    """Return the earliest and the latest time to restore to, in seconds; None without recovery."""
    since = dynamodb._pitr_settings.get(name)  # noqa: SLF001
    if not since:
        return None
    now = int(time.time())
    earliest = max(int(since), now - PERIOD_SECONDS)
    return earliest, max(earliest, now - BEHIND_SECONDS)


def _name(given: str | None) -> str:
    return str(dynamodb._normalize_table_name(given or ""))  # noqa: SLF001


def _in_utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refused(code: str, message: str) -> Answer:
    answer: Answer = dynamodb.error_response_json(code, message, 400)
    return answer

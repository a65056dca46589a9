"""Alarms change their states as on CloudWatch, by the time of the embedded AWS.

ministack leaves dimensions, units and missing data out, and looks at an alarm only when somebody
publishes a value. Here an alarm is evaluated at the end of each minute whose data change it, as
soon as anybody could see that: when a line is counted, and before CloudWatch answers. One whose
periods are longer than a day together is evaluated once an hour.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import threading
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ministack.services import cloudwatch

from aws_setup.local.cloudwatch.alarm_judgements import Alarm, Judgement, Window, judged
from aws_setup.local.cloudwatch.queries import Query

EVALUATED = "_evaluated_until"  # the key in ministack's record of an alarm: seconds of the epoch
MINUTE, HOUR, DAY = 60, 3_600, 86_400
SHORTEST = 10  # seconds between the evaluations of an alarm whose period is below a minute

_handle_stock = cloudwatch.handle_request
_lock = threading.RLock()


def register() -> None:
    """Put our functions in place of ministack's; a second call changes nothing."""
    cloudwatch._evaluate_alarm = _evaluate  # noqa: SLF001
    cloudwatch.handle_request = _handle


def evaluate_all() -> None:
    """Evaluate every alarm of the request's account and Region until now."""
    with _lock:
        for alarm in list(cloudwatch._alarms.values()):  # noqa: SLF001
            _evaluate(alarm)


async def _handle(*request: Any) -> Any:
    evaluate_all()
    return await _handle_stock(*request)


def _evaluate(record: dict[str, Any]) -> None:
    query = Query.of(record)
    if not (query or record.get("MetricName")):
        return  # of metric math, which ministack does not compute either
    with _lock:
        alarm = Alarm.from_record({**record, **query.as_alarm()} if query else record)
        step = _step(alarm)
        now = int(time.time()) // step * step
        since = min(record.get(EVALUATED, now), now)
        earliest = since - alarm.period * (alarm.retrieved + 1)
        found = query.points() if query else _of_one_metric(record)
        points = [point for point in found if point["Timestamp"] >= earliest]
        record[EVALUATED] = now
        for moment in _moments(alarm, points, step, since, now):
            _settle(record, judged(alarm, _windows(alarm, points, moment)), moment)


def _step(alarm: Alarm) -> int:
    """Return the seconds between two evaluations."""
    if alarm.period < MINUTE:
        return SHORTEST
    return HOUR if alarm.period * alarm.periods > DAY else MINUTE


def _of_one_metric(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the values of an alarm's metric, the one with exactly its dimensions."""
    dimensions = cloudwatch._dims_key(  # noqa: SLF001
        cloudwatch._dims_from_list(record.get("Dimensions") or [])  # noqa: SLF001
    )
    key = (record["Namespace"], record["MetricName"], dimensions)
    unit = record.get("Unit")
    points = cloudwatch._metrics.get(key) or []  # noqa: SLF001
    return [point for point in points if not unit or point["Unit"] == unit]


def _moments(
    alarm: Alarm, points: Iterable[Mapping[str, Any]], step: int, since: int, now: int
) -> list[int]:
    """Return when a value came into one of the windows or left it, and the present."""
    ends = {int(point["Timestamp"]) // step * step + step for point in points}
    changes = {end + index * alarm.period for end in ends for index in range(alarm.retrieved + 1)}
    return sorted({moment for moment in changes if since < moment < now} | {now})


def _windows(alarm: Alarm, points: list[dict[str, Any]], moment: int) -> list[Window]:
    """Return the periods that end at a moment, the newest first."""
    windows = []
    for index in range(alarm.retrieved):
        end = moment - index * alarm.period
        start = end - alarm.period
        inside = [point for point in points if start <= point["Timestamp"] < end]
        stats = cloudwatch._calc_stats(inside)  # noqa: SLF001
        value = cloudwatch._stat_value(stats, alarm.statistic, inside) if stats else None  # noqa: SLF001
        windows.append(Window(start=datetime.fromtimestamp(start, UTC), value=value))
    return windows


def _settle(record: dict[str, Any], judgement: Judgement | None, moment: int) -> None:
    old = record["StateValue"]
    if judgement is None or judgement.state == old:
        return
    new, reason = judgement.state, judgement.reason(old)
    record |= {"StateValue": new, "StateReason": reason, "StateUpdatedTimestamp": moment}
    record["StateTransitionedTimestamp"] = moment
    cloudwatch._record_history(record["AlarmName"], old, new, reason)  # noqa: SLF001
    cloudwatch._history_entries()[-1]["Timestamp"] = cloudwatch._ts_iso(moment)  # noqa: SLF001
    cloudwatch._dispatch_alarm_actions(record, old, new, reason)  # noqa: SLF001
    cloudwatch._evaluate_parent_alarms(record)  # noqa: SLF001

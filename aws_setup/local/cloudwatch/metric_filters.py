"""Metric filters count the lines of a log group, which they do not in ministack.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch, cloudwatch_logs

from aws_setup.local.cloudwatch import alarms
from aws_setup.local.cloudwatch.filter_patterns import InvalidPattern, compiled, selected

_put_stock = cloudwatch_logs._put_metric_filter  # noqa: SLF001
_append_stock = cloudwatch_logs._append_log_events  # noqa: SLF001


def register() -> None:
    """Put our functions in place of ministack's; a second call changes nothing."""
    cloudwatch_logs._put_metric_filter = _put  # noqa: SLF001
    cloudwatch_logs._append_log_events = _append  # noqa: SLF001


def _put(data: Mapping[str, Any]) -> Any:
    try:
        compiled(data.get("filterPattern", ""))
    except InvalidPattern:
        return error_response_json(
            "InvalidParameterException", "Invalid metric filter pattern", 400
        )
    return _put_stock(data)


def _append(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
    _append_stock(stream, events)
    groups = cloudwatch_logs._log_groups.items()  # noqa: SLF001
    name = next((name for name, group in groups if stream in group["streams"].values()), None)
    filters = cloudwatch_logs._metric_filters.values()  # noqa: SLF001
    if sum(_count(each, events) for each in filters if each["logGroupName"] == name):
        alarms.evaluate_all()


def _count(metric_filter: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> int:
    """Publish a value for every line that matches, and the default for the others, if there is one.

    Returns how many values were published.
    """
    published = 0
    matches = compiled(metric_filter["filterPattern"])
    for event in events:
        line = event["message"]
        is_match = matches(line)
        for each in metric_filter["metricTransformations"]:
            value = _value(each["metricValue"], line) if is_match else each.get("defaultValue")
            if value is not None:
                _publish(each, event, float(value))
                published += 1
    return published


def _value(metric_value: str, line: str) -> float | None:
    """Return the number that is given, or that a selector finds in the line; None without one.

    That a text of digits is no number either is the stricter reading of a page that is silent.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """
    if not metric_value.startswith("$"):
        return float(metric_value)
    found = selected(metric_value, line)
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return float(found) if is_number else None


def _publish(transformation: Mapping[str, Any], event: Mapping[str, Any], value: float) -> None:
    found = {
        name: selected(selector, event["message"])
        for name, selector in transformation.get("dimensions", {}).items()
    }
    cloudwatch._store_datum(  # noqa: SLF001
        transformation["metricNamespace"],
        transformation["metricName"],
        {name: str(value) for name, value in found.items() if value is not None},
        event["timestamp"] / 1000,
        transformation.get("unit", "None"),
        value,
        None,
        None,
        None,
    )

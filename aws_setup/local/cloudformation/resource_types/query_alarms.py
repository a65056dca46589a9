"""Alarms on a query of Metrics Insights, which ministack's CloudFormation refuses.

The query is kept as the metric that it sums up. Of the queries, the embedded AWS knows those that
sum up one metric over all that have one dimension.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
"""

import re
from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import provisioners

SUM = re.compile(r"SELECT SUM\((\w+)\) FROM \"([\w/]+)\" WHERE (\w+) = '([\w.-]+)'")

_record_stock = provisioners._cw_metric_alarm_record  # noqa: SLF001


def register() -> None:
    """Put our function in place of ministack's; a second call changes nothing."""
    provisioners._cw_metric_alarm_record = _record  # noqa: SLF001


def _record(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    metrics = properties.get("Metrics") or []
    found = SUM.fullmatch(metrics[0].get("Expression", "")) if len(metrics) == 1 else None
    if found is None:
        return dict(_record_stock(name, properties))
    metric, namespace, dimension, value = found.groups()
    others = {key: each for key, each in properties.items() if key != "Metrics"}
    queried = {"MetricName": metric, "Namespace": namespace, "Statistic": "Sum"}
    return {
        **_record_stock(name, {**others, **queried, "Period": metrics[0]["Period"]}),
        "Dimensions": [{"Name": dimension, "Value": value}],
        "Metrics": metrics,
    }

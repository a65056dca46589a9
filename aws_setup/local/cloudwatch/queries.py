"""Alarms on a query of Metrics Insights, which sums up what several metrics count.

Of the queries, the embedded AWS knows those that sum up one metric over all that have one value of
one dimension, whatever other dimensions they have.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from ministack.services import cloudwatch

SUM = re.compile(r"SELECT SUM\((\w+)\) FROM \"([\w/]+)\" WHERE (\w+) = '([\w.-]+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What an alarm's only query sums up. period: seconds."""

    metric: str
    namespace: str
    dimension: str
    value: str
    period: int

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> Self | None:
        """Return the query of an alarm or of its properties in a template.

        None if it has none, or one that the embedded AWS does not know.
        """
        metrics = alarm.get("Metrics") or []
        found = SUM.fullmatch(metrics[0].get("Expression", "")) if len(metrics) == 1 else None
        if found is None or str(metrics[0].get("ReturnData", True)).lower() != "true":
            return None
        metric, namespace, dimension, value = found.groups()
        period = int(metrics[0]["Period"])
        return cls(
            metric=metric, namespace=namespace, dimension=dimension, value=value, period=period
        )

    def as_alarm(self) -> dict[str, Any]:
        """Return what an alarm on one metric would say in place of the query."""
        return {
            "MetricName": self.metric,
            "Namespace": self.namespace,
            "Statistic": "Sum",
            "Period": self.period,
        }

    def points(self) -> Iterator[dict[str, Any]]:
        """Yield the values of every metric that the query finds, as ministack keeps them."""
        for (namespace, metric, _dimensions), points in cloudwatch._metrics.items():  # noqa: SLF001
            if (namespace, metric) == (self.namespace, self.metric):
                for point in points:
                    if point["Dimensions"].get(self.dimension) == self.value:
                        yield point

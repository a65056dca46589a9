"""Alarms on a query of Metrics Insights, which ministack's CloudFormation refuses."""

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import provisioners

from aws_setup.local.cloudwatch.queries import Query

_record_stock = provisioners._cw_metric_alarm_record  # noqa: SLF001


def register() -> None:
    """Put our functions in place of ministack's; a second call changes nothing."""
    provisioners._cw_metric_alarm_record = _record  # noqa: SLF001


def _record(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    query = Query.of(properties)
    if query is None:
        return dict(_record_stock(name, properties))
    others = {key: each for key, each in properties.items() if key != "Metrics"}
    of_one_metric = query.as_alarm()
    made = _record_stock(name, {**others, **of_one_metric})
    return {
        **{key: each for key, each in made.items() if key not in {*of_one_metric, "Dimensions"}},
        "Metrics": properties["Metrics"],
    }

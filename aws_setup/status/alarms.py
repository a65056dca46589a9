"""Checks whether one of the stack's alarms has gone off, and whether anybody is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from aws_setup.status.runner import BY_HAND, Backend, CheckResult, ok, wrong

ALARM_TYPE = "AWS::CloudWatch::Alarm"
SWEEP_ALARM = "SweepAlarm"
NOBODY = "Nobody is told when one does: ALARM_EMAIL is empty."
UNWATCHED = "None waits for the sweep: SWEEP_ALARM_HOURS is 0."


def check_alarms(backend: Backend) -> Iterator[CheckResult]:
    """Report each alarm that has gone off, with the alarm's own words about what to do.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    """
    names = _names(backend)
    alarms = _described(backend, list(names.values()))
    missing = [logical_id for logical_id, name in names.items() if name not in alarms]
    if missing:
        yield wrong("alarms", f"Somebody deleted {', '.join(missing)}.", BY_HAND)
    gone_off = {
        logical_id: alarms[name]
        for logical_id, name in names.items()
        if name in alarms and alarms[name]["StateValue"] == "ALARM"
    }
    for logical_id, alarm in gone_off.items():
        since = f"{alarm['StateUpdatedTimestamp'].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        yield wrong("alarms", f"{logical_id} has gone off, at {since}.", alarm["AlarmDescription"])
    if not (missing or gone_off):
        is_told = any(alarm.get("AlarmActions") for alarm in alarms.values())
        told = [f"None of {len(names)} has gone off."]
        told += [] if is_told else [NOBODY]
        told += [] if SWEEP_ALARM in names else [UNWATCHED]
        yield ok("alarms", " ".join(told))


def _names(backend: Backend) -> dict[str, str]:
    """Return the names of the stack's alarms by their logical ids."""
    pages = backend.client("cloudformation").get_paginator("list_stack_resources")
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for page in pages.paginate(StackName=backend.stack_name)
        for each in page["StackResourceSummaries"]
        if each["ResourceType"] == ALARM_TYPE and each.get("PhysicalResourceId")
    }


def _described(backend: Backend, names: list[str]) -> dict[str, Mapping[str, Any]]:
    """Return the alarms by their names: far fewer than the hundred that a call may name."""
    if not names:  # an empty list would ask for every alarm of the account
        return {}
    found = backend.client("cloudwatch").describe_alarms(AlarmNames=names, MaxRecords=100)
    return {alarm["AlarmName"]: alarm for alarm in found["MetricAlarms"]}

"""Alarms of values that are published, counted and missing, in any combination."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws

REGION = "eu-central-1"
NOON = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)
ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def cloudwatch(local_aws: LocalAws) -> Any:
    return local_aws.client("cloudwatch", REGION)


def put_alarm(cloudwatch: Any, **wanted: Any) -> None:
    alarm = {
        "AlarmName": "alarm",
        "Namespace": "Ours",
        "MetricName": "waiting",
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    cloudwatch.put_metric_alarm(**{**alarm, **wanted})


def put(cloudwatch: Any, values: dict[int, float], **more: Any) -> None:
    """Publish values, by the minute after noon."""
    cloudwatch.put_metric_data(
        Namespace="Ours",
        MetricData=[
            {
                "MetricName": "waiting",
                "Timestamp": NOON + timedelta(minutes=minute),
                "Value": value,
                **more,
            }
            for minute, value in values.items()
        ],
    )


def state(cloudwatch: Any, name: str = "alarm") -> tuple[str, str]:
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarm["StateValue"], alarm["StateReason"]


TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
KEPT = "INSUFFICIENT_DATA"  # the state that a new alarm has


@pytest.mark.parametrize(
    ("to_alarm", "values", "states"),
    [
        (3, "0-X-X", ("OK", "OK", "OK", "OK")),
        (3, "0----", ("OK", "OK", "OK", "OK")),
        (3, "-----", ("INSUFFICIENT_DATA", KEPT, "ALARM", "OK")),
        (3, "0XX-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (3, "--X--", ("ALARM", KEPT, "ALARM", "OK")),
        (2, "0-X-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "00X0X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "0-X--", ("OK", "OK", "ALARM", "OK")),
        (2, "----0", ("OK", "OK", "ALARM", "OK")),
        (2, "---X-", ("ALARM", KEPT, "ALARM", "OK")),
    ],
)
def test_the_last_periods_decide_as_in_the_tables_of_cloudwatchs_guide(
    local_aws: LocalAws, cloudwatch: Any, to_alarm: int, values: str, states: tuple[str, ...]
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    points = {minute: {"X": 11.0, "0": 1.0}.get(value) for minute, value in enumerate(values)}
    with local_aws.clock.at(NOON + timedelta(minutes=len(values))):
        for minute, value in points.items():
            if value is not None:
                put(cloudwatch, {minute: value})
        found = []
        for treatment in TREATMENTS:
            put_alarm(
                cloudwatch,
                AlarmName=treatment,
                TreatMissingData=treatment,
                DatapointsToAlarm=to_alarm,
            )
            found.append(state(cloudwatch, treatment)[0])
    assert tuple(found) == states


def test_an_alarm_over_more_than_a_day_is_evaluated_once_an_hour(
    local_aws: LocalAws, cloudwatch: Any
) -> None:
    long = {"Period": 3600, "EvaluationPeriods": 25, "DatapointsToAlarm": 1}
    with local_aws.clock.at(NOON):
        put_alarm(cloudwatch, TreatMissingData="notBreaching", **long)
        put(cloudwatch, {0: 11})
    with local_aws.clock.at(NOON + timedelta(minutes=59)):
        assert state(cloudwatch)[0] == "OK"
    with local_aws.clock.at(NOON + timedelta(minutes=60)):
        assert state(cloudwatch)[0] == "ALARM"


def test_the_reason_names_the_values_that_decided(local_aws: LocalAws, cloudwatch: Any) -> None:
    with local_aws.clock.at(NOON + timedelta(minutes=3)):
        put(cloudwatch, {0: 11, 1: 5, 2: 12})
        put_alarm(cloudwatch)
        assert state(cloudwatch)[1] == (
            "Threshold Crossed: 2 out of the last 3 datapoints [12.0 (14/05/26 12:02:00), 11.0 "
            "(14/05/26 12:00:00)] were greater than the threshold (10.0) (minimum 2 datapoints for "
            "OK -> ALARM transition)."
        )
        put(cloudwatch, {2: 3})  # Maximum stays 12
        assert state(cloudwatch)[0] == "ALARM"
    with local_aws.clock.at(NOON + timedelta(minutes=3, seconds=30)):
        put(cloudwatch, {3: 4})
    with local_aws.clock.at(NOON + timedelta(minutes=4)):
        assert state(cloudwatch)[1] == (
            "Threshold Crossed: 2 out of the last 3 datapoints [4.0 (14/05/26 12:03:00), 5.0 "
            "(14/05/26 12:01:00)] were not greater than the threshold (10.0) (minimum 2 datapoints "
            "for ALARM -> OK transition)."
        )


@pytest.mark.parametrize(
    ("published", "watched"),
    [
        ({"Dimensions": [{"Name": "Table", "Value": "other"}]}, {}),
        ({}, {"Dimensions": [{"Name": "Table", "Value": "ours"}]}),
        ({"Unit": "Seconds"}, {"Unit": "Count"}),
    ],
)
def test_another_metric_of_the_same_name_does_not_count(
    local_aws: LocalAws, cloudwatch: Any, published: Any, watched: Any
) -> None:
    with local_aws.clock.at(NOON + timedelta(minutes=3)):
        put_alarm(cloudwatch, TreatMissingData="notBreaching", **watched)
        put(cloudwatch, {0: 11, 1: 11, 2: 11}, **published)
        assert state(cloudwatch)[0] == "OK"


def test_a_throttled_table_is_counted_by_operation_by_table_and_by_index(
    local_aws: LocalAws, cloudwatch: Any
) -> None:
    dynamodb = local_aws.client("dynamodb", REGION, ONCE)
    calls: list[tuple[str, Any, dict[str, Any]]] = [
        ("PutItem", dynamodb.put_item, {"TableName": "ours", "Item": {}}),
        (
            "Query",
            dynamodb.query,
            {"TableName": "ours", "IndexName": "byName", "KeyConditionExpression": "a = :a"},
        ),
        ("BatchGetItem", dynamodb.batch_get_item, {"RequestItems": {"ours": {"Keys": [{}]}}}),
    ]
    with local_aws.clock.at(NOON):
        for operation, call, parameters in calls:
            local_aws.faults.fail(operation, "ThrottlingException")
            with pytest.raises(ClientError, match="ThrottlingException"):
                call(**parameters)
        found = cloudwatch.list_metrics(Namespace="AWS/DynamoDB")["Metrics"]
    assert {
        (each["MetricName"], *sorted(each["Value"] for each in each["Dimensions"]))
        for each in found
    } == {
        ("ThrottledRequests", "PutItem", "ours"),
        ("ThrottledRequests", "Query", "ours"),
        ("ThrottledRequests", "BatchGetItem", "ours"),
        ("WriteThrottleEvents", "ours"),
        ("ReadThrottleEvents", "byName", "ours"),
        ("ReadThrottleEvents", "ours"),
    }


def test_a_filter_publishes_numbers_of_the_lines_and_a_default_for_the_others(
    local_aws: LocalAws, cloudwatch: Any
) -> None:
    logs = local_aws.client("logs", REGION)
    logs.create_log_group(logGroupName="group")
    logs.create_log_stream(logGroupName="group", logStreamName="stream")
    seconds = {
        "metricNamespace": "Ours",
        "metricName": "waiting",
        "metricValue": "$.seconds",
        "defaultValue": 0,
        "dimensions": {"Kind": "$.kind"},
    }
    logs.put_metric_filter(
        logGroupName="group",
        filterName="filter",
        filterPattern="{ $.seconds > 1 }",
        metricTransformations=[seconds],
    )
    with local_aws.clock.at(NOON):
        lines = ['{"seconds": 2.5, "kind": "a"}', '{"seconds": 1, "kind": "a"}', "no JSON"]
        logs.put_log_events(
            logGroupName="group",
            logStreamName="stream",
            logEvents=[
                {"timestamp": int(NOON.timestamp() * 1000), "message": each} for each in lines
            ],
        )
        [found] = cloudwatch.get_metric_statistics(
            Namespace="Ours",
            MetricName="waiting",
            Dimensions=[{"Name": "Kind", "Value": "a"}],
            StartTime=NOON,
            EndTime=NOON + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
    assert (found["Sum"], found["SampleCount"]) == (2.5, 2)


def test_a_filter_publishes_nothing_of_a_line_whose_value_is_no_number(
    local_aws: LocalAws, cloudwatch: Any
) -> None:
    logs = local_aws.client("logs", REGION)
    logs.create_log_group(logGroupName="group")
    logs.create_log_stream(logGroupName="group", logStreamName="stream")
    logs.put_metric_filter(
        logGroupName="group",
        filterName="filter",
        filterPattern='{ $.kind = "a" }',
        metricTransformations=[
            {"metricNamespace": "Ours", "metricName": "waiting", "metricValue": "$.seconds"}
        ],
    )
    values = ['"long"', '"2.5"', "true", "null", "[1]"]
    with local_aws.clock.at(NOON):
        logs.put_log_events(
            logGroupName="group",
            logStreamName="stream",
            logEvents=[
                {
                    "timestamp": int(NOON.timestamp() * 1000),
                    "message": f'{{"kind": "a", "seconds": {each}}}',
                }
                for each in values
            ],
        )
    assert len(logs.filter_log_events(logGroupName="group")["events"]) == len(values)
    assert cloudwatch.list_metrics(Namespace="Ours")["Metrics"] == []


def test_a_pattern_that_means_nothing_is_refused(local_aws: LocalAws) -> None:
    logs = local_aws.client("logs", REGION)
    logs.create_log_group(logGroupName="group")
    with pytest.raises(ClientError, match="Invalid metric filter pattern"):
        logs.put_metric_filter(
            logGroupName="group",
            filterName="filter",
            filterPattern="{ level = ERROR }",
            metricTransformations=[
                {"metricNamespace": "Ours", "metricName": "waiting", "metricValue": "1"}
            ],
        )

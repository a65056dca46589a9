"""A stack may have an alarm on a query, as on AWS."""

from typing import Any

import pytest
from botocore.exceptions import WaiterError

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.support import client
from tests.aws_setup.local.test_stack_resources import Stack


def alarm_on(expression: str) -> dict[str, Any]:
    properties = {
        "AlarmName": "throttled",
        "Metrics": [{"Id": "throttled", "Expression": expression, "Period": 300}],
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    return {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}


def test_a_query_that_sums_up_one_metric_can_be_watched(local_aws: LocalAws) -> None:
    query = "SELECT SUM(ThrottledRequests) FROM \"AWS/DynamoDB\" WHERE TableName = 'Business-1'"
    Stack(local_aws).deploy("create", alarm_on(query))
    [alarm] = client(local_aws, "cloudwatch").describe_alarms()["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["Threshold"]) == ("throttled", 1.0)


def test_another_expression_is_refused(local_aws: LocalAws) -> None:
    with pytest.raises(WaiterError):
        Stack(local_aws).deploy("create", alarm_on("a + b"))

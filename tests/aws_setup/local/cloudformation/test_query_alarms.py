"""A stack may have an alarm on a query, as on AWS."""

from typing import Any

import pytest
from botocore.exceptions import WaiterError

from aws_setup.local.server import LocalAws
from tests.aws_setup.local.appsync.support import client
from tests.aws_setup.local.cloudformation.test_stack_resources import Stack

QUERY = "SELECT SUM(ThrottledRequests) FROM \"AWS/DynamoDB\" WHERE TableName = 'Business-1'"


def alarm_on(expression: str, *, returns_data: bool = True) -> dict[str, Any]:
    metric = {"Id": "throttled", "Expression": expression, "Period": 300}
    properties = {
        "AlarmName": "throttled",
        "Metrics": [{**metric, "ReturnData": returns_data}],
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    return {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}


def test_a_query_that_sums_up_one_metric_can_be_watched(local_aws: LocalAws) -> None:
    Stack(local_aws).deploy("create", alarm_on(QUERY))
    [alarm] = client(local_aws, "cloudwatch").describe_alarms()["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["Threshold"]) == ("throttled", 1.0)
    assert alarm["Metrics"][0]["Expression"] == QUERY
    assert not {"MetricName", "Namespace", "Statistic", "Period"} & alarm.keys()


@pytest.mark.parametrize("alarm", [alarm_on("a + b"), alarm_on(QUERY, returns_data=False)])
def test_another_expression_and_one_that_returns_nothing_are_refused(
    local_aws: LocalAws, alarm: dict[str, Any]
) -> None:
    with pytest.raises(WaiterError):
        Stack(local_aws).deploy("create", alarm)

"""Condition keys that policies of ours use, and what they are compared with."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from aws_setup.local.server import LocalAws
from tests.aws_setup.hired import Hired, document

DATUM = {"MetricName": "swept", "Value": 1, "Timestamp": datetime.now(UTC)}
ONE_NAMESPACE = {
    "Effect": "Allow",
    "Action": "cloudwatch:PutMetricData",
    "Resource": "*",
    "Condition": {"StringEquals": {"cloudwatch:namespace": "Ours"}},
}


def test_metrics_may_be_written_to_the_namespace_that_a_policy_names(local_aws: LocalAws) -> None:
    with Hired(local_aws, document(ONE_NAMESPACE), "sweeper") as sweeper:
        cloudwatch = sweeper.client("cloudwatch")
        cloudwatch.put_metric_data(Namespace="Ours", MetricData=[DATUM])
        with pytest.raises(ClientError, match="not authorized to perform: cloudwatch:PutMetric"):
            cloudwatch.put_metric_data(Namespace="Theirs", MetricData=[DATUM])
    [metric] = local_aws.client("cloudwatch", "eu-central-1").list_metrics()["Metrics"]
    assert metric["Namespace"] == "Ours"

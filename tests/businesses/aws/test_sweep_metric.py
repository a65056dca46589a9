"""What CloudWatch learns of a sweep."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

from botocore.config import Config

from aws_setup.local.server import LocalAws
from businesses.aws.stack import Stack
from businesses.aws.sweep_metric import NAMESPACE, report_sweep

REGION = "eu-central-1"


def test_a_sweep_is_one_in_the_metric_of_its_stack(aws_environment: LocalAws) -> None:
    with closing(Stack("onboarding", REGION, config=Config())) as stack:
        report_sweep(stack)
        report_sweep(stack)
    now = datetime.now(UTC)
    [point] = aws_environment.client("cloudwatch", REGION).get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="onboarding-swept",
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=1),
        Period=86_400,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == 2

"""Tells CloudWatch that a sweep has ended, for the alarm on one that is overdue."""

from businesses.aws.stack import Stack, translated_errors

NAMESPACE = "BusinessOnboarding"  # the only one that the site's policy allows


def report_sweep(stack: Stack) -> None:
    """Count one sweep in the metric that the stack's alarm watches. Raises BackendUnavailable.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
    """
    datum = {"MetricName": f"{stack.name}-swept", "Value": 1, "Unit": "Count"}
    with translated_errors():
        stack.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[datum])

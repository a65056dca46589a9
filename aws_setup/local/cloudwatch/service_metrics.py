"""What AppSync, DynamoDB and Lambda publish about their own answers.

Of Lambda, ministack counts the invocations, but an invocation that was turned away as a failed one.
https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import re
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, lambda_svc

from aws_setup.local.appsync.addresses import address_of
from aws_setup.local.cloudwatch import alarms
from aws_setup.local.http import Request, Response

THROTTLED = re.compile(
    rb"ProvisionedThroughputExceededException|RequestLimitExceeded|ThrottlingException"
)
READS = {"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"}
WRITES = {"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"}
CREDENTIAL_REGION = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/")

Metric = tuple[str, str, dict[str, str]]  # namespace, name, dimensions
_count_stock_invocation = lambda_svc._emit_lambda_metrics  # noqa: SLF001


def register() -> None:
    """Put our function in place of ministack's; a second call changes nothing."""
    lambda_svc._emit_lambda_metrics = _count_invocation  # noqa: SLF001


def publish(request: Request, response: Response, account_id: str) -> None:
    """Count an answer in the metrics of the service that gave it, and evaluate the alarms."""
    if request.operation == "GraphQL":
        address = address_of(request.host, request.path)
        region = address.region if address else ""
        metrics = _of_api(address.api_id, response.status) if address else []
    else:
        found = CREDENTIAL_REGION.search(request.headers.get("authorization", ""))
        region = found[1] if found else ""
        metrics = _of_tables(request, response)
    if not region or not metrics:
        return
    with request_scope(account_id, region):
        for namespace, name, dimensions in metrics:
            cloudwatch.record_metric(namespace, name, 1, "Count", dimensions)
        alarms.evaluate_all()


def _count_invocation(name: str, duration_ms: float, error: bool, throttle: bool) -> None:
    """Count an invocation, or that it was turned away, which is neither invocation nor error."""
    if not throttle:
        _count_stock_invocation(name, duration_ms, error, throttle)
    elif not error:  # ministack reports it twice, the second time as an error
        cloudwatch.record_metric("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": name})


def _of_api(api_id: str, status: int) -> list[Metric]:
    name = {4: "4XXError", 5: "5XXError"}.get(status // 100)
    return [("AWS/AppSync", name, {"GraphQLAPIId": api_id})] if name else []


def _of_tables(request: Request, response: Response) -> list[Metric]:
    operation = request.operation
    if (
        operation not in READS | WRITES
        or response.status == 200  # noqa: PLR2004
        or not THROTTLED.search(response.body)
    ):
        return []
    events = "ReadThrottleEvents" if operation in READS else "WriteThrottleEvents"
    index = request.json().get("IndexName")
    # The table's own metric leaves the throttles of its indexes out.
    of_index = {"GlobalSecondaryIndexName": index} if index else {}
    metrics: list[Metric] = []
    for table in sorted(_tables(request.json())):
        by_operation = {"TableName": table, "Operation": operation}
        metrics.append(("AWS/DynamoDB", "ThrottledRequests", by_operation))
        metrics.append(("AWS/DynamoDB", events, {"TableName": table, **of_index}))
    return metrics


def _tables(body: dict[str, Any]) -> set[str]:
    """Return the names of the tables that a call is about."""
    if "RequestItems" in body:
        return set(body["RequestItems"])
    items = [action for each in body.get("TransactItems", []) for action in each.values()]
    return {each["TableName"] for each in items or [body] if "TableName" in each}

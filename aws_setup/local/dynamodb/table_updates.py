"""Why DynamoDB refuses UpdateTable and ministack does not: one index at a time.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
https://github.com/architect/architect/issues/334
"""

from aws_setup.local.http import Request, Response

ONE_INDEX = (
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per "
    "table"
)


def refusal(request: Request) -> Response | None:
    """Return DynamoDB's refusal of a second index in one update, or None."""
    if request.operation != "UpdateTable":
        return None
    updates = request.json().get("GlobalSecondaryIndexUpdates") or ()
    if sum("Create" in each or "Delete" in each for each in updates) > 1:
        return Response.of_error("LimitExceededException", ONE_INDEX)
    return None

"""DynamoDB's refusal of an empty map of an expression's names or values.

AppSync hands such a map on as a request has it, and `toDynamoDBConditionExpression` makes one of a
condition that only asks whether an attribute exists:
https://github.com/aws-amplify/amplify-cli/issues/5589
"""

from collections.abc import Iterator, Mapping
from typing import Any

from aws_setup.local.http import Request, Response

MAPS = ("ExpressionAttributeNames", "ExpressionAttributeValues")
OPERATIONS = {"DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"}


def refusal(request: Request) -> Response | None:
    """Return DynamoDB's refusal of an empty map, or None."""
    for part in _parts(request):
        for name in MAPS:
            if part.get(name) == {}:
                return Response.of_error("ValidationException", f"{name} must not be empty")
    return None


def _parts(request: Request) -> Iterator[Mapping[str, Any]]:
    if request.operation in OPERATIONS:
        yield request.json()
    elif request.operation == "TransactWriteItems":
        for item in request.json().get("TransactItems", ()):
            yield from item.values()

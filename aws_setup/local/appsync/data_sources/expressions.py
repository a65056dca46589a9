"""The expressions of a request, in the parameters of a call."""

from typing import Any

from aws_setup.local.appsync.data_sources.attributes import to_item
from aws_setup.local.appsync.data_sources.elements import Elements


def add(given: dict[str, Any], parameter: str, part: Elements) -> None:
    """Add one expression; all expressions share one map of names and one of values in DynamoDB."""
    if not part.members:
        return
    given[parameter] = part.required("expression")
    if (names := part.optional("expressionNames")) is not None:
        given.setdefault("ExpressionAttributeNames", {}).update(names)
    values = part.optional("expressionValues")
    # DynamoDB refuses an empty map. AWS's own ddb.update was seen to return one if it only removes
    # attributes, so AppSync has to leave that one out; of others it is unknown.
    is_left_out = values == {} and parameter == "UpdateExpression"
    if values is not None and not is_left_out:
        given.setdefault("ExpressionAttributeValues", {}).update(to_item(values))
    part.done()

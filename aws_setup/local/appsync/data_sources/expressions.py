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
    if (values := part.optional("expressionValues")) is not None:
        given.setdefault("ExpressionAttributeValues", {}).update(to_item(values))
    part.done()

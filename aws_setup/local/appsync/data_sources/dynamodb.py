"""The AMAZON_DYNAMODB data source: turns requests into DynamoDB calls and answers into ctx.result.

https://docs.aws.amazon.com/appsync/latest/devguide/js-resolver-reference-dynamodb.html
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from aws_setup.local.appsync.data_sources import expressions, transactions
from aws_setup.local.appsync.data_sources.attributes import from_item, to_item
from aws_setup.local.appsync.data_sources.elements import Elements, not_supported
from aws_setup.local.appsync.data_sources.failures import UNMODELLED, failure
from aws_setup.local.appsync.errors import DataSourceFailed, FieldFailed
from aws_setup.local.iam.sessions import sealed_session

CONDITION_FAILED = "ConditionalCheckFailedException"

_READ_MEMBERS = {
    "index": "IndexName",
    "limit": "Limit",
    "consistentRead": "ConsistentRead",
    "select": "Select",
    "scanIndexForward": "ScanIndexForward",
    "segment": "Segment",
    "totalSegments": "TotalSegments",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where DynamoDB is, and the credentials with which it is called."""

    endpoint_url: str
    region: str
    credentials: Credentials


def call(config: Mapping[str, Any], request: Elements, connection: Connection) -> Any:
    """Return what DynamoDB answers, in plain JSON.

    config: the data source's dynamodbConfig. Raises DataSourceFailed for an error from DynamoDB,
    and FieldFailed for a request that AppSync would not send.
    """
    for member in ("useCallerCredentials", "versioned"):
        if str(config.get(member)).lower() == "true":  # a template may carry it as text
            raise not_supported(f"The data source setting {member}")
    operation = request.required("operation")
    if operation not in _OPERATIONS:
        raise not_supported(f"The DynamoDB operation {operation}")
    client = _client(
        connection.endpoint_url,
        connection.region,
        connection.credentials.access_key,
        connection.credentials.secret_key,
        connection.credentials.token,
    )
    try:
        return _OPERATIONS[operation](client, {"TableName": config["tableName"]}, request)
    except ClientError as error:
        raise failure(error) from error
    except ParamValidationError as error:
        raise FieldFailed(str(error), "MappingTemplate") from error
    except BotoCoreError as error:
        raise DataSourceFailed(str(error), "DynamoDB:SdkClientException") from error


@lru_cache(maxsize=64)
def _client(endpoint_url: str, region: str, key: str, secret: str, token: str | None) -> Any:
    return sealed_session(key, secret, token).client(
        "dynamodb",
        region_name=region,
        endpoint_url=endpoint_url,
        # One attempt: a fault that a test asks for must be seen, not repaired.
        config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}),
    )


def _get_item(client: Any, given: dict[str, Any], request: Elements) -> Any:
    given["Key"] = to_item(request.required("key"))
    given["ConsistentRead"] = bool(request.optional("consistentRead"))
    expressions.add(given, "ProjectionExpression", request.object("projection"))
    request.done()
    return from_item(client.get_item(**given).get("Item"))


def _put_item(client: Any, given: dict[str, Any], request: Elements) -> Any:
    key = to_item(request.required("key"))
    item = {**to_item(request.required("attributeValues")), **key}
    condition = request.object("condition")
    ignored = condition.optional("equalsIgnore") or []

    def is_done(found: Any) -> bool:
        return found is not None and _without(found, ignored) == _without(from_item(item), ignored)

    request.done()
    given["Item"] = item
    write = _Write(client, client.put_item, key, condition, is_done)
    return write.run(given, lambda _answer: from_item(item))


def _update_item(client: Any, given: dict[str, Any], request: Elements) -> Any:
    key = to_item(request.required("key"))
    request.required("update")
    expressions.add(given, "UpdateExpression", request.object("update"))
    condition = request.object("condition")
    request.done()
    given |= {"Key": key, "ReturnValues": "ALL_NEW"}
    # The item does not show whether an update has been made before.
    write = _Write(client, client.update_item, key, condition, lambda _found: False)
    return write.run(given, lambda answer: from_item(answer["Attributes"]))


def _delete_item(client: Any, given: dict[str, Any], request: Elements) -> Any:
    key = to_item(request.required("key"))
    condition = request.object("condition")
    request.done()
    given |= {"Key": key, "ReturnValues": "ALL_OLD"}
    write = _Write(client, client.delete_item, key, condition, lambda found: found is None)
    return write.run(given, lambda answer: from_item(answer.get("Attributes")))


@dataclass(frozen=True, slots=True)
class _Write:
    """A conditional write, with what AppSync does when its condition fails.

    AppSync reads the item back under the same role. If it is as the write would have left it, that
    is a success (`is_done`); otherwise the error carries the item.
    """

    client: Any
    send: Callable[..., Any]
    key: dict[str, Any]
    condition: Elements
    is_done: Callable[[Any], bool]

    def run(self, given: dict[str, Any], result: Callable[[Any], Any]) -> Any:
        strongly = self.condition.optional("consistentRead") is not False
        handler = self.condition.object("conditionalCheckFailedHandler")
        if handler.optional("strategy") == "Custom":
            raise not_supported("The condition check failure strategy Custom")
        self.condition.optional("equalsIgnore")
        expressions.add(given, "ConditionExpression", self.condition)
        try:
            answer = self.send(**given)
        except ClientError as error:
            if error.response["Error"]["Code"] != CONDITION_FAILED:
                raise
            found = self.client.get_item(
                TableName=given["TableName"], Key=self.key, ConsistentRead=strongly
            )
            item = from_item(found.get("Item"))
            if self.is_done(item):
                return item
            raise failure(error, item) from error
        return result(answer)


def _query(client: Any, given: dict[str, Any], request: Elements) -> Any:
    request.required("query")
    expressions.add(given, "KeyConditionExpression", request.object("query"))
    return _page(client.query, given, request)


def _scan(client: Any, given: dict[str, Any], request: Elements) -> Any:
    return _page(client.scan, given, request)


def _page(read: Callable[..., Any], given: dict[str, Any], request: Elements) -> Any:
    expressions.add(given, "FilterExpression", request.object("filter"))
    expressions.add(given, "ProjectionExpression", request.object("projection"))
    for member, parameter in _READ_MEMBERS.items():
        if (value := request.optional(member)) is not None:
            given[parameter] = value
    if token := request.optional("nextToken"):
        given["ExclusiveStartKey"] = _read_token(token)
    request.done()
    answer = read(**given)
    return {
        "items": [from_item(item) for item in answer["Items"]],
        "nextToken": _token(answer.get("LastEvaluatedKey")),
        "scannedCount": answer["ScannedCount"],
    }


_OPERATIONS: dict[str, Callable[[Any, dict[str, Any], Elements], Any]] = {
    "GetItem": _get_item,
    "PutItem": _put_item,
    "UpdateItem": _update_item,
    "DeleteItem": _delete_item,
    "Query": _query,
    "Scan": _scan,
    "TransactWriteItems": transactions.write,
}


def _without(item: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in names}


def _token(key: Mapping[str, Any] | None) -> str | None:
    """Return the key of the last item read as an opaque text."""
    if key is None:
        return None
    text = json.dumps(key, default=lambda value: {"$bytes": base64.b64encode(value).decode()})
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_token(token: Any) -> Any:
    def revive(value: dict[str, Any]) -> Any:
        return base64.b64decode(value["$bytes"]) if "$bytes" in value else value

    try:
        return json.loads(base64.urlsafe_b64decode(token), object_hook=revive)
    except (TypeError, ValueError, RecursionError) as error:
        # AppSync's own message for such a token is not published.
        raise DataSourceFailed("Invalid nextToken.", f"DynamoDB:{UNMODELLED}") from error

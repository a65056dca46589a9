"""TransactWriteItems of the AMAZON_DYNAMODB data source: all writes are made, or none.

https://docs.aws.amazon.com/appsync/latest/devguide/js-aws-appsync-resolver-reference-dynamodb-transact-write-items.html
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from aws_setup.local.appsync.data_sources import expressions
from aws_setup.local.appsync.data_sources.attributes import from_item, to_item
from aws_setup.local.appsync.data_sources.elements import Elements, not_supported
from aws_setup.local.appsync.data_sources.failures import failure

_ACTIONS = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}
_ACTIONS |= {"ConditionCheck": "ConditionCheck"}


def write(client: Any, _given: dict[str, Any], request: Elements) -> Any:
    """Return the keys of what was written.

    If DynamoDB cancels the transaction, raises DataSourceFailed with the reasons as its result,
    in the order of the writes; their form is that of AppSync's page.
    """
    items = request.required("transactItems")
    if not isinstance(items, list):
        raise not_supported("transactItems that are no list")
    request.done()
    writes = [Elements(item, f"$[transactItems][{n}]") for n, item in enumerate(items)]
    try:
        client.transact_write_items(TransactItems=[_action(each) for each in writes])
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        reasons = [_reason(raw) for raw in error.response.get("CancellationReasons", ())]
        raise failure(error, {"keys": None, "cancellationReasons": reasons}) from error
    keys = [from_item(to_item(each.required("key"))) for each in writes]
    return {"keys": keys, "cancellationReasons": None}


def _action(item: Elements) -> dict[str, Any]:
    operation, key = item.required("operation"), to_item(item.required("key"))
    given: dict[str, Any] = {"TableName": item.required("table")}
    if operation not in _ACTIONS:
        raise not_supported(f"{operation} in a transaction")
    if operation == "PutItem":
        given["Item"] = {**to_item(item.required("attributeValues")), **key}
    else:
        given["Key"] = key
    if operation == "UpdateItem":
        item.required("update")
        expressions.add(given, "UpdateExpression", item.object("update"))
    condition = item.object("condition")
    if condition.optional("returnValuesOnConditionCheckFailure"):
        given["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    expressions.add(given, "ConditionExpression", condition)
    item.done()
    return {_ACTIONS[operation]: given}


def _reason(raw: Mapping[str, Any]) -> dict[str, Any]:
    item = {"item": from_item(raw["Item"])} if raw.get("Item") else {}
    return {"type": raw.get("Code"), "message": raw.get("Message"), **item}

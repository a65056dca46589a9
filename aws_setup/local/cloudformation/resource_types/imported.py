"""The tags that CloudFormation gives to what it has imported, and ministack does not.

After the import, it has each resource's update handler set them; the stack's events call that
"Apply stack-level tags to imported resource if applicable".
https://github.com/aws-cloudformation/cloudformation-cli-java-plugin/pull/400
"""

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cognito, dynamodb
from ministack.services.cloudformation import changesets

PREFIX = "aws:cloudformation:"

_import_stock = changesets._import_resources_async  # noqa: SLF001


def register() -> None:
    """Set the tags after ministack's import; a second call changes nothing."""
    changesets._import_resources_async = _import  # noqa: SLF001


async def _import(change_set: dict[str, Any], stack: dict[str, Any], is_new: Any) -> None:
    await _import_stock(change_set, stack, is_new)
    if stack["StackStatus"] != "IMPORT_COMPLETE":
        return
    region, account = stack["StackId"].split(":")[3:5]
    with request_scope(account, region):
        for entry in change_set["_resources_to_import"]:
            record = stack["_resources"][entry["LogicalResourceId"]]
            tags = {
                "stack-name": stack["StackName"],
                "stack-id": stack["StackId"],
                "logical-id": entry["LogicalResourceId"],
            }
            _tag(record, {f"{PREFIX}{name}": value for name, value in tags.items()})


def _tag(record: Mapping[str, Any], tags: Mapping[str, str]) -> None:
    name, kind = record["PhysicalResourceId"], record["ResourceType"]
    if kind == "AWS::Cognito::UserPool":
        cognito._user_pools[name].setdefault("UserPoolTags", {}).update(tags)  # noqa: SLF001
    elif kind == "AWS::DynamoDB::Table":
        every = dynamodb._tags  # noqa: SLF001
        arn = dynamodb._tables[name]["TableArn"]  # noqa: SLF001
        kept = [each for each in every.get(arn, ()) if each["Key"] not in tags]
        every[arn] = [*kept, *({"Key": key, "Value": value} for key, value in tags.items())]

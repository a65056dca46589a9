"""The table that a request of DynamoDB's is about, where it is named by its ARN.

ministack looks for its name alone, and decides about calls that tag a table as if IAM knew no
resource for them.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

import json
from collections.abc import Callable

from ministack.core import iam_actions

_stock: Callable[[bytes, str, str], list[str]] = iam_actions.dynamodb_resource_arns


def register() -> None:
    """Let ministack's decisions be about these tables too; a second call changes nothing."""
    iam_actions.dynamodb_resource_arns = _arns


def _arns(body: bytes, region: str, account_id: str) -> list[str]:
    if found := _stock(body, region, account_id):
        return found
    try:
        given = json.loads(body)["ResourceArn"]
    except (ValueError, KeyError, TypeError):  # ministack refuses such a request by itself
        return []
    return [given] if isinstance(given, str) else []

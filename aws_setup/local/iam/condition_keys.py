"""The condition keys that a policy of ours uses and ministack does not know.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_actions

Keys = dict[str, Any]
PUT_METRICS = "cloudwatch:PutMetricData"

_stock = iam_actions.request_tag_context


def register() -> None:
    """Let ministack's decisions know these keys too; a second call changes nothing."""
    iam_actions.request_tag_context = _keys


def _keys(service: str, action: str, body: bytes, params: Mapping[str, Any]) -> Keys:
    """Return what a request is compared with, by condition key."""
    found: Keys = _stock(service, action, body, params)
    if action == PUT_METRICS:
        found = {**found, "cloudwatch:namespace": _namespace(body, params)}
    return found


def _namespace(body: bytes, params: Mapping[str, Any]) -> str:
    """Return the namespace that metrics are put into, as boto3 (JSON) and older clients send it."""
    if given := params.get("Namespace"):
        return given if isinstance(given, str) else str(given[0])
    try:
        return str(json.loads(body)["Namespace"])
    except (ValueError, KeyError, TypeError):  # ministack refuses such a request by itself
        return ""

"""AWS::WAFv2::WebACLAssociation, which ministack lacks.

A web ACL guards an API only if it is of the API's own Region and of the scope REGIONAL.
https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
The words are those that others met on AWS, such as in
https://github.com/hashicorp/terraform-provider-aws/issues/28753
"""

import re
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import waf
from ministack.services.cloudformation import provisioners

from aws_setup.local.cloudformation.failures import ResourceFailed

ASSOCIATION = "AWS::WAFv2::WebACLAssociation"
REGIONAL = re.compile(r"arn:aws:wafv2:([a-z0-9-]+):(\d{12}):regional/webacl/[\w-]+/([\w-]+)")
MALFORMED = (
    "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other "
    "information separated by colons or slashes., field: RESOURCE_ARN, parameter: {}"
)
MISSING = "AWS WAF couldn\u2019t perform the operation because your resource doesn\u2019t exist."

Properties = Mapping[str, Any]
_associations = waf._associations  # noqa: SLF001 - web ACLs by the resources that they guard


def register() -> None:
    """Make the type known to ministack; a second call changes nothing."""
    handlers = {"create": _create, "update": _update, "delete": _delete}
    provisioners._RESOURCE_HANDLERS[ASSOCIATION] = handlers  # noqa: SLF001


def _create(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, dict[str, Any]]:
    acl, resource = properties["WebACLArn"], properties["ResourceArn"]
    found = REGIONAL.fullmatch(acl)
    if not found or found.groups()[:2] != (get_region(), get_account_id()):
        raise ResourceFailed(400, MALFORMED.format(acl), "Wafv2")
    if waf.web_acl_record(found[3], "REGIONAL") is None:
        raise ResourceFailed(400, MISSING, "Wafv2")
    _associations[resource] = acl
    return f"{resource}|{acl}", {}


def _update(
    _physical_id: str, _old: Properties, properties: Properties, stack: str
) -> tuple[str, dict[str, Any]]:
    return _create("", properties, stack)


def _delete(_physical_id: str, properties: Properties) -> None:
    # An association that replaces this one is made first.
    if _associations.get(properties["ResourceArn"]) == properties["WebACLArn"]:
        del _associations[properties["ResourceArn"]]

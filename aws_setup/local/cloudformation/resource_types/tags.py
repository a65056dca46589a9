"""How many tags a user pool and a table take, which ministack does not check.

Those of AWS itself do not count. The words of the refusal are not documented.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_TagResource.html
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ministack.services.cloudformation import provisioners

from aws_setup.local.cloudformation.failures import ResourceFailed

MOST = 50
TAGGED = {
    "AWS::Cognito::UserPool": ("UserPoolTags", "CognitoIdentityProvider"),
    "AWS::DynamoDB::Table": ("Tags", "DynamoDb"),
}

_handlers: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS  # noqa: SLF001


def register() -> None:
    """Check before what creates and updates them; to be called after the other handlers."""
    for kind in TAGGED:
        for act in ("create", "update"):
            stock = _handlers[kind][act]
            if getattr(stock, "func", None) is not _checked:
                _handlers[kind] |= {act: partial(_checked, kind, stock)}


def _checked(kind: str, stock: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    member, service = TAGGED[kind]
    # The properties come second when it is created, and third, after the old ones, later.
    *_, properties = (each for each in arguments if isinstance(each, Mapping))
    tags = properties.get(member) or ()
    keys = tags if isinstance(tags, Mapping) else [each["Key"] for each in tags]
    if sum(not key.startswith("aws:") for key in keys) > MOST:
        said = f"The resource would have more than {MOST} tags."
        raise ResourceFailed(400, said, service, "ServiceLimitExceeded")
    return stock(*arguments, **named)

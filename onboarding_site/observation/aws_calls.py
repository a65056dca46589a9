"""Watches the calls that boto3's clients make.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/events.html
"""

import time
from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel
from botocore.session import Session

from onboarding_site.observation.metrics import note_aws_call

_CALL = "observed_call"  # in the context that botocore hands from one event of a call to the next


def watch(*, session: Session, **_: Any) -> None:
    """Have the clients that the session makes from now on tell of each call that they end."""
    handlers: dict[str, Any] = {
        "before-call.*.*": _begin,
        "after-call.*.*": _answered,
        "after-call-error.*.*": _failed,
    }
    for event, handler in handlers.items():
        session.register(event, handler)


def _begin(params: dict[str, Any], model: OperationModel, **_context: Any) -> None:
    names = model.service_model.service_name, model.name
    params["context"][_CALL] = *names, time.monotonic()


def _answered(parsed: Mapping[str, Any], context: Mapping[str, Any], **_context: Any) -> None:
    _end(context, parsed.get("Error", {}).get("Code", ""))


def _failed(exception: Exception, context: Mapping[str, Any], **_context: Any) -> None:
    _end(context, type(exception).__name__)


def _end(context: Mapping[str, Any], error: str) -> None:
    service, operation, began = context[_CALL]
    note_aws_call(
        service=service, operation=operation, seconds=time.monotonic() - began, error=error
    )

"""Answers that were cut short, which botocore takes for successes without their members.

botocore 1.44 no longer has urllib3 compare a body with the length that its header announces.
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/events.html
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.model import OperationModel
from botocore.session import Session


def refuse_answers_cut_short(session: Session) -> None:
    """Have the clients of a session take an answer that was cut short for a lost one.

    The call is made again, as often as the client retries; in the end it raises botocore's
    ConnectionClosedError. It may have taken effect.
    """
    handlers: dict[str, Any] = {
        "before-parse.*.*": _leave_unread,
        # With its stars called before the service's own handler, which decides on the retry.
        "needs-retry.*.*": _have_it_retried,
        "after-call.*.*": _refuse,
    }
    for event, handler in handlers.items():
        session.register(event, handler)


def _leave_unread(
    response_dict: dict[str, Any], operation_model: OperationModel, **_context: Any
) -> None:
    """Have no parser look at half a document: to one of XML it would be the answer of no AWS."""
    body, headers = response_dict["body"], response_dict["headers"]
    if not operation_model.has_streaming_output and _lacks(body, headers, operation_model):
        response_dict.update(status_code=HTTPStatus.BAD_GATEWAY, body=b"")


def _have_it_retried(
    response: tuple[AWSResponse, Any] | None, operation: OperationModel, **_context: Any
) -> None:
    """Give the answer a status that botocore retries."""
    if response and _is_cut_short(response[0], operation):
        response[0].status_code = HTTPStatus.BAD_GATEWAY


def _refuse(http_response: AWSResponse, model: OperationModel, **_context: Any) -> None:
    """Raise ConnectionClosedError where the last answer, too, was cut short."""
    if _is_cut_short(http_response, model):
        raise ConnectionClosedError(endpoint_url=http_response.url)


def _is_cut_short(response: AWSResponse, operation: OperationModel) -> bool:
    """Whether a body lacks some of itself; one that is read as a stream checks itself."""
    return not operation.has_streaming_output and _lacks(
        response.content, response.headers, operation
    )


def _lacks(body: bytes, headers: Mapping[str, str], operation: OperationModel) -> bool:
    """Whether a body is shorter than its header says.

    A body without that header comes in chunks, and urllib3 waits for their end.
    """
    length = headers.get("content-length")
    return length is not None and operation.http["method"] != "HEAD" and len(body) < int(length)

"""Which requests the gateway lets in: from which host, how long, and for which service.

A page that a developer visits can send requests to this machine. One whose own name resolves to it
(DNS rebinding) gives that name as the host, so only the hosts of AWS and of this machine are let
in. Browsers talk to Cognito and AppSync, so only those let a page of another origin read answers.
"""

import re

from aws_setup.local.appsync.addresses import is_of_aws
from aws_setup.local.http import Request, Response

# 16 MB, more than any call of DynamoDB, CloudFormation or AppSync may have.
MOST_BYTES = 16 * 1024 * 1024
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
SERVICES = {
    "appsync",
    "cloudformation",
    "cognito-idp",
    "dynamodb",
    "iam",
    "kms",
    "lambda",
    "logs",
    "monitoring",
    "s3",
    "sns",
    "ssm",
    "sts",
    "tagging",
    "wafv2",
}
NOT_FOUND = Response.of_error("UnknownOperationException", "There is nothing here.", status=404)
CORS = b"access-control-"
WITH_CORS = {"appsync", "cognito-idp"}


def refusal(request: Request) -> Response | None:
    """Return the answer to a request that the gateway doesn't let in, or None."""
    if not is_of_aws(request.host):
        message = "The embedded AWS answers only at 127.0.0.1, localhost and the hosts of AWS."
        return Response.of_error("ForbiddenException", message, status=403)
    if CONTROL_CHARACTER.search(request.scope["path"]):
        return Response.of_error("ValidationException", "The path is malformed.")
    if request.operation == "GraphQL":
        return None
    if request.method == "OPTIONS" and not _is_for_cognito(request):
        return NOT_FOUND
    if request.service in SERVICES:
        return None
    message = f"The embedded AWS does not serve {request.service}."
    return Response.of_error_to(request, "UnknownOperationException", message, status=404)


def _is_for_cognito(request: Request) -> bool:
    """Return whether a browser may be asking before it calls Cognito, which has one path only.

    It does not say which service it means, so at this machine's own host it may be any.
    """
    is_here = "amazonaws.com" not in request.host.lower()
    return request.path == "/" and (is_here or request.host.lower().startswith("cognito-idp."))


def without_cors(request: Request, response: Response) -> Response:
    """Return a response that pages of other origins can read only if they are meant to."""
    if request.method == "OPTIONS" or request.service in WITH_CORS:
        return response
    kept = [pair for pair in response.headers if not pair[0].lower().startswith(CORS)]
    return response.with_headers(kept)

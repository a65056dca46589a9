"""What the API's errors mean: whether another try may help, and whether it refuses this caller.

https://docs.aws.amazon.com/appsync/latest/devguide/troubleshooting-and-common-mistakes.html
"""

import re

from businesses.records.onboarding import Reason

# Throttling, and errors that a service reports as its own fault. AppSync passes on the error types
# of Cognito and DynamoDB, and gives one type to many of the latter, which only the message tells
# apart. The trigger uses the same patterns.
TRANSIENT = re.compile(
    r"Throttl|TooManyRequests|LimitExceeded|ThroughputExceeded|TransactionConflict|ExecutionTimeout"
    r"|Internal(Failure|Error|ServerError)|ServiceUnavailable|HttpStatus(429|5\d\d)"
)
BUSY = re.compile(r"Throughput exceeds|Rate exceeded|Status Code: 5\d\d")
# The API refuses this caller, no matter whom it wants to onboard.
REFUSED = {"Unauthorized", "UnauthorizedException"}
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
BAD_SIGNATURE = re.compile(
    r"BadRequest|InvalidSignature|IncompleteSignature|UnrecognizedClient|ExpiredToken"
    r"|MissingAuthenticationToken|AccessDenied"
)


def is_transient(reason: Reason, status: int) -> bool:
    """Whether the call may succeed if it is made again. status: that of HTTP."""
    kind = f"{reason.type} HttpStatus{status}"
    return bool(TRANSIENT.search(kind) or BUSY.search(reason.message))


def refuses_caller(reason: Reason, status: int) -> bool:
    """Whether the API refuses the caller itself, so that every call would fail."""
    if reason.type in REFUSED or status in {UNAUTHORIZED, FORBIDDEN, NOT_FOUND}:
        return True
    return status == BAD_REQUEST and bool(BAD_SIGNATURE.search(reason.type))

"""Errors of the mutation, and whether a second try a moment later can help: one table for both.

The trigger and the retry decide by themselves, since the trigger imports nothing of ours.
"""

from typing import NamedTuple


class ApiError(NamedTuple):
    """What the API answers. status: of HTTP."""

    type: str
    message: str = ""
    status: int = 200


IN_JAVA = " (Service: DynamoDb, Status Code: {}, Request ID: 7CD5)"
UNMODELLED = "DynamoDB:DynamoDbException"
THROUGHPUT = (
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically "
    "scaling your table or index so please try again shortly."
)
TRANSIENT = (
    ApiError("TooManyRequestsException"),
    ApiError("ThrottlingException"),
    ApiError("InternalErrorException"),
    ApiError("HttpStatus503"),
    ApiError("ExecutionTimeout"),
    ApiError("DynamoDB:ProvisionedThroughputExceededException"),
    ApiError("Whatever", "Slow down.", 429),
    ApiError("InternalFailure", status=500),
    # https://github.com/aws/aws-appsync-community/issues/336
    ApiError(UNMODELLED, THROUGHPUT + IN_JAVA.format(400)),
    ApiError(UNMODELLED, "Rate exceeded" + IN_JAVA.format(400)),
    ApiError(UNMODELLED, "Internal server error" + IN_JAVA.format(500)),
    ApiError(UNMODELLED, "Service unavailable" + IN_JAVA.format(503)),
)
REFUSALS = (
    ApiError("GroupNotAllowed", 'Group "ThrottlingException" is not in ALLOWED_GROUPS.'),
    ApiError("ResourceNotFoundException", "Group not found."),
    ApiError(UNMODELLED, "One or more parameter values were invalid" + IN_JAVA.format(400)),
    ApiError(UNMODELLED, "User: arn is not authorized to perform" + IN_JAVA.format(400)),
    ApiError("DynamoDB:ResourceNotFoundException", "Requested resource not found"),
)

"""How AppSync reports an error of DynamoDB to a resolver."""

from typing import Any

from botocore.exceptions import ClientError

from aws_setup.local.appsync.errors import DataSourceFailed

# What the Java SDK, with which AppSync calls DynamoDB, has a class for; it knows all other errors
# as DynamoDbException. That it has none for throttling by the table is inferred.
MODELLED = {
    "ConditionalCheckFailedException",
    "InternalServerError",
    "ItemCollectionSizeLimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ResourceNotFoundException",
    "TransactionCanceledException",
    "TransactionConflictException",
}
UNMODELLED = "DynamoDbException"


def failure(error: ClientError, item: Any = None) -> DataSourceFailed:
    """Return an error from DynamoDB as AppSync reports it.

    https://github.com/aws/aws-appsync-community/issues/343 shows one.
    """
    metadata = error.response["ResponseMetadata"]
    message = (
        f"{error.response['Error']['Message']} (Service: DynamoDb, "
        f"Status Code: {metadata['HTTPStatusCode']}, Request ID: {metadata.get('RequestId')})"
    )
    code = error.response["Error"]["Code"]
    kind = code if code in MODELLED else UNMODELLED
    return DataSourceFailed(message, f"DynamoDB:{kind}", item)

"""The helpers that APPSYNC_JS documents, from the type definitions of @aws-appsync/utils 2.1.1.

https://docs.aws.amazon.com/appsync/latest/devguide/built-in-modules-js.html
"""

# The modules with their exports.
MODULES = {
    "@aws-appsync/utils": "extensions runtime util",
    "@aws-appsync/utils/ai": "converse invokeModel",
    "@aws-appsync/utils/dynamodb": """
        batchDelete batchGet batchPut get operations put query remove scan sync toBinarySet
        toNumberSet toStringSet transactGet transactWrite update
    """,
    "@aws-appsync/utils/rds": """
        agg createMySQLStatement createPgStatement insert remove select sql toJsonObject typeHint
        update
    """,
}
# The type of each helper, with its members.
TYPES = {
    "extensions": (
        "Extensions",
        """
        evictFromApiCache invalidateSubscriptions setSubscriptionFilter
        setSubscriptionInvalidationFilter
        """,
    ),
    "operations": (
        "DynamoDBOperation",
        "add append decrement increment prepend remove replace updateListItem",
    ),
    "runtime": ("Runtime", "earlyReturn"),
    "util": (
        "Util",
        """
        appendError authType autoId autoKsuid autoUlid base64Decode base64Encode dynamodb error
        escapeJavaScript http matches math rds str time transform unauthorized urlDecode urlEncode
        xml
        """,
    ),
    "util.dynamodb": (
        "DynamodbUtil",
        """
        fromS3ObjectJson toBinary toBinarySet toBoolean toDynamoDB toList toMap toMapValues toNull
        toNumber toNumberSet toS3Object toString toStringSet
        """,
    ),
    "util.http": ("HttpUtils", "addResponseHeader addResponseHeaders copyHeaders"),
    "util.math": ("MathUtils", "maxVal minVal randomDouble randomWithinRange roundNum"),
    "util.rds": ("RdsUtil", "toJsonObject"),
    "util.str": ("StringUtils", "normalize"),
    "util.time": (
        "TimeUtils",
        """
        epochMilliSecondsToFormatted epochMilliSecondsToISO8601 epochMilliSecondsToSeconds
        nowEpochMilliSeconds nowEpochSeconds nowFormatted nowISO8601
        parseFormattedToEpochMilliSeconds parseISO8601ToEpochMilliSeconds
        """,
    ),
    "util.transform": (
        "TransformUtils",
        """
        toDynamoDBConditionExpression toDynamoDBFilterExpression toElasticsearchQueryDSL
        toSubscriptionFilter
        """,
    ),
    "util.xml": ("XmlUtils", "toJsonString toMap"),
}

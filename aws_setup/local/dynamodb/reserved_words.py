"""DynamoDB's reserved words, which an expression can hold only behind a name with `#`.

ministack refuses them too, but in a query only when there is an item to look at.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
"""

import re
from functools import lru_cache

from ministack.services._dynamodb_keywords import AWS_KEYWORDS

from aws_setup.local.http import Request, Response

EXPRESSIONS = (
    "KeyConditionExpression",
    "ConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
)
OPERATIONS = {"DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"}
OPERATORS = {"AND", "BETWEEN", "IN", "NOT", "OR"}
# A name that is written out, and not a function's.
_NAME = re.compile(r"(?<![:#\w])[A-Za-z_]\w*+(?!\s*\()")


def refusal(request: Request) -> Response | None:
    """Return DynamoDB's refusal of an expression with a reserved word, or None."""
    if request.operation not in OPERATIONS:
        return None
    data = request.json()
    for name in EXPRESSIONS:
        if word := _reserved_word(data.get(name) or ""):
            message = (
                f"Invalid {name}: Attribute name is a reserved keyword; reserved keyword: {word}"
            )
            return Response.of_error("ValidationException", message)
    return None


@lru_cache(maxsize=1_000)
def _reserved_word(expression: str) -> str:
    """Return the first reserved word in an expression; "" if it holds none."""
    words = _NAME.findall(expression)
    reserved = (each for each in words if each.upper() in AWS_KEYWORDS - OPERATORS)
    return next(reserved, "")

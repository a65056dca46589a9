"""Reads of names from both tables at once, for a few records."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from businesses.queries.keys import can_be_key
from businesses.records.attributes import text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST = 50  # ids in one call, since each is looked for in both tables
ATTRIBUTES = ("name", "email")


def read_names(
    client: "DynamoDBClient", businesses: str, onboardings: str, ids: Collection[str]
) -> Mapping[str, str]:
    """Return what records are called, by id or sub, in one BatchGetItem.

    That is the name or else the e-mail address, of the Business if there is one. Ids that neither
    table has, or that DynamoDB left unprocessed, are left out. businesses, onboardings: the names
    of the tables. Raises ValueError for more than MOST ids; lets botocore's errors pass.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    """
    wanted = list(filter(can_be_key, dict.fromkeys(ids)))
    if len(wanted) > MOST:
        raise ValueError(len(wanted))
    if not wanted:
        return {}
    keys = {onboardings: "sub", businesses: "id"}
    answer = client.batch_get_item(
        RequestItems={table: _request(key, wanted) for table, key in keys.items()}
    )
    names: dict[str, str] = {}
    for table, key in keys.items():
        for item in answer["Responses"].get(table, ()):
            called = next(filter(None, (text(item, each) for each in ATTRIBUTES)), "")
            if called:
                names[text(item, key)] = called
    return names


def _request(key: str, ids: Collection[str]) -> Any:
    names = {f"#{number}": name for number, name in enumerate((key, *ATTRIBUTES))}
    return {
        "Keys": [{key: {"S": each}} for each in ids],
        "ProjectionExpression": ", ".join(names),
        "ExpressionAttributeNames": names,
    }

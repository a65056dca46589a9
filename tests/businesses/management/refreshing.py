"""What the tests of commands that go through all records have in common."""

from collections.abc import Iterable
from typing import Any

from tests.businesses.account import REGION, STACK_NAME, Account
from tests.businesses.site_user import ACCOUNT


def allow(account: Account, *actions: str) -> None:
    """Give the environment's user exactly what a command is documented to need."""
    arn = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
    on = {
        "cloudformation": arn.format("cloudformation", f"stack/{STACK_NAME}/*"),
        "cognito-idp": arn.format("cognito-idp", f"userpool/{account.user_pool_id}"),
        "dynamodb": arn.format("dynamodb", f"table/{account.table_name}"),
    }
    statements = [
        {"Effect": "Allow", "Action": each, "Resource": on[each.partition(":")[0]]}
        for each in ("cloudformation:DescribeStacks", *actions)
    ]
    assert account._site is not None
    account._site.put("site", {"Version": "2012-10-17", "Statement": statements})


def item_of(account: Account, record_id: str) -> dict[str, Any]:
    """Return a record as it is stored."""
    answer = account.dynamodb.get_item(
        TableName=account.table_name, Key={"id": {"S": record_id}}, ConsistentRead=True
    )
    return dict(answer["Item"])


def items_of(account: Account) -> dict[str, dict[str, Any]]:
    """Return every record as it is stored, by its id; together they take less than 1 MB."""
    answer = account.dynamodb.scan(TableName=account.table_name, ConsistentRead=True)
    return {item["id"]["S"]: item for item in answer["Items"]}


def replace_all(account: Account, items: Iterable[dict[str, Any]]) -> None:
    """Delete every record, and put these."""
    deletions = [{"DeleteRequest": {"Key": {"id": {"S": each}}}} for each in items_of(account)]
    puts = [{"PutRequest": {"Item": item}} for item in items]
    for requests in (deletions, puts):  # one batch does not take both of one record
        for start in range(0, len(requests), 25):
            some = requests[start : start + 25]
            account.dynamodb.batch_write_item(RequestItems={account.table_name: some})

"""An Onboarding table and records for it."""

from datetime import datetime, timedelta
from typing import Any

from businesses.records.business import format_time
from businesses.records.onboarding import FAILED, TRIGGER, Attempt, Onboarding, Reason
from tests.businesses.account import START

THROTTLED = Reason("TooManyRequestsException", "Too many requests")


def minute(number: int) -> datetime:
    """Return the time this many minutes after START."""
    return START + timedelta(minutes=number)


def onboarding(number: int, **changes: Any) -> Onboarding:
    """Return record `number` as the trigger writes it, failed `number` minutes after START."""
    sub, at = f"sub-{number:04}", minute(number)
    values: dict[str, Any] = {
        "sub": sub,
        "username": sub,
        "email": f"owner-{number}@example.com",
        "name": f"Business {number}",
        "group_name": "businesses",
        "status": FAILED,
        "source": TRIGGER,
        "reason": THROTTLED,
        "attempts": (Attempt.failed(at, TRIGGER, THROTTLED),),
        "first_failed_at": format_time(at),
        "updated_at": format_time(at),
    }
    return Onboarding(**{**values, **changes})


def create_onboarding_table(dynamodb: Any, name: str = "onboardings") -> str:
    """Create a table with the keys and index of the template; return its name."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "sub", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in ("sub", "status", "updatedAt")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byStatus",
                "KeySchema": [
                    {"AttributeName": "status", "KeyType": "HASH"},
                    {"AttributeName": "updatedAt", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return name


def write_onboardings(dynamodb: Any, table_name: str, *records: Onboarding) -> None:
    """Write the records as they are."""
    requests = [{"PutRequest": {"Item": record.to_item()}} for record in records]
    for start in range(0, len(requests), 25):
        dynamodb.batch_write_item(RequestItems={table_name: requests[start : start + 25]})

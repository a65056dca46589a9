"""An AWS account with the parts of a backend that the admin uses."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from aws_setup.local.server import LocalAws
from businesses.records.business import Business, format_time
from tests.businesses.site_user import SiteUser, policy_for

REGION = "eu-central-1"
STACK_NAME = "onboarding-test"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
INDEXES = {
    "byCreatedAt": ("__typename", "createdAt"),
    "byEmail": ("__typename", "emailKey"),
    "byName": ("__typename", "nameKey"),
    "byOwner": ("owner", "createdAt"),
}

# All tests share it: a session reads each service's model once, which takes longer than most tests.
_session = boto3.Session()


def business(number: int, *, minute: int | None = None, **changes: str) -> Business:
    """Return business `number`, created `minute` (by default `number`) minutes after START."""
    at = format_time(START + timedelta(minutes=number if minute is None else minute))
    sub = f"sub-{number:04}"
    values: dict[str, Any] = {
        "id": sub,
        "owner": f"{sub}::{sub}",
        "name": f"Business {number}",
        "email": f"owner-{number}@example.com",
        "group_name": "businesses",
        "created_at": at,
        "updated_at": at,
    }
    return Business(**{**values, **changes})


class Account:
    """A Business table, a user pool, and a stack whose outputs name both.

    site: the user who gets the policy that the template would give a site for these.
    """

    def __init__(self, aws: LocalAws, site: SiteUser | None = None) -> None:
        self.aws, self._site = aws, site
        self.dynamodb = self._client("dynamodb")
        self.cognito = self._client("cognito-idp")
        self.cloudformation = self._client("cloudformation")
        self.table_name = self.create_table("businesses")
        self.user_pool_id = self.create_user_pool()
        self.let_in(**self._own_outputs)

    def close(self) -> None:
        for client in (self.dynamodb, self.cognito, self.cloudformation):
            client.close()

    def _client(self, service: str) -> Any:
        return _session.client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=self.aws.endpoint_url,
            aws_access_key_id=self.aws.access_key_id,
            aws_secret_access_key=self.aws.secret_access_key,
        )

    def create_table(self, name: str) -> str:
        keys = {"id", *(key for index in INDEXES.values() for key in index)}
        self.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in sorted(keys)
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": index,
                    "KeySchema": [
                        {"AttributeName": partition, "KeyType": "HASH"},
                        {"AttributeName": sort, "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
                for index, (partition, sort) in INDEXES.items()
            ],
        )
        return name

    def create_bare_table(self, name: str) -> str:
        """Create a table without any index, as somebody else's might be."""
        self.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        return name

    def create_user_pool(self) -> str:
        pool: str = self.cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
        self.cognito.create_group(UserPoolId=pool, GroupName="businesses")
        return pool

    def deploy(self, **outputs: str) -> None:
        """Create the stack with these outputs; without any, they name this table and pool."""
        outputs = outputs or self._own_outputs
        self.let_in(**outputs)
        body = {
            "Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
        self.cloudformation.create_stack(StackName=STACK_NAME, TemplateBody=json.dumps(body))
        self.cloudformation.get_waiter("stack_create_complete").wait(
            StackName=STACK_NAME, WaiterConfig={"Delay": 0, "MaxAttempts": 500}
        )

    @property
    def _own_outputs(self) -> dict[str, str]:
        return {"BusinessTableName": self.table_name, "UserPoolId": self.user_pool_id}

    def let_in(self, **outputs: str) -> None:
        """Give the site the policy of a stack with these outputs, replacing an earlier one."""
        if self._site:
            self._site.put("site", policy_for(outputs, STACK_NAME))

    def redeploy(self, **outputs: str) -> None:
        self.cloudformation.delete_stack(StackName=STACK_NAME)
        self.cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=STACK_NAME, WaiterConfig={"Delay": 0, "MaxAttempts": 500}
        )
        self.deploy(**outputs)

    def write(self, businesses: Iterable[Business]) -> None:
        """Put the records as the pipeline does."""
        requests = [{"PutRequest": {"Item": record.to_item()}} for record in businesses]
        for start in range(0, len(requests), 25):
            batch = requests[start : start + 25]
            self.dynamodb.batch_write_item(RequestItems={self.table_name: batch})

    def put(self, record: Business, **attributes: Any) -> None:
        """Put one record with more attributes in DynamoDB's own notation; None removes one."""
        item = {**record.to_item(), **attributes}
        self.dynamodb.put_item(
            TableName=self.table_name,
            Item={name: value for name, value in item.items() if value is not None},
        )

    def create_user(self, username: str, *groups: str) -> str:
        """Create a user in those groups; return their sub."""
        answer = self.cognito.admin_create_user(
            UserPoolId=self.user_pool_id, Username=username, MessageAction="SUPPRESS"
        )
        for group in groups:
            self.cognito.admin_add_user_to_group(
                UserPoolId=self.user_pool_id, Username=username, GroupName=group
            )
        attributes = {each["Name"]: each["Value"] for each in answer["User"]["Attributes"]}
        return str(attributes["sub"])

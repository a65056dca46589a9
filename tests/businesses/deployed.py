"""The real stack, deployed into the embedded AWS, with people whose onboarding got stuck."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_setup.local.server import LocalAws
from businesses.aws.tables.onboarding_table import OnboardingTable
from businesses.records.onboarding import OUT_OF_GROUP, SWEEP, Attempt, Onboarding, Reason
from tests.businesses.account import REGION, STACK_NAME, business
from tests.businesses.onboardings import minute, onboarding, write_onboardings

PASSWORD = "Correct-Horse-1979"
GROUP = "businesses"
KEY = {"#key": "sub"}
numbers = itertools.count(1)


class Deployed:
    """The deployed stack, seen from outside."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.cognito = aws.client("cognito-idp", REGION)
        self.dynamodb = aws.client("dynamodb", REGION)
        cloudformation = aws.client("cloudformation", REGION)
        [stack] = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self.pool = self.outputs["UserPoolId"]
        self.table = OnboardingTable(self.dynamodb, self.outputs["OnboardingTableName"])

    @property
    def api_id(self) -> str:
        """The API's id, which its host begins with."""
        return str(self.outputs["GraphqlUrl"]).partition("://")[2].partition(".")[0]

    def permission_id(self) -> str:
        """Return the id of the one statement that lets Cognito invoke the function."""
        function = self.outputs["TriggerFunctionName"]
        policy = self.aws.client("lambda", REGION).get_policy(FunctionName=function)["Policy"]
        [statement] = json.loads(policy)["Statement"]
        return str(statement["Sid"])

    def forget_onboardings(self) -> None:
        """Empty the Onboarding table."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.table.name, ProjectionExpression="#key", ExpressionAttributeNames=KEY
        )
        requests = [{"DeleteRequest": {"Key": key}} for page in pages for key in page["Items"]]
        for start in range(0, len(requests), 25):
            some = requests[start : start + 25]
            self.dynamodb.batch_write_item(RequestItems={self.table.name: some})

    def sign_up(self, **attributes: str) -> str:
        """Sign a person up, with further attributes, and confirm them; return the sub."""
        email = f"person-{next(numbers)}@example.com"
        client = self.outputs["UserPoolClientId"]
        sub: str = self.cognito.sign_up(
            ClientId=client,
            Username=email,
            Password=PASSWORD,
            UserAttributes=[
                {"Name": name, "Value": text}
                for name, text in {"email": email, **attributes}.items()
            ],
        )["UserSub"]
        code = self.aws.code_for(self.pool, sub)
        self.cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
        return sub

    def stuck(self, count: int, **changes: Any) -> list[str]:
        """Create users with failed onboardings, without running the trigger; return the subs."""
        records = []
        for _ in range(count):
            number = next(numbers)
            user = self.cognito.admin_create_user(
                UserPoolId=self.pool,
                Username=f"person-{number}@example.com",
                MessageAction="SUPPRESS",
            )["User"]
            [sub] = (each["Value"] for each in user["Attributes"] if each["Name"] == "sub")
            given = {"sub": sub, "username": user["Username"], **changes}
            records.append(onboarding(number, **given))
        write_onboardings(self.dynamodb, self.table.name, *records)
        return [record.sub for record in records]

    def outside(self, count: int, **changes: Any) -> list[str]:
        """Create users with a Business who are not in its group, as a sweep records them."""
        reason = Reason("OutOfGroup", "The user has a Business, but is not in its group.")
        found = {"status": OUT_OF_GROUP, "source": SWEEP, "reason": reason}
        attempts = (Attempt.failed(minute(0), SWEEP, reason),)
        subs = self.stuck(count, **{**found, "attempts": attempts, **changes})
        for number, sub in enumerate(subs):
            self.write_business(sub, name=f"Outside {number:03}")
        return subs

    def write_business(self, sub: str, **changes: Any) -> None:
        """Write the Business of somebody who is onboarded."""
        record = business(next(numbers), id=sub, owner=f"{sub}::{sub}", **changes)
        table = self.outputs["BusinessTableName"]
        self.dynamodb.put_item(TableName=table, Item=record.to_item())

    def confirm(self, sub: str) -> None:
        """Give an administrator-created user a password of their own, which confirms them."""
        self.cognito.admin_set_user_password(
            UserPoolId=self.pool, Username=sub, Password=PASSWORD, Permanent=True
        )

    def set_attributes(self, sub: str, **attributes: str) -> None:
        """Change a user's attributes in Cognito.

        The stack's pool takes a new address at once only if it is said to be verified. Whoever has
        it from an earlier test is removed.
        """
        given = {"email_verified": "true", **attributes} if "email" in attributes else attributes
        change = {
            "UserPoolId": self.pool,
            "Username": sub,
            "UserAttributes": [{"Name": name, "Value": text} for name, text in given.items()],
        }
        try:
            self.cognito.admin_update_user_attributes(**change)
        except self.cognito.exceptions.AliasExistsException:
            self.cognito.admin_delete_user(UserPoolId=self.pool, Username=attributes["email"])
            self.cognito.admin_update_user_attributes(**change)

    def record(self, sub: str) -> Onboarding:
        """Return a record as it is now."""
        record = self.table.get(sub)
        assert record is not None
        return record

    def business(self, sub: str) -> Any:
        """Return the item in the Business table, or None."""
        table = self.outputs["BusinessTableName"]
        return self.dynamodb.get_item(TableName=table, Key={"id": {"S": sub}}).get("Item")

    def businesses(self, subs: list[str]) -> int:
        """Return how many of these people have a Business."""
        return sum(self.business(sub) is not None for sub in subs)

    def groups(self, sub: str) -> list[str]:
        """Return the groups that a user is in."""
        answer = self.cognito.admin_list_groups_for_user(UserPoolId=self.pool, Username=sub)
        return [group["GroupName"] for group in answer["Groups"]]

    def in_the_middle_of(self, operation: str, act: Callable[[], object]) -> threading.Thread:
        """Act once the first such call is under way, which then takes a second."""
        self.aws.faults.slow_down(operation, 1)

        def wait() -> None:
            self.aws.faults.wait_for_call(operation)
            act()

        thread = threading.Thread(target=wait)
        thread.start()
        return thread

    @contextmanager
    def without_group(self) -> Iterator[None]:
        """Delete the group for a while."""
        group = {"UserPoolId": self.pool, "GroupName": GROUP}
        self.cognito.delete_group(**group)
        try:
            yield
        finally:
            self.cognito.create_group(**group)

"""A deployed backend to observe: in a real account, or in the embedded AWS."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.credentials import Credentials

from tests.graphql import GraphqlClient

PASSWORD = "Correct-Horse-1979"
GROUP = "businesses"


@dataclass(frozen=True)
class Person:
    """Somebody who signed up and confirmed."""

    sub: str
    email: str


@dataclass(frozen=True)
class Account:
    """One stack, looked at from outside.

    client: given a service's name, returns its client. connect_url: where the GraphQL API's host is
    connected to. realtime_url: of subscriptions. keys: of who deployed.
    """

    client: Callable[[str], Any]
    region: str
    outputs: dict[str, str]
    connect_url: str
    realtime_url: str
    keys: Credentials

    @property
    def pool_id(self) -> str:
        return self.outputs["UserPoolId"]

    @cached_property
    def graphql(self) -> GraphqlClient:
        return GraphqlClient(self.connect_url, self.outputs["GraphqlUrl"], self.region)

    def sign_up(self) -> Person:
        """Sign somebody up and confirm them, as an administrator does: nobody reads their mail.

        The address is one of Amazon SES's mailbox simulator, which takes any label.
        https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
        """
        email = f"success+{secrets.token_hex(6)}@simulator.amazonses.com"
        cognito = self.client("cognito-idp")
        sub = cognito.sign_up(
            ClientId=self.outputs["UserPoolClientId"],
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}],
        )["UserSub"]
        cognito.admin_confirm_sign_up(UserPoolId=self.pool_id, Username=email)
        return Person(sub, email)

    def token(self, person: Person) -> str:
        """Sign somebody in through a client that takes passwords; return the access token."""
        answer = self.client("cognito-idp").admin_initiate_auth(
            UserPoolId=self.pool_id,
            ClientId=self._password_client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": person.email, "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["AccessToken"])

    @cached_property
    def _password_client(self) -> str:
        created = self.client("cognito-idp").create_user_pool_client(
            UserPoolId=self.pool_id,
            ClientName="verification",
            ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        return str(created["UserPoolClient"]["ClientId"])

    def item(self, output: str, key: str, value: str) -> dict[str, Any] | None:
        """Return one item of a table, read consistently."""
        found: dict[str, Any] | None = (
            self.client("dynamodb")
            .get_item(TableName=self.outputs[output], Key={key: {"S": value}}, ConsistentRead=True)
            .get("Item")
        )
        return found

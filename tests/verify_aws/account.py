"""A deployed backend to observe: in a real account, or in the embedded AWS."""

import os
import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3

from aws_setup.calls.clients import aws_session
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.states import DELETED, describe_stack
from tests.aws_setup.local.appsync.realtime_client import Socket, connected
from tests.graphql import GraphqlClient

PASSWORD = "Correct-Horse-1979"
GROUP = "businesses"


@dataclass(frozen=True)
class AwsAccount:
    """The account of the environment, for tests that usually run on the embedded AWS.

    Its clients are created once, since creating them takes time.
    """

    session: boto3.Session

    @cached_property
    def _clients(self) -> dict[tuple[str, str], Any]:
        return {}

    @property
    def endpoint_url(self) -> str:
        """The address that every client connects to; "" for each service's own host."""
        return os.environ.get("AWS_ENDPOINT_URL", "")

    @property
    def access_key_id(self) -> str:
        return str(self.keys.access_key)

    @property
    def keys(self) -> Any:
        """The credentials of whoever deployed the stack."""
        found = self.session.get_credentials()
        assert found is not None
        return found.get_frozen_credentials()

    def client(self, service: str, region: str) -> Any:
        """Return the client for a service, the same one each time."""
        key = (service, region)
        if key not in self._clients:
            made = self.session.client(service, region_name=region)  # type: ignore[call-overload]
            self._clients[key] = made
        return self._clients[key]


@dataclass(frozen=True)
class Person:
    """Somebody who signed up."""

    sub: str
    email: str


@dataclass(frozen=True)
class Account:
    """One stack of an account, seen from outside.

    ada, eve: two people who are signed up only once, since Cognito sends few e-mails a day.
    """

    aws: AwsAccount
    stack_name: str

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs by key."""
        cloudformation = self.client("cloudformation")
        [stack] = cloudformation.describe_stacks(StackName=self.stack_name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def client(self, service: str) -> Any:
        """Return the client for a service, the same one each time."""
        return self.aws.client(service, self.region)

    @property
    def region(self) -> str:
        return self.aws.session.region_name

    @property
    def pool_id(self) -> str:
        return self.outputs["UserPoolId"]

    @property
    def api_host(self) -> str:
        return urlsplit(self.outputs["GraphqlUrl"]).netloc

    @cached_property
    def graphql(self) -> GraphqlClient:
        url = self.outputs["GraphqlUrl"]
        return GraphqlClient(self.aws.endpoint_url, url, self.region)

    def realtime(self, token: str) -> AbstractAsyncContextManager[Socket]:
        """Open a WebSocket with this token."""
        url = self.outputs["GraphqlUrl"].replace("appsync-api", "appsync-realtime-api")
        own = urlsplit(url)
        place = urlsplit(self.aws.endpoint_url or url)
        scheme = "ws" if place.scheme == "http" else "wss"
        return connected(
            f"{scheme}://{place.netloc}{own.path}", self.authorization(token), host=own.netloc
        )

    def authorization(self, token: str) -> dict[str, str]:
        """Return what a real-time client sends."""
        return {"Authorization": token, "host": self.api_host}

    @cached_property
    def ada(self) -> Person:
        return self.onboard()

    @cached_property
    def eve(self) -> Person:
        return self.onboard()

    def sign_up(self, **attributes: str) -> Person:
        """Sign somebody up.

        The address belongs to Amazon SES's mailbox simulator, which accepts any label.
        https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
        """
        email = f"success+{secrets.token_hex(6)}@simulator.amazonses.com"
        given = {"email": email, **attributes}
        answer = self.client("cognito-idp").sign_up(
            ClientId=self.outputs["UserPoolClientId"],
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": name, "Value": value} for name, value in given.items()],
        )
        return Person(answer["UserSub"], email)

    def confirm(self, person: Person) -> None:
        """Confirm somebody as an administrator does, since nobody reads their e-mail."""
        self.client("cognito-idp").admin_confirm_sign_up(
            UserPoolId=self.pool_id, Username=person.email
        )

    def onboard(self) -> Person:
        """Sign somebody up and confirm them."""
        person = self.sign_up()
        self.confirm(person)
        return person

    def token(self, person: Person) -> str:
        """Sign somebody in through a client that allows passwords; return the access token."""
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


@cache
def account_of_the_environment() -> AwsAccount:
    """Return the account that the environment points to."""
    return AwsAccount(aws_session())


def settled(cloudformation: Any, stack: str) -> str:
    """Wait until no operation runs on a stack and return its status. stack: its name or id."""
    for _ in PollInterval().rounds():
        found = describe_stack(cloudformation, stack)
        status = found["StackStatus"] if found else DELETED
        if status == "REVIEW_IN_PROGRESS" or not status.endswith("_IN_PROGRESS"):
            return status
    raise TimeoutError(f"{stack} is {status} after an hour")

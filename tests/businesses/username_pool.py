"""The real stack around an older pool, in which people sign in with usernames."""

from typing import Any

from django.conf import settings

from aws_setup.deployment.service import NO_OPTIONS
from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template
from aws_setup.template.parameters import backend_parameters
from tests.aws_setup.operator import Operator
from tests.businesses.account import REGION
from tests.businesses.deployed import PASSWORD, Deployed


def deploy_around_usernames(aws: LocalAws, template: str, **pool: Any) -> None:
    """Reset the account to hold a pool with these settings, and the stack that uses it."""
    aws.reset()
    created = aws.client("cognito-idp", REGION).create_user_pool(PoolName="old", **pool)
    options = ExistingOptions(user_pool_id=created["UserPool"]["Id"])
    operator(aws, template, options).deploy()


def operator(aws: LocalAws, template: str = "", options: ExistingOptions = NO_OPTIONS) -> Operator:
    """Return somebody who deploys; by default the template of now."""
    return Operator(
        lambda service: aws.client(service, REGION),
        template or render_template(),
        stack=settings.BACKEND_STACK_NAME,
        region=REGION,
        options=options,
        parameters=backend_parameters(),
    )


class UsernamePool(Deployed):
    """The stack, and people with usernames, which are free again once their users are deleted."""

    def begin(self, username: str, email: str = "") -> str:
        """Sign somebody up who does not confirm; return the sub."""
        attributes = [{"Name": "email", "Value": email or f"{username}@example.com"}]
        sub: str = self.cognito.sign_up(
            ClientId=self.outputs["UserPoolClientId"],
            Username=username,
            Password=PASSWORD,
            UserAttributes=attributes,
        )["UserSub"]
        return sub

    def create(self, username: str, email: str = "") -> str:
        """Create somebody confirmed for whom no trigger runs; return the sub."""
        user = self.cognito.admin_create_user(
            UserPoolId=self.pool,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email or f"{username}@example.com"}],
        )["User"]
        self.confirm(username)
        [sub] = (each["Value"] for each in user["Attributes"] if each["Name"] == "sub")
        return str(sub)

    def finish(self, username: str) -> None:
        """Confirm a sign-up."""
        self.cognito.admin_confirm_sign_up(UserPoolId=self.pool, Username=username)

    def onboarded(self, username: str, email: str = "") -> str:
        """Sign somebody up for whom all goes well; return the sub."""
        sub = self.begin(username, email)
        self.finish(username)
        return sub

    def got_stuck(self, username: str, email: str = "") -> str:
        """Sign somebody up whose onboarding fails; return the sub."""
        sub = self.begin(username, email)
        with self.without_group():
            self.finish(username)
        return sub

    def delete(self, username: str) -> None:
        """Delete a user, whose username is free again."""
        self.cognito.admin_delete_user(UserPoolId=self.pool, Username=username)

    def members(self) -> set[str]:
        """Return the subs of the group's members."""
        users = self.cognito.list_users_in_group(UserPoolId=self.pool, GroupName="businesses")
        attributes = (each for user in users["Users"] for each in user["Attributes"])
        return {each["Value"] for each in attributes if each["Name"] == "sub"}

    def business_ids(self) -> set[str]:
        """Return the ids of all Businesses."""
        table = self.outputs["BusinessTableName"]
        return {item["id"]["S"] for item in self.dynamodb.scan(TableName=table)["Items"]}

"""Plays the demo's month in the embedded AWS, through the same doors as in a real account."""

import secrets
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

from django.core.management import call_command

from aws_setup.demo.month import Event, LeavesGroup, Runs, SignsUp
from aws_setup.demo.people import Cause, Person
from aws_setup.local.server import LocalAws

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

# What Cognito answers to the API in each outage.
ANSWERS = {
    Cause.GROUP_MISSING: ("ResourceNotFoundException", "Group not found."),
    Cause.ROLE_REFUSED: (
        "AccessDeniedException",
        "The role of the API is not authorized to perform: cognito-idp:AdminAddUserToGroup",
    ),
}


class Stage:
    """The deployed stack, at any time of the month. outputs: of the stack."""

    def __init__(
        self, aws: LocalAws, cognito: "CognitoIdentityProviderClient", outputs: dict[str, str]
    ) -> None:
        self._aws = aws
        self._cognito = cognito
        self.outputs = outputs

    def play(self, events: list[Event]) -> Iterator[Event]:
        """Let the events happen, each at its time, and yield each after it."""
        for event in events:
            with self._aws.clock.at(event.at):
                self._happen(event)
            yield event

    def _happen(self, event: Event) -> None:
        match event:
            case SignsUp(person=person, cause=Cause.TRIGGER_NEVER_RAN):
                self._create_without_trigger(person)
            case SignsUp(person=person, cause=cause):
                if cause:
                    error_type, message = ANSWERS[cause]
                    self._aws.faults.fail("AdminAddUserToGroup", error_type, message=message)
                self.confirm(person.email, self.code_for(self.sign_up(person)))
            case LeavesGroup(email=email):
                self._cognito.admin_remove_user_from_group(
                    UserPoolId=self.outputs["UserPoolId"],
                    GroupName=self.outputs["GroupName"],
                    Username=email,
                )
            case Runs(command=command):
                call_command(*command, stdout=StringIO(), stderr=StringIO())

    def sign_up(self, person: Person) -> str:
        """Sign a person up and return their `sub`. Raises botocore's ClientError."""
        sub: str = self._cognito.sign_up(
            ClientId=self.outputs["UserPoolClientId"],
            Username=person.email,
            Password=f"Aa1-{secrets.token_urlsafe(16)}",
            UserAttributes=[
                {"Name": "email", "Value": person.email},
                {"Name": "custom:business_name", "Value": person.business_name},
            ],
        )["UserSub"]
        return sub

    def code_for(self, sub: str) -> str:
        """Return the code that Cognito would have sent to a user."""
        return self._aws.code_for(self.outputs["UserPoolId"], sub)

    def confirm(self, email: str, code: str) -> None:
        """Confirm a sign-up with its code. Raises botocore's ClientError."""
        self._cognito.confirm_sign_up(
            ClientId=self.outputs["UserPoolClientId"], Username=email, ConfirmationCode=code
        )

    def _create_without_trigger(self, person: Person) -> None:
        """Create a user as an import does, which invokes no trigger."""
        pool = self.outputs["UserPoolId"]
        self._cognito.admin_create_user(
            UserPoolId=pool,
            Username=person.email,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": person.email},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "custom:business_name", "Value": person.business_name},
            ],
        )
        self._cognito.admin_set_user_password(
            UserPoolId=pool,
            Username=person.email,
            Password=f"Aa1-{secrets.token_urlsafe(16)}",
            Permanent=True,
        )

"""`manage.py demo_group`: break the running demo's onboarding, and mend it again."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aws_setup.calls.clients import aws_session, translated_errors
from aws_setup.demo.running import RunningDemo, use_only
from aws_setup.exceptions import AwsSetupError

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

BREAK, MEND = "break", "mend"


class Command(BaseCommand):
    help = "Delete the group of the running demo, or create it again with its members."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=[BREAK, MEND])

    def handle(self, *, what: str, **options: Any) -> None:
        try:
            demo = RunningDemo.read()
            use_only(demo.environment)
            with translated_errors():
                cognito = aws_session().client("cognito-idp")
                said = _break(cognito, demo) if what == BREAK else _mend(cognito, demo)
        except AwsSetupError as error:
            raise CommandError(f"{error}\n{error.hint}") from error
        self.stdout.write(said)


def _break(cognito: "CognitoIdentityProviderClient", demo: RunningDemo) -> str:
    try:
        pages = cognito.get_paginator("list_users_in_group").paginate(
            UserPoolId=demo.user_pool_id, GroupName=demo.group
        )
        demo.members = [user["Username"] for page in pages for user in page["Users"]]
        cognito.delete_group(UserPoolId=demo.user_pool_id, GroupName=demo.group)
    except cognito.exceptions.ResourceNotFoundException:
        return f'The group "{demo.group}" is missing already. `make mend-group` brings it back.'
    demo.write()
    return (
        f'The group "{demo.group}" with its {len(demo.members)} members is deleted. Whoever '
        "confirms now gets stuck. `make mend-group` brings it back."
    )


def _mend(cognito: "CognitoIdentityProviderClient", demo: RunningDemo) -> str:
    try:
        cognito.create_group(UserPoolId=demo.user_pool_id, GroupName=demo.group)
    except cognito.exceptions.GroupExistsException:
        return f'The group "{demo.group}" is there. Nothing was changed.'
    for username in demo.members:
        with suppress(cognito.exceptions.UserNotFoundException):
            cognito.admin_add_user_to_group(
                UserPoolId=demo.user_pool_id, GroupName=demo.group, Username=username
            )
    return (
        f'The group "{demo.group}" is back, with its {len(demo.members)} members. Whoever got '
        "stuck meanwhile waits in the admin for a retry."
    )

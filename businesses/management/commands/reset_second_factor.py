"""Removes the second factor of somebody who lost their phone and their recovery codes."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from businesses.management.arguments import given
from businesses.pages.staff.second_factor.changes import REMOVED_BY_COMMAND, remove


class Command(BaseCommand):
    help = "Remove the second factor and the recovery codes of a staff account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", type=given, help="The name that the account logs in with.")

    def handle(self, *, name: str, **options: Any) -> None:
        user = User.objects.filter(username=User.normalize_username(name)).first()
        if user is None:
            raise CommandError("There is no account with this name. Nothing was changed.")
        if not remove(user, user, REMOVED_BY_COMMAND):
            raise CommandError("This account has no second factor. Nothing was changed.")
        self.stdout.write(
            "The second factor was removed. If REQUIRE_SECOND_FACTOR is on, the account has to set"
            " up a new one at its next login; otherwise the password is enough."
        )

"""`manage.py forget_person`: erase a person from the tables and from the history."""

import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError, CommandParser

from businesses.aws.cognito.user_directory import UserDirectory
from businesses.aws.stack import BUSINESS_TABLE, ONBOARDING_TABLE, POOL, Stack
from businesses.aws.tables.personal_items import PersonalItems
from businesses.exceptions import BusinessesError
from businesses.maintenance.erasure.person import FoundPerson, PersonSearch
from businesses.maintenance.erasure.service import Erasure
from businesses.management.arguments import given
from businesses.management.backend import command_stack
from businesses.management.progress_line import INTERRUPTED, one_line

AGAIN = "What is reported above is erased. Run it again for the rest."
STAYS = """\
What stays for a while:
  point-in-time recovery of both tables: 35 days, then it is gone
  logs in CloudWatch: 90 days; they hold subs, and what AWS said about failures
  backups of the tables and of the site's database, and exported files: as long as you keep them"""


class Command(BaseCommand):
    help = (
        "Erase a person: their businesses, their onboarding record, and their name and address in "
        "the history. The user in Cognito stays. You can run it again at any time."
    )
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", type=given, metavar="SUB|EMAIL", help="Whom to erase.")
        parser.add_argument(
            "--username",
            type=given,
            action="append",
            default=[],
            help="An earlier username of the person, if neither Cognito nor a record tells it any "
            "more. Further businesses are found by their owner, which is sub::username.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would go, and stop.")
        parser.add_argument("--yes", action="store_true", help="Erase without asking.")

    def handle(
        self, *, person: str, username: list[str], dry_run: bool, yes: bool, **options: Any
    ) -> None:
        self._stdin = options.get("stdin") or sys.stdin
        begun = False
        try:
            with command_stack() as stack:
                items, found = self._find(stack, person, username)
                if found is None:
                    self.stdout.write("Nobody has this address. Nothing was changed.")
                    return
                erasure = Erasure(items, found)
                self._describe(found, erasure)
                if dry_run or not erasure.is_needed:
                    self.stdout.write("Nothing was changed.")
                elif yes or self._agrees(found.sub):
                    begun = True
                    for line in erasure.run():
                        self.stdout.write(one_line(line))
                self._tell_what_stays(found, stack.outputs[POOL])
        except BusinessesError as error:
            told = [str(error), error.hint, *([AGAIN] if begun else [])]
            raise CommandError("\n".join(told)) from error
        except KeyboardInterrupt as interrupt:
            state = AGAIN if begun else "Nothing was changed."
            raise CommandError(f"Interrupted. {state}", returncode=INTERRUPTED) from interrupt

    def _find(
        self, stack: Stack, person: str, usernames: list[str]
    ) -> tuple[PersonalItems, FoundPerson | None]:
        outputs, executor = stack.outputs, ThreadPoolExecutor(1)
        items = PersonalItems(
            stack.client("dynamodb"), outputs[BUSINESS_TABLE], outputs[ONBOARDING_TABLE]
        )
        pool = UserDirectory(
            stack.client("cognito-idp"), outputs[POOL], cache=cache, executor=executor
        )
        search = PersonSearch(items, pool)
        sub = search.sub_of(person.strip())
        return items, search.find(sub, usernames) if sub else None

    def _describe(self, found: FoundPerson, erasure: Erasure) -> None:
        """Write what is to be erased, without names and addresses."""
        out = self.stdout.write
        where = f"{settings.BACKEND_STACK_NAME} in {settings.AWS_REGION}"
        out(f"To be erased in {where} and on this site, of {one_line(found.sub)}:")
        if not erasure.is_needed:
            out("  nothing is left in the tables, and the history names nobody")
        for item in found.businesses:
            out(one_line(f"  the business {item['id']}"))
        if found.counted and not found.businesses:
            out("  the count of their businesses")
        if found.onboarding:
            out("  the onboarding record")
        if erasure.entries:
            out(f"  the name and the address in {len(erasure.entries):,} history entries")
        if found.doubtful:
            out("Perhaps theirs, but nothing proves it, so these stay. Look at them in the admin:")
            for item in found.doubtful:
                out(one_line(f"  the business {item['id']}"))

    def _agrees(self, sub: str) -> bool:
        if not self._stdin.isatty():
            raise CommandError(
                "Nobody can be asked here, and nothing was changed. Add --yes to erase this person."
            )
        self.stdout.write(f"Erase all of this for good? Type {one_line(sub)} to agree: ", ending="")
        self.stdout.flush()
        if self._stdin.readline().strip() in {sub, one_line(sub)}:
            return True
        self.stdout.write("Nothing was changed.")
        return False

    def _tell_what_stays(self, found: FoundPerson, pool: str) -> None:
        if found.user:
            name = shlex.quote(found.user.username)
            self.stdout.write(
                "The user stays in Cognito. As long as they do, the next sweep records them as "
                "stuck again. Delete them:\n"
                f"  aws cognito-idp admin-delete-user --region {settings.AWS_REGION} "
                f"--user-pool-id {pool} --username {name}"
            )
        self.stdout.write(STAYS)

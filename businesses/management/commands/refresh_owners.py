"""`manage.py refresh_owners`: give businesses back to owners whom the API does not recognise."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.core.cache import cache
from django.utils import timezone

from businesses.aws.cognito.user_directory import UserDirectory
from businesses.aws.stack import BUSINESS_TABLE, POOL, Stack
from businesses.aws.tables.record_rewrites import RecordRewrites
from businesses.maintenance.owners import READ, Owners, OwnerWrites
from businesses.maintenance.refresh import Refresh
from businesses.management.refresh_command import RefreshCommand
from businesses.management.refresh_report import RefreshWords


class Command(RefreshCommand):
    help = (
        "Write the owners of all businesses as the API compares them, sub::username, where the "
        "user pool is certain of the person. You can stop it and run it again at any time; a "
        "second run writes nothing."
    )
    words = RefreshWords(
        new="the whole owner",
        mend="Where you know for certain whose they are, write the owner as sub::username",
    )

    def refresh_of(self, stack: Stack, wait: Callable[[], object]) -> Refresh:
        table = RecordRewrites(stack.client("dynamodb"), stack.outputs[BUSINESS_TABLE], READ)
        pool = UserDirectory(
            stack.client("cognito-idp"),
            stack.outputs[POOL],
            cache=cache,
            executor=ThreadPoolExecutor(1),
        )
        owners = Owners(pool.find_user, timezone.now)
        return Refresh(table=OwnerWrites(table), change_of=owners.change_of, wait=wait)

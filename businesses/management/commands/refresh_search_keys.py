"""`manage.py refresh_search_keys`: give every Business the keys that searches compare today."""

from collections.abc import Callable

from businesses.aws.stack import BUSINESS_TABLE, Stack
from businesses.aws.tables.record_rewrites import RecordRewrites
from businesses.maintenance.refresh import Refresh
from businesses.management.refresh_command import RefreshCommand
from businesses.management.refresh_report import RefreshWords
from businesses.records.key_changes import READ, key_change


class Command(RefreshCommand):
    help = (
        "Compare the search keys of all businesses with their names and addresses, and write those "
        "that differ. You can stop it and run it again at any time; a second run writes nothing."
    )
    words = RefreshWords(new="new keys", mend="Mend them", changed=", with their keys")

    def refresh_of(self, stack: Stack, wait: Callable[[], object]) -> Refresh:
        table = RecordRewrites(stack.client("dynamodb"), stack.outputs[BUSINESS_TABLE], READ)
        return Refresh(table=table, change_of=key_change, wait=wait)

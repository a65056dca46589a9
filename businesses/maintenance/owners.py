"""Writes owners as the API compares them, where the user pool is certain whose a record is.

Amplify wrote the username alone until its command line reached version 8.1, some applications write
the sub alone, and some no owner.
https://docs.amplify.aws/gen1/react/tools/cli/migration/identity-claim-changes/
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from businesses.audit.history import Action, Kind, Staff, write_history
from businesses.aws.cognito.memberships import FindUser
from businesses.aws.tables.record_rewrites import RecordRewrites, ScannedPage
from businesses.records.attributes import is_absent, is_of, text
from businesses.records.business import TYPENAME
from businesses.records.identity import Identity, looks_like_sub
from businesses.records.record_change import RecordChange
from businesses.records.user import PoolUser

READ = ("__typename", "owner", "createdAt")
BY = Staff(None, "refresh_owners")
MOST_REMEMBERED = 10_000  # users; an owner may have many records

OTHER_TYPE = f'its __typename is not "{TYPENAME}"'
NO_TEXT = "its owner is no text"
NOT_OWN_ID = "it has no owner, and its id is nobody's sub"
NO_USERNAME = "nobody in the user pool has its owner as username"
NOBODY = "nobody in the user pool has its owner as sub or as username"
TWO_USERS = "its owner is the sub of one user and the username of another"
NO_MOMENT = "its createdAt tells no moment, and its owner's username may have been somebody else's"
TO_COME = "its createdAt is still to come"
NOT_OLDER = (
    "the user with its owner's username is not older than the record, which may be somebody else's"
)


class Owners:
    """Tells whose records are. clock: the time now, aware.

    A sub is nobody else's, ever. A username is somebody else's once its user is deleted, so it
    counts only if the user who has it now was created before the record. A record that names nobody
    belongs to the user whose sub is its id, as the pipeline writes it.
    """

    def __init__(self, find_user: FindUser, clock: Callable[[], datetime]) -> None:
        @lru_cache(MOST_REMEMBERED)
        def find(attribute: str, value: str) -> PoolUser | None:
            return find_user(attribute, value, math.inf)

        self._find, self._clock = find, clock

    def change_of(self, item: Mapping[str, Any]) -> RecordChange:
        """Return the owner to be written; none where it is right. Raises UserPoolMissing."""
        owner = text(item, "owner")
        if all(owner.partition("::")):
            return RecordChange(item=item, texts={})
        found = self._owner_of(item, owner)
        if isinstance(found, str):
            return RecordChange(item=item, texts={}, problems=(found,))
        whole = f"{found.sub}::{found.username}"
        return RecordChange(item=item, texts={"owner": whole}, told_by=("owner", "createdAt"))

    def _owner_of(self, item: Mapping[str, Any], owner: str) -> PoolUser | str:
        """Return the user, or why nobody can be told for certain."""
        if text(item, "__typename") != TYPENAME:
            return OTHER_TYPE
        if owner:
            return self._named(item, owner)
        if not (is_absent(item, "owner") or is_of(item, "owner", "S")):
            return NO_TEXT
        record_id = text(item, "id")
        return (looks_like_sub(record_id) and self._find("sub", record_id)) or NOT_OWN_ID

    def _named(self, item: Mapping[str, Any], owner: str) -> PoolUser | str:
        may_be_sub = looks_like_sub(owner)
        by_sub = self._find("sub", owner) if may_be_sub else None
        if by_sub and by_sub.username == owner:
            return by_sub
        by_username = self._find("username", owner)
        if by_sub and by_username:
            return TWO_USERS
        if by_sub:
            return by_sub
        if not by_username:
            return NOBODY if may_be_sub else NO_USERNAME
        return self._doubt(item, by_username) or by_username

    def _doubt(self, item: Mapping[str, Any], user: PoolUser) -> str:
        """Return why a record may be of somebody who had the username before; "" if it is not."""
        created = _moment(text(item, "createdAt"))
        if created is None:
            return NO_MOMENT
        if created > self._clock():
            return TO_COME
        return "" if user.created_at < created else NOT_OLDER


class OwnerWrites:
    """The Business table, with an entry in the history before an owner is written."""

    def __init__(self, table: RecordRewrites) -> None:
        self._table = table

    def page(self, after: str) -> ScannedPage:
        """Read the next items; see RecordRewrites."""
        return self._table.page(after)

    def write(self, change: RecordChange) -> bool:
        """Write an owner; see RecordRewrites. Raises HistoryUnwritable, having written nothing."""
        before = _form(text(change.item, "owner"), Identity.of_owner(change.texts["owner"]))
        _note(change, Action.REFRESHED, f"Takes the owner from Cognito; there was {before}.")
        try:
            is_written = self._table.write(change)
        except ValueError:
            _note(change, Action.NOT_CHANGED, "The owner stays as it was. DynamoDB refused it.")
            raise
        if not is_written:
            why = "The record was changed meanwhile."
            _note(change, Action.NOT_CHANGED, f"The owner stays as it was. {why}")
        return is_written


def _note(change: RecordChange, action: str, message: str) -> None:
    write_history(BY, action, [change.id], message, kind=Kind.BUSINESS)


def _form(owner: str, whole: Identity) -> str:
    if not owner:
        return "none"
    return "a sub alone" if owner == whole.sub else "a username alone"


def _moment(written: str) -> datetime | None:
    """Read an ISO 8601 time; None if it is none, or does not tell its time zone."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else None

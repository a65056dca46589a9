"""What a few records of an existing Business table tell: how owners are written, and by whom.

AppSync's own attributes mark a table that clients of Amplify's DataStore use. In their schema two
of them cannot be null, so a record without them fails to be read there.
https://docs.aws.amazon.com/appsync/latest/devguide/conflict-detection-and-sync.html
https://github.com/aws-amplify/amplify-js/issues/12473
Amplify wrote the username alone as the owner until its command line reached version 8.1.
https://docs.amplify.aws/gen1/react/tools/cli/migration/identity-claim-changes/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from aws_setup.existing.tables.fitness import DELETED, unseen_deletions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST = 100  # how many items are looked at: one call, of at most 1 MB
TYPENAME = "Business"
COUNT = "count#"  # what the id of an item begins with that counts an owner's businesses
VERSION = "_version"
READ = ("id", "__typename", "owner", VERSION, DELETED)
MENDED = (
    " Once the backend is deployed, `manage.py refresh_owners` writes it for each record of which "
    "the user pool is certain."
)
_SUB = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class OwnerForm(StrEnum):
    """How a record names its owner, in words."""

    COMPARED = "sub::username"
    SUB = "a sub alone"
    USERNAME = "a username alone"
    NONE = "no owner"

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """Return the form of an item of the low-level client."""
        owner = item.get("owner", {}).get("S", "")
        if not owner:
            return cls(cls.NONE)
        if all(owner.partition("::")):
            return cls(cls.COMPARED)
        return cls(cls.SUB if _SUB.fullmatch(owner) else cls.USERNAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSample:
    """Some records of a table, counted.

    size: how many there are. owners: how many of them, by the form of the owner; those that
    DataStore deleted are not among these. askable: how many name nobody as the API compares it, but
    somebody whom the user pool may know. others: how many are no `Business`. versioned: how many
    have a version of AppSync's. deleted: how many are marked as deleted.
    """

    table: str
    size: int = 0
    owners: Mapping[OwnerForm, int] = field(default_factory=dict)
    askable: int = 0
    others: int = 0
    versioned: int = 0
    deleted: int = 0

    @classmethod
    def read(cls, client: DynamoDBClient, table: str) -> Self:
        """Look at the first records of a table; no name and no address is read. Errors pass.

        DynamoDB scans in the order of the keys' hashes, so the first ones are like any others.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
        """
        names = {f"#{number}": name for number, name in enumerate(READ)}
        answer = client.scan(
            TableName=table,
            Limit=MOST,
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
        )
        items: list[Any] = [
            each for each in answer["Items"] if not each["id"].get("S", "").startswith(COUNT)
        ]
        deleted = [each for each in items if each.get(DELETED) == {"BOOL": True}]
        kept = [each for each in items if each not in deleted]
        return cls(
            table=table,
            size=len(items),
            owners=Counter(OwnerForm.of(each) for each in kept),
            askable=sum(map(_is_askable, kept)),
            others=sum(map(_is_other, kept)),
            versioned=sum(VERSION in each for each in items),
            deleted=len(deleted),
        )

    @property
    def refused(self) -> int:
        """How many records the API refuses to their owners."""
        return sum(number for form, number in self.owners.items() if form != OwnerForm.COMPARED)

    def told(self, table: Mapping[str, Any]) -> Iterator[str]:
        """Yield a sentence or more for each thing that does not work with such records.

        table: as DescribeTable returns it.
        """
        of = f"of {self.size:,} records of table {self.table} that were looked at"
        if self.refused:
            forms = ", ".join(
                f"{self.owners[form]:,} {form}" for form in OwnerForm if form in self.owners
            )
            yield (
                f"The owners {of}: {forms}. The API compares an owner with sub::username, and "
                f"refuses the other {self.refused:,} to their owners until that is written there."
                f"{MENDED if self.askable else ''}"
            )
        if self.others:
            yield (
                f"{self.others:,} {of} have another __typename than {TYPENAME}: no list and no "
                "search of the staff site shows them."
            )
        if self.versioned:
            yield (
                f"Amplify's DataStore uses table {self.table}: {self.versioned:,} {of} have a "
                f"_version, and {self.deleted:,} the mark of a deletion: those the API and the "
                "site leave out. What the API writes raises no _version. DataStore's clients fail "
                "to read a new business, which has none; they are not told of changes, and may "
                "undo them without noticing a conflict."
            )
            yield from unseen_deletions(table)


def _is_other(item: Mapping[str, Any]) -> bool:
    return bool(item.get("__typename") != {"S": TYPENAME})


def _is_askable(item: Mapping[str, Any]) -> bool:
    """Whether refresh_owners would ask the user pool about an item: by its owner, or by its id."""
    form = OwnerForm.of(item)
    if _is_other(item) or form is OwnerForm.COMPARED:
        return False
    return form is not OwnerForm.NONE or bool(_SUB.fullmatch(item["id"].get("S", "")))

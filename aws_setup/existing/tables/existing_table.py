"""An existing Business table, such as one that Amplify made: its key and its indexes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from aws_setup.exceptions import TableUnusable
from aws_setup.existing.tables.fitness import is_staying, key_arn, unfit
from aws_setup.existing.tables.notes import record_notes, table_notes
from aws_setup.existing.tables.restored_table import tags_of
from aws_setup.existing.tables.states import NOTHING_CHANGED, describe_table
from aws_setup.stack.poll_interval import PollInterval

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        GlobalSecondaryIndexDescriptionTypeDef,
        TableDescriptionTypeDef,
    )

# The answers of UpdateTable if the table is being changed, or the index exists.
_TWICE = {"LimitExceededException", "ResourceInUseException", "ValidationException"}
UNFIT = (
    "Name another table with --business-table, or leave it out for a new one. An index that "
    "nothing else reads can be deleted instead; then run it again with --add-indexes."
)
WITHOUT = {
    "byCreatedAt": "the list of businesses",
    "byEmail": "the search by e-mail address",
    "byName": "the search by name",
    "byOwner": "the search by owner",
}
# These indexes are sorted by a lower-case copy of the attribute, which Amplify does not write.
COPIED = {"byEmail": "email", "byName": "name"}


class ExistingTable:
    """The table, as it was when this object was made.

    properties: those of the template's own table, whose indexes this table needs as well.
    poll_interval: how often, and for how long, DynamoDB is asked; filling an index may take hours.
    is_in_use: whether a stack uses the table already. What makes it unfit is then among the notes,
    so that the rest of the stack can still be deployed.
    Raises TableUnusable if the table does not exist, or is unfit.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        name: str,
        properties: Mapping[str, Any],
        *,
        poll_interval: PollInterval,
        is_in_use: bool = False,
    ) -> None:
        self._client, self._name, self._properties, self._poll_interval = (
            client,
            name,
            properties,
            poll_interval,
        )
        table = describe_table(client, name)
        key: list[dict[str, Any]] = [dict(each) for each in table.get("KeySchema", [])]
        if key != properties["KeySchema"]:
            given = ", ".join(each["AttributeName"] for each in key)
            raise TableUnusable(
                f"Table {name} has the key ({given}); Business records are looked up by id alone. "
                f"{NOTHING_CHANGED}",
                hint="Name another table with --business-table, or leave it out for a new one.",
            )
        wanted = properties["GlobalSecondaryIndexes"]
        self._there = {name: each for name, each in _indexes(table).items() if is_staying(each)}
        self._missing = [each for each in wanted if each["IndexName"] not in self._there]
        self._unfit = list(unfit(table, wanted))
        if self._unfit and not is_in_use:
            raise TableUnusable(f"{' '.join(self._unfit)} {NOTHING_CHANGED}", hint=UNFIT)
        self.key_arn = key_arn(table)
        self._table, self._is_in_use = table, is_in_use

    @property
    def missing(self) -> Sequence[str]:
        """The names of the indexes that the table lacks."""
        return [index["IndexName"] for index in self._missing]

    def notes(self, stack: str) -> list[str]:
        """Return what does not work with this table, or is to be known about it.

        stack: the name of the stack that is to use it. Some records are looked at before it first
        uses the table; later, backend_status does so.
        """
        records = () if self._is_in_use else record_notes(self._client, self._table)
        return [
            *self._unfit,
            *(
                f"Table {self._name} is still building the index {name}: {WITHOUT[name]} works "
                "once that is ACTIVE."
                for name, each in self._there.items()
                if name in WITHOUT and each.get("IndexStatus") == "CREATING"
            ),
            *table_notes(self._client, self._table, self.tags, stack),
            *records,
        ]

    def notes_of_missing(self, command: str) -> list[str]:
        """Return for each missing index what doesn't work without it and how to add it.

        command: the command that adds the indexes.
        """
        return [
            f"Table {self._name} lacks the index {name}: {WITHOUT[name]} needs it. "
            f"`{command}` adds it.{_left_out(name)}"
            for name in self.missing
        ]

    def steps(self) -> list[str]:
        """Return a sentence for each thing that `add_indexes` would do."""
        return [
            f"Table {self._name} gets the index {name}; DynamoDB fills it from the records."
            f"{_left_out(name)}"
            for name in self.missing
        ]

    def add_indexes(self) -> Iterator[str]:
        """Add the missing indexes, one at a time, as DynamoDB requires.

        Yields the progress in words each time that DynamoDB was asked.
        After an interruption, DynamoDB finishes the current index; the next run adds the others.
        Raises TableUnusable.
        """
        for index in self._missing:
            yield from self._wait(index["IndexName"], until_there=False)
            self._add(index)
            yield from self._wait(index["IndexName"], until_there=True)

    def _add(self, index: Mapping[str, Any]) -> None:
        table = self._describe()
        created: Any = dict(index)
        throughput = table.get("ProvisionedThroughput", {})
        if throughput.get("ReadCapacityUnits"):  # 0 in a table with on-demand capacity
            created["ProvisionedThroughput"] = {
                name: throughput[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")
            }
        types: dict[str, Any] = {
            each["AttributeName"]: each
            for each in (*self._properties["AttributeDefinitions"], *table["AttributeDefinitions"])
        }
        keyed = [*table.get("GlobalSecondaryIndexes", []), *table.get("LocalSecondaryIndexes", [])]
        names = sorted(key_names([table, index, *keyed]))
        try:
            self._client.update_table(
                TableName=self._name,
                AttributeDefinitions=[types[name] for name in names],
                GlobalSecondaryIndexUpdates=[{"Create": created}],
            )
        except ClientError as error:
            # boto3 repeats a call whose answer was lost, and DynamoDB adds no index twice.
            refused = error.response["Error"]["Code"] in _TWICE
            if not (refused and index["IndexName"] in _indexes(self._describe())):
                raise

    def _wait(self, name: str, *, until_there: bool) -> Iterator[str]:
        """Wait until the table can be changed again and, if `until_there`, has the index."""
        for _ in self._poll_interval.rounds():
            table = self._describe()
            indexes = _indexes(table)
            states = {table["TableStatus"], *(each["IndexStatus"] for each in indexes.values())}
            if until_there:
                yield f"{name}: {_progress(indexes.get(name, {}), table)}"
            if states == {"ACTIVE"} and (name in indexes or not until_there):
                return
            if not until_there:
                yield f"{name}: waits until the table can be changed again"
        raise TableUnusable(
            f"Table {self._name} is still being changed; DynamoDB goes on by itself.",
            hint="Run `manage.py deploy_backend --add-indexes` again later.",
        )

    @cached_property
    def tags(self) -> Mapping[str, str] | None:
        """The table's own tags and those of AWS; None if they may not be read."""
        try:
            return tags_of(self._client, self._table["TableArn"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            return None

    def _describe(self) -> TableDescriptionTypeDef:
        return self._client.describe_table(TableName=self._name)["Table"]


def _indexes(
    table: TableDescriptionTypeDef,
) -> Mapping[str, GlobalSecondaryIndexDescriptionTypeDef]:
    return {each["IndexName"]: each for each in table.get("GlobalSecondaryIndexes", [])}


def _progress(index: Mapping[str, Any], table: TableDescriptionTypeDef) -> str:
    if not index.get("Backfilling"):
        return str(index.get("IndexStatus", "asked for")).lower()
    done, whole = index.get("ItemCount", 0), table.get("ItemCount", 0)
    whole = max(done, whole)  # they are counted at different times
    return f"filling, {done:,} of {whole:,} records (DynamoDB counts every six hours)"


def _left_out(index: str) -> str:
    attribute = COPIED.get(index)
    if not attribute:
        return ""
    return (
        f" It leaves out records without {attribute}Key, such as those that Amplify wrote: "
        f"{WITHOUT[index]} does not find them until updateBusiness writes their {attribute}."
    )


def key_names(keyed: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the attributes in the key schemas of a table and of its indexes."""
    return {key["AttributeName"] for each in keyed for key in each["KeySchema"]}

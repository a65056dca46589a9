"""A table that takes the place of another one, such as a copy that was restored from a backup.

DynamoDB restores the records, the keys and the indexes, and none of the settings that are set here.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CreateBackup.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aws_setup.exceptions import TableUnusable
from aws_setup.existing.deleted_by_hand import is_missing
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.stack_tags import RESERVED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ON = {"ENABLED", "ENABLING"}
REPLACES = (
    "{part} {old} gives way to {new}: the API, the trigger and the site use {new} alone from then "
    "on. {old} is kept with its contents, and no later deployment touches it. What was written to "
    "{old} alone is not in {new}."
)
BOTH_TAGGED = (
    "If the stack is removed and deployed anew some day, deploy_backend finds both by their tags "
    "and has you say with --adopt which one it takes over."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a table that a copy of it does not have.

    time_to_live: the attribute; "" for none. stream: which images the stream holds; "" for none.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    is_recoverable: bool = False
    is_protected: bool = False
    time_to_live: str = ""
    stream: str = ""

    @classmethod
    def of_table(cls, client: DynamoDBClient, name: str) -> Self:
        """Read them. Raises ResourceNotFoundException if there is no such table."""
        table = client.describe_table(TableName=name)["Table"]
        backups: Any = client.describe_continuous_backups(TableName=name)
        recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        time_to_live: Any = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        tags = tags_of(client, table["TableArn"])
        stream = table.get("StreamSpecification", {})
        return cls(
            tags={key: value for key, value in tags.items() if not key.startswith(RESERVED)},
            is_recoverable=recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
            is_protected=table.get("DeletionProtectionEnabled", False),
            time_to_live=(
                time_to_live["AttributeName"] if time_to_live.get("TimeToLiveStatus") in ON else ""
            ),
            stream=stream.get("StreamViewType", "") if stream.get("StreamEnabled") else "",
        )

    @classmethod
    def of_template(cls, properties: Mapping[str, Any], stack: str) -> Self:
        """Read them from the template's properties of a table; `stack` is the stack's name."""
        tags = {each["Key"]: each["Value"] for each in properties["Tags"]}
        return cls(
            tags={key: each if isinstance(each, str) else stack for key, each in tags.items()},
            is_recoverable=True,
            is_protected=True,
            time_to_live=properties.get("TimeToLiveSpecification", {}).get("AttributeName", ""),
        )

    def with_those_of(self, other: Settings) -> Settings:
        """Return these with whatever else the other table has."""
        return Settings(
            tags={**other.tags, **self.tags},
            is_recoverable=self.is_recoverable or other.is_recoverable,
            is_protected=self.is_protected or other.is_protected,
            time_to_live=self.time_to_live or other.time_to_live,
            stream=self.stream or other.stream,
        )


class RestoredTable:
    """The settings that a table still lacks in its new place.

    old: the table whose place it takes; "" if it has taken it already. wanted: what the template
    sets. The tags come first: by them the next run knows that a run which broke off is to go on.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        name: str,
        *,
        old: str,
        wanted: Settings,
        poll_interval: PollInterval,
    ) -> None:
        self._client, self._name, self._poll_interval = client, name, poll_interval
        has = Settings.of_table(client, name)
        if old:
            wanted = wanted.with_those_of(_settings_of_old(client, old))
        self._tags = {k: v for k, v in wanted.tags.items() if has.tags.get(k) != v}
        lacks: dict[str, tuple[bool, Callable[[], object]]] = {
            f"the tags {', '.join(self._tags)}": (bool(self._tags), self._tag),
            "point-in-time recovery": (
                wanted.is_recoverable and not has.is_recoverable,
                self._make_recoverable,
            ),
            "deletion protection": (wanted.is_protected and not has.is_protected, self._protect),
            f"the time to live {wanted.time_to_live}": (
                bool(wanted.time_to_live) and not has.time_to_live,
                lambda: self._expire(wanted.time_to_live),
            ),
            "a stream, under an ARN of its own, which its readers have to be given": (
                bool(wanted.stream) and not has.stream,
                lambda: self._stream(wanted.stream),
            ),
        }
        self._lacks = {words: call for words, (is_lacking, call) in lacks.items() if is_lacking}

    def steps(self) -> list[str]:
        """Return a sentence about what `finish` would set."""
        if not self._lacks:
            return []
        return [f"Table {self._name} gets what a copy lacks: {'; '.join(self._lacks)}."]

    def finish(self) -> Iterator[str]:
        """Set each of them, and yield it in words. May run twice."""
        for words, call in self._lacks.items():
            self._wait()
            call()
            yield f"{self._name}: has {words}"

    def _tag(self) -> None:
        tags: Any = [{"Key": key, "Value": value} for key, value in self._tags.items()]
        arn = self._client.describe_table(TableName=self._name)["Table"]["TableArn"]
        self._client.tag_resource(ResourceArn=arn, Tags=tags)

    def _make_recoverable(self) -> None:
        self._client.update_continuous_backups(
            TableName=self._name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )

    def _protect(self) -> None:
        self._client.update_table(TableName=self._name, DeletionProtectionEnabled=True)

    def _expire(self, attribute: str) -> None:
        self._client.update_time_to_live(
            TableName=self._name,
            TimeToLiveSpecification={"AttributeName": attribute, "Enabled": True},
        )

    def _stream(self, images: Any) -> None:
        self._client.update_table(
            TableName=self._name,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": images},
        )

    def _wait(self) -> None:
        """Wait until the table can be changed. Raises TableUnusable."""
        for _ in self._poll_interval.rounds():
            if (
                self._client.describe_table(TableName=self._name)["Table"]["TableStatus"]
                == "ACTIVE"
            ):
                return
        raise TableUnusable(
            f"Table {self._name} is still being changed.",
            hint="Run `manage.py deploy_backend` again later; it goes on where this run stopped.",
        )


def tags_of(client: DynamoDBClient, table_arn: str) -> Mapping[str, str]:
    """Return the tags of a table, those of AWS itself included."""
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=table_arn)
    return {each["Key"]: each["Value"] for page in pages for each in page["Tags"]}


def _settings_of_old(client: DynamoDBClient, name: str) -> Settings:
    """Return the settings of the table that gives way; none if it is gone."""
    try:
        return Settings.of_table(client, name)
    except client.exceptions.ClientError as error:
        if is_missing(error):
            return Settings()
        raise

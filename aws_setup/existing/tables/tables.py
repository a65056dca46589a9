"""The tables that a stack uses and did not make: an existing Business table, and restored ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from aws_setup.exceptions import TableUnusable
from aws_setup.existing.parameters import ExistingParameters, tables_of
from aws_setup.existing.tables.existing_table import ExistingTable
from aws_setup.existing.tables.fitness import key_arn, unfit_for_onboardings
from aws_setup.existing.tables.restored_table import BOTH_TAGGED, REPLACES, RestoredTable, Settings
from aws_setup.existing.tables.states import NOTHING_CHANGED, describe_table
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.states import IN_REVIEW

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX_SECONDS = 24 * 3600.0  # how long filling an index may take
RESTORE_AGAIN = "Restore it with its indexes under another name, and name that."


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedBy:
    """The stack that uses the tables.

    replaced: the names of the tables that give way now, by their parts of the template. is_new:
    whether the stack is to be created.
    """

    name: str
    is_new: bool
    replaced: Mapping[str, str]

    @classmethod
    def of(cls, name: str, stack: StackTypeDef | None, wanted: Mapping[str, str]) -> Self:
        """Return it for a stack of this name.

        stack: as DescribeStacks returns it; None if it does not exist. wanted: the tables that it
        is to use, by their parts; "" for its own.
        """
        if stack is None or stack["StackStatus"] == IN_REVIEW:
            return cls(name=name, is_new=True, replaced={})
        used = tables_of(stack)
        names = {part: table for part, table in wanted.items() if table and part in used}
        replaced = {part: used[part] for part, table in names.items() if table != used[part]}
        return cls(name=name, is_new=False, replaced=replaced)


class ExistingTables:
    """The tables as they were found once. Nothing is changed before `finish`.

    resources: those of the template, the stack's own tables among them. Raises TableUnusable.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        parameters: ExistingParameters,
        resources: Mapping[str, Any],
        stack: UsedBy,
        poll_interval: PollInterval,
    ) -> None:
        self._client, self._parameters = client, parameters
        self._stack = stack
        self._resources, self._poll_interval = resources, poll_interval
        self._business: ExistingTable | None = None
        self._restored = list[RestoredTable]()
        self.key_arns = list[str]()
        if parameters.business_table:
            self._find_business_table()
        if parameters.onboarding_table:
            self._find_onboarding_table()

    def notes(self, *, adds_indexes: bool) -> list[str]:
        """Return what does not work with the tables, or is to be known about them."""
        if not self._business:
            return []
        options = self._parameters.options() if self._stack.is_new else ""
        command = f"manage.py deploy_backend{options} --add-indexes"
        missing = [] if adds_indexes else self._business.notes_of_missing(command)
        return [*self._business.notes(self._stack.name), *missing]

    def left_behind(self) -> Mapping[str, str]:
        """Return a sentence for each table that gives way, by its part of the template."""
        names = self._parameters.tables
        return {
            part: f"{REPLACES.format(part=part, old=old, new=names[part])} {BOTH_TAGGED}"
            for part, old in self._stack.replaced.items()
        }

    def steps(self, *, adds_indexes: bool) -> list[str]:
        """Return a sentence for each thing that `finish` would do."""
        steps = [step for each in self._restored for step in each.steps()]
        return [*steps, *(self._business.steps() if self._business and adds_indexes else ())]

    def finish(self, *, adds_indexes: bool) -> Iterator[str]:
        """Do it; yield the progress in words. May run twice. Raises TableUnusable."""
        for each in self._restored:
            yield from each.finish()
        if self._business and adds_indexes:
            yield from self._business.add_indexes()

    def _find_business_table(self) -> None:
        name, part = self._parameters.business_table, "BusinessTable"
        self._business = ExistingTable(
            self._client,
            name,
            self._resources[part]["Properties"],
            poll_interval=replace(
                self._poll_interval, longest_seconds=10, limit_seconds=INDEX_SECONDS
            ),
            is_in_use=not (self._stack.is_new or part in self._stack.replaced),
        )
        self._find_settings(part, name, self._business.tags or {})
        self.key_arns += filter(None, [self._business.key_arn])

    def _find_onboarding_table(self) -> None:
        name, part = self._parameters.onboarding_table, "OnboardingTable"
        table = describe_table(self._client, name, "--onboarding-table")
        if unfit := list(unfit_for_onboardings(table, self._resources[part]["Properties"])):
            raise TableUnusable(f"{' '.join(unfit)} {NOTHING_CHANGED}", hint=RESTORE_AGAIN)
        self._find_settings(part, name, None)
        self.key_arns += filter(None, [key_arn(table)])

    def _find_settings(self, part: str, name: str, tags: Mapping[str, str] | None) -> None:
        """Look what a table lacks if it gets another one's place, or has got it in an earlier run.

        tags: those of the table; None for one that is nobody else's.
        """
        old = self._stack.replaced.get(part, "")
        wanted = Settings.of_template(self._resources[part]["Properties"], self._stack.name)
        is_ours = tags is None or wanted.tags.items() <= tags.items()
        if old or is_ours:
            self._restored.append(
                RestoredTable(
                    self._client, name, old=old, wanted=wanted, poll_interval=self._poll_interval
                )
            )


def key_list(arns: Sequence[str]) -> str:
    """Return the parameter that lists KMS keys, each once."""
    return ",".join(dict.fromkeys(filter(None, arns)))

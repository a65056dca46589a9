"""The result of one removal, for scripts."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from aws_setup.destruction.planned import PlannedResource
from aws_setup.existing.kept_resources import KeptResource


@dataclass(slots=True, kw_only=True)
class RemovalResult:
    """The result, as one object whose members are all always present.

    outcome: `removed`, `absent` (there is no such stack; its data may have been deleted now),
    `planned` (a dry run), `interrupted`, `unfinished` (CloudFormation goes on) or `failed`.
    resources: what becomes, or would become, of each resource of the stack.
    kept: the pool and the tables that stay. to_be_deleted: those that a dry run would delete with
    their data, or that a run was to delete and has not. deleted: those that are deleted. All three
    name as well what earlier stacks of the name have left.
    user_pool: a sentence about what the pool calls afterwards.
    error, hint: "" after a success.
    """

    outcome: str = "failed"
    account: str = ""
    region: str = ""
    stack: str
    resources: Sequence[PlannedResource] = ()
    kept: Sequence[KeptResource] = ()
    to_be_deleted: Sequence[KeptResource] = ()
    deleted: Sequence[KeptResource] = ()
    user_pool: str = ""
    error: str = "The run broke off; standard error says more."
    hint: str = ""

    def end(self, outcome: str, *, error: str = "", hint: str = "") -> None:
        """Set the outcome."""
        self.outcome, self.error, self.hint = outcome, error, hint

    def settle(
        self, kept: Iterable[KeptResource], in_use: Iterable[KeptResource], *, delete_data: bool
    ) -> None:
        """Note which data are to stay and which are to go."""
        if delete_data:
            self.to_be_deleted, self.kept = tuple(kept), tuple(in_use)
        else:
            self.kept = (*kept, *in_use)

    def note_deleted(self, resource: KeptResource) -> None:
        """Note that one of those that were to go is gone."""
        self.to_be_deleted = tuple(each for each in self.to_be_deleted if each != resource)
        self.deleted = (*self.deleted, resource)

    def as_json(self) -> str:
        """Return the result as one line of JSON."""
        return json.dumps(asdict(self))

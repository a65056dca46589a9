"""Plans an update in as many stages as CloudFormation needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.changes import Change, ChangeSet
from aws_setup.stack.plan.index_stages import first_stage
from aws_setup.stack.stack_tags import StackTags

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One change set. follows: a sentence for each thing that is left for a later stage."""

    change_set: ChangeSet
    follows: tuple[str, ...] = ()

    def pool_change(self) -> Change | None:
        """Return the change of the stack's own pool; None if this leaves the pool as it is."""
        changes = (each for each in self.change_set.changes if not each.is_reevaluated)
        of_pool = (
            each for each in changes if (each.logical_id, each.action) == ("UserPool", "Modify")
        )
        return next(of_pool, None)


def plan_stage(  # noqa: PLR0913 - by keyword
    change_sets: ChangeSets,
    body: str,
    parameters: Mapping[str, str],
    *,
    creates_stack: bool,
    tags: StackTags,
    stack: StackTypeDef | None = None,
) -> Stage:
    """Plan as much of the template as one update can do. Raises what `ChangeSets.plan` raises.

    stack: as DescribeStacks returns it, to tell which of its parameters and outputs change.
    """
    plan = partial(
        change_sets.plan,
        parameters=parameters,
        creates_stack=creates_stack,
        tags=tags,
        stack=stack,
    )
    whole = plan(body)
    first = first_stage(body, whole.changes)
    if first is None:
        return Stage(change_set=whole)
    change_sets.discard(whole)
    planned = plan(first.body)
    return Stage(change_set=planned, follows=first.follows)


def stages(
    change_sets: ChangeSets, body: str, parameters: Mapping[str, str], tags: StackTags
) -> Iterator[Stage]:
    """Plan the stages of an update one after the other; each is to be executed before the next."""
    follows = True
    while follows:
        stage = plan_stage(change_sets, body, parameters, creates_stack=False, tags=tags)
        yield stage
        follows = bool(stage.follows)

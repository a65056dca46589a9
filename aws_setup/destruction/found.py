"""What a removal finds before it touches anything: the stack, its data, and its pool's trigger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aws_setup.destruction.former_function import former_function
from aws_setup.existing.kept_resources import KeptResource, Left, find_kept, without_used
from aws_setup.existing.stored_data import StoredData
from aws_setup.existing.user_pool.trigger import PoolTrigger
from aws_setup.stack.attached_policies import POLICY, ROLE, refuse_attached, refuse_burdened
from aws_setup.stack.removal import StackRemoval, StackResource
from aws_setup.template.data_resources import DATA_RESOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found.

    kept: what this stack keeps, and what earlier stacks of its name have left. in_use: the tables
    that took the place of some of these, which their operator named. taken: sentences about what
    earlier stacks have left and other stacks have by now. trigger: the stack's function
    and its pool; None if either of them is missing. about_pool: what the pool calls next; "" if it
    does not call the stack's function now.
    """

    removal: StackRemoval | None = None
    resources: Sequence[StackResource] = ()
    kept: Sequence[KeptResource] = ()
    in_use: Sequence[KeptResource] = ()
    taken: Sequence[str] = ()
    trigger: PoolTrigger | None = None
    about_pool: str = ""

    @property
    def existing_pool(self) -> str:
        """The id of the pool that existed before the stack; "" if the stack made its own."""
        return self.removal.parameters.get("ExistingUserPoolId", "") if self.removal else ""


def look(  # noqa: PLR0913
    client: Callable[[str], Any],
    stack: str,
    removal: StackRemoval | None,
    data: StoredData,
    account: str,
    *,
    delete_data: bool,
) -> Found:
    """Look at everything that the removal concerns.

    delete_data: whether the data are to go, so that it counts who else uses them. Raises
    RemovalFailed if others attached policies that keep the stack from being deleted, or gave the
    pool a domain that keeps it from being deleted.
    """
    resources = removal.resources() if removal else ()
    if removal and not removal.is_running:
        _refuse_what_others_attached(client("iam"), removal, resources)
    left = _tagged_or_listed(client, stack, resources, data)
    if delete_data:
        left = without_used(client("cloudformation"), left, stack)
    # What the stack's parameters name was not made by the stack, and stays in any case.
    given = set(removal.parameters.values()) if removal else set()
    kept = tuple(each for each in left.free if each.physical_id not in given)
    if delete_data:
        data.refuse_with_domain(kept)
    if removal is None:
        return Found(kept=kept, taken=left.told())
    found = Found(
        removal=removal,
        resources=resources,
        kept=kept,
        in_use=tuple(each for each in left.free if each.physical_id in given),
        taken=left.told(),
    )
    return _with_trigger(client, found, removal, account)


def _refuse_what_others_attached(
    iam: Any, removal: StackRemoval, resources: Sequence[StackResource]
) -> None:
    def names(kind: str) -> Iterator[str]:
        there = (each for each in resources if not each.is_gone)
        return (each.physical_id for each in there if each.resource_type == kind)

    refuse_attached(iam, names(POLICY))
    refuse_burdened(iam, names(ROLE), removal.policy_names())


def _tagged_or_listed(
    client: Callable[[str], Any], stack: str, resources: Iterable[StackResource], data: StoredData
) -> Left:
    """Return the data that exist.

    Both ways are needed: a stack that was rolled back lists nothing, and the search by tags may not
    find a resource at once.
    """
    listed = (
        KeptResource(logical_id=resource.logical_id, physical_id=resource.physical_id)
        for resource in resources
        if resource.is_kept and resource.logical_id in DATA_RESOURCES and not resource.is_gone
    )
    tagged = find_kept(client("resourcegroupstaggingapi"), stack)
    return replace(tagged, free=data.still_there(dict.fromkeys((*listed, *tagged.free))))


def _with_trigger(
    client: Callable[[str], Any], found: Found, removal: StackRemoval, account: str
) -> Found:
    made = {resource.logical_id: resource.physical_id for resource in found.resources}

    def find(logical_id: str) -> str:
        return made.get(logical_id) or removal.physical_id(logical_id)

    if not (pool_id := found.existing_pool or find("UserPool")):
        return found
    if not (function_name := find("TriggerFunction")):
        return found
    cognito = client("cognito-idp")
    partition, region = cognito.meta.partition, cognito.meta.region_name
    pool_arn = f"arn:{partition}:cognito-idp:{region}:{account}:userpool/{pool_id}"
    displaced = removal.parameters.get("DisplacedTrigger", "")
    trigger = PoolTrigger(client=cognito, pool_id=pool_id, function_name=function_name)
    if not trigger.is_attached():
        return replace(found, trigger=trigger)
    former, about_pool = former_function(client("lambda"), pool_arn, displaced)
    return replace(found, trigger=replace(trigger, displaced=former), about_pool=about_pool)

"""What a removal does to each resource of the stack. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

from aws_setup.stack.removal import StackResource
from aws_setup.template.data_resources import DATA_RESOURCES
from aws_setup.terminal.progress import format_table

REMOVE, KEEP, DELETE = "Remove", "Keep", "DELETE WITH ITS DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedResource:
    """One resource. action: REMOVE, KEEP or DELETE. physical_id: "" if it is removed."""

    action: str
    logical_id: str
    resource_type: str
    physical_id: str


def planned(
    resources: Sequence[StackResource], deleted: Collection[str]
) -> tuple[PlannedResource, ...]:
    """Return what becomes of the resources that are not gone yet.

    deleted: the pool and the tables that are deleted with their data, by their physical ids; the
    group goes with its pool.
    """
    going = {
        each.logical_id
        for each in resources
        if each.logical_id in DATA_RESOURCES and each.physical_id in deleted
    }
    going |= {"Group"} if "UserPool" in going else set()

    def action(resource: StackResource) -> str:
        if not resource.is_kept:
            return REMOVE
        return DELETE if resource.logical_id in going else KEEP

    return tuple(
        PlannedResource(
            action=action(each),
            logical_id=each.logical_id,
            resource_type=each.resource_type,
            physical_id=each.physical_id if each.is_kept else "",
        )
        for each in resources
        if not each.is_gone
    )


def format_planned(plan: Iterable[PlannedResource]) -> str:
    """Return a table of the resources."""
    rows = [tuple(asdict(each).values()) for each in plan]
    return format_table([("Action", "Logical id", "Type", "Where"), *rows])

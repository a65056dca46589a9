"""Updates that would replace resources holding people's data. Pure."""

from collections.abc import Collection, Iterable, Sequence

from aws_setup.stack.changes import Change
from aws_setup.template.data_resources import DATA_RESOURCES

REPLACEABLE = (*DATA_RESOURCES, "Group")
# CloudFormation's own words; "Conditional" means that it depends on what the deployment finds.
VERBS = {"True": "is replaced", "Conditional": "may be replaced"}


def data_replacements(changes: Iterable[Change]) -> list[Change]:
    """Return the changes that replace, or may replace, a resource that holds people's data."""
    return [
        each for each in changes if each.logical_id in REPLACEABLE and each.replacement in VERBS
    ]


def unnamed(
    changes: Iterable[Change], further: Iterable[str], allowed: Collection[str]
) -> list[str]:
    """Return the logical ids of what would leave data behind and was not allowed to.

    further: those that do so without being replaced.
    """
    replaced = (each.logical_id for each in data_replacements(changes))
    return [each for each in (*further, *replaced) if each not in allowed]


def format_replacements(replacements: Sequence[Change]) -> list[str]:
    """Return a sentence for each replacement, which says what becomes of the data."""
    return [
        f"{change.logical_id} {change.physical_id} {VERBS[change.replacement]} by an empty one: "
        "its contents stay behind in the old one, which is kept but no longer used."
        for change in replacements
    ]

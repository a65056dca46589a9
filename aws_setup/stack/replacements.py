"""Updates that would replace resources holding people's data. Pure."""

from collections.abc import Iterable

from aws_setup.stack.changes import Change
from aws_setup.template.data_resources import DATA_RESOURCES

REPLACEABLE = (*DATA_RESOURCES, "Group")
# CloudFormation's own words; "Conditional" means that it depends on what the deployment finds.
VERBS = {"True": "is replaced", "Conditional": "may be replaced"}


def data_replacements(changes: Iterable[Change]) -> dict[str, str]:
    """Return a sentence for each change that replaces, or may replace, people's data.

    They are by the logical ids of the resources, and say what becomes of the data.
    """
    return {
        each.logical_id: f"{each.logical_id} {each.physical_id} {VERBS[each.replacement]} by an "
        "empty one: its contents stay behind in the old one, which is kept but no longer used."
        for each in changes
        if each.logical_id in REPLACEABLE and each.replacement in VERBS
    }

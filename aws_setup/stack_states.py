"""The state of a stack: read it, what it means for an operator, and what can be done about it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

IN_REVIEW = "REVIEW_IN_PROGRESS"  # a change set was made for a stack that does not exist yet
DELETED = "DELETE_COMPLETE"

SUCCEEDED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
UPDATABLE = SUCCEEDED | {"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A status in words: what is so, and the mend (for `format` with stack and region)."""

    text: str
    mend: str


_AWS = "`aws cloudformation {verb} --stack-name {{stack}} --region {{region}}`"
_DELETE = _AWS.format(verb="delete-stack")
_KEPT = (
    "The user pool and the tables of the failed attempt are empty and stay, being protected "
    "against deletion; its events name them. No other pool or table is touched."
)

MEANINGS = {
    "ROLLBACK_COMPLETE": Meaning(
        "its creation failed and was rolled back",
        f"Delete the empty stack with {_DELETE}, then run it again. {_KEPT}",
    ),
    "ROLLBACK_FAILED": Meaning(
        "its creation failed and not all that it had made could be removed",
        f"Delete the stack with {_DELETE}, then run it again. {_KEPT}",
    ),
    "CREATE_FAILED": Meaning(
        "its creation failed and nothing was rolled back",
        f"Delete the stack with {_DELETE}, then run it again. {_KEPT}",
    ),
    "UPDATE_FAILED": Meaning(
        "an update failed and was not rolled back",
        f"Roll it back with {_AWS.format(verb='rollback-stack')}, then run it again.",
    ),
    "UPDATE_ROLLBACK_COMPLETE": Meaning(
        "it is again what it was before",
        "Run it again.",
    ),
    "UPDATE_ROLLBACK_FAILED": Meaning(
        "an update failed, and so did going back",
        "Mend what its last events name, finish the rollback with "
        f"{_AWS.format(verb='continue-update-rollback')}, then run it again.",
    ),
    "DELETE_FAILED": Meaning(
        "it was being deleted and something could not be",
        f"Mend what its last events name and delete it again with {_DELETE}, then run it again.",
    ),
}
_OTHER = Meaning(
    "it takes no update in this state",
    f"Look at its events with {_AWS.format(verb='describe-stack-events')}.",
)


def meaning_of(status: str, *, stack: str, region: str) -> Meaning:
    """Return what the status means and its mend, with the commands filled in."""
    found = MEANINGS.get(status, _OTHER)
    return Meaning(found.text, found.mend.format(stack=stack, region=region))


def describe_stack(client: CloudFormationClient, name_or_id: str) -> StackTypeDef | None:
    """Return the stack as DescribeStacks has it, or None. A deleted one is found by id only."""
    try:
        return client.describe_stacks(StackName=name_or_id)["Stacks"][0]
    except ClientError as error:
        answer = error.response["Error"]
        if answer["Code"] == "ValidationError" and "does not exist" in answer["Message"]:
            return None
        raise

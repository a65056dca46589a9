"""The state of a stack: read it, what it means for an operator, and what can be done about it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.exceptions import SettingMissing

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

IN_REVIEW = "REVIEW_IN_PROGRESS"  # a change set was made for a stack that does not exist yet
DELETED = "DELETE_COMPLETE"

SUCCEEDED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
IMPORT_UNDONE = "IMPORT_ROLLBACK_COMPLETE"
TAKEN_BACK = "UPDATE_ROLLBACK_COMPLETE"
UPDATABLE = SUCCEEDED | {TAKEN_BACK, IMPORT_UNDONE}


@dataclass(frozen=True, slots=True)
class StatusExplanation:
    """A status in words: what is so, and the mend (for `format` with stack and region)."""

    text: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What can be done about a state from here, once the operator has agreed to it."""

    question: str
    start: Callable[[CloudFormationClient, str], object] | None  # by the stack's id; None: it runs
    wanted: frozenset[str] = frozenset()  # how it is to end; empty: any end will do


_AWS = "`aws cloudformation {verb} --stack-name {{stack}} --region {{region}}`"
_DELETE = "`manage.py destroy_backend`"  # which takes the trigger off the pool, too
_KEPT = (
    "The user pool and the tables of the failed attempt stay, being protected against deletion; "
    "the next creation adopts them. No other pool or table is touched."
)

EXPLANATIONS = {
    "ROLLBACK_COMPLETE": StatusExplanation(
        "its creation failed and was rolled back",
        f"Run it again and agree that the empty stack is deleted, or use {_DELETE}. {_KEPT}",
    ),
    "ROLLBACK_FAILED": StatusExplanation(
        "its creation failed and not all that it had made could be removed",
        f"Delete the stack with {_DELETE}, then deploy again. {_KEPT}",
    ),
    "CREATE_FAILED": StatusExplanation(
        "its creation failed and nothing was rolled back",
        f"Delete the stack with {_DELETE}, then deploy again. {_KEPT}",
    ),
    "UPDATE_FAILED": StatusExplanation(
        "an update failed and was not rolled back",
        "Run it again and agree that it is rolled back, or do that with "
        f"{_AWS.format(verb='rollback-stack')}.",
    ),
    TAKEN_BACK: StatusExplanation(
        "it is again what it was before",
        "Run it again.",
    ),
    IMPORT_UNDONE: StatusExplanation(
        "its import failed and was taken back",
        f"Run it again and agree that the stack is deleted if it is empty, or use {_DELETE}. "
        "What was to be imported stays as it was.",
    ),
    "UPDATE_ROLLBACK_FAILED": StatusExplanation(
        "an update failed, and so did going back",
        "Mend what its last events name, run it again and agree that the rollback is continued. "
        "What can't be mended is passed over with "
        f"{_AWS.format(verb='continue-update-rollback --resources-to-skip LOGICAL_ID')}.",
    ),
    DELETED: StatusExplanation("it is gone", f"Run it again to create it. {_KEPT}"),
    "DELETE_FAILED": StatusExplanation(
        "it was being deleted and something could not be",
        f"Mend what its last events name, delete it again with {_DELETE}, then deploy.",
    ),
}
_OTHER = StatusExplanation(
    "it takes no update in this state",
    f"Look at its events with {_AWS.format(verb='describe-stack-events')}.",
)


WATCH = Recovery(question="Watch what runs on it until it ends, and go on then?", start=None)
CREATE_ANEW = Recovery(
    question="Delete the empty stack and create it anew?",
    start=lambda client, stack_id: client.delete_stack(StackName=stack_id),
    wanted=frozenset({DELETED}),
)
RECOVERIES = {
    "ROLLBACK_COMPLETE": CREATE_ANEW,
    IMPORT_UNDONE: CREATE_ANEW,  # asked about for one that is empty
    "UPDATE_FAILED": Recovery(
        question="Roll the failed update back and go on then?",
        start=lambda client, stack_id: client.rollback_stack(StackName=stack_id),
        wanted=frozenset({"UPDATE_ROLLBACK_COMPLETE"}),
    ),
    "UPDATE_ROLLBACK_FAILED": Recovery(
        question="Continue the rollback and go on then?",
        start=lambda client, stack_id: client.continue_update_rollback(StackName=stack_id),
        wanted=frozenset({"UPDATE_ROLLBACK_COMPLETE"}),
    ),
}


def recovery_for(status: str) -> Recovery | None:
    """Return what can be done about the status; None where only the operator can do it."""
    return WATCH if status.endswith("_IN_PROGRESS") else RECOVERIES.get(status)


def explain_status(status: str, *, stack: str, region: str) -> StatusExplanation:
    """Return what the status means and its mend, with the commands filled in."""
    found = EXPLANATIONS.get(status, _OTHER)
    return StatusExplanation(found.text, found.mend.format(stack=stack, region=region))


def is_empty(client: CloudFormationClient, stack_id: str) -> bool:
    """Look whether the stack holds no resource, as after an import that was taken back.

    Whether CloudFormation goes on listing what it took back is not documented; it is not counted.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html
    """
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    listed = (each for page in pages for each in page["StackResourceSummaries"])
    return all(each["ResourceStatus"] in {DELETED, IMPORT_UNDONE} for each in listed)


def check_name(stack_name: str) -> None:
    """Raise SettingMissing for a name that CloudFormation does not take; make no call."""
    if not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", stack_name):
        raise SettingMissing(
            f"{stack_name!r} is no name for a stack, so AWS was not asked.",
            hint="Set BACKEND_STACK_NAME to letters, digits and hyphens, a letter first.",
        )


def describe_stack(client: CloudFormationClient, name_or_id: str) -> StackTypeDef | None:
    """Return the stack as DescribeStacks has it, or None. A deleted one is found by id only."""
    try:
        return client.describe_stacks(StackName=name_or_id)["Stacks"][0]
    except ClientError as error:
        answer = error.response["Error"]
        if answer["Code"] == "ValidationError" and "does not exist" in answer["Message"]:
            return None
        raise

"""The state of a stack: how to read it, what it means to an operator, and how to recover from it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.exceptions import SettingMissing, StackBusy, StackNotUpdatable, StackOfOthers
from aws_setup.stack.stack_tags import OURS

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

IN_REVIEW = "REVIEW_IN_PROGRESS"  # a change set exists for a stack that was not created yet
DELETED = "DELETE_COMPLETE"
PARAMETER = "ExistingUserPoolId"  # of every stack of ours, and hardly of another

SUCCEEDED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
IMPORT_UNDONE = "IMPORT_ROLLBACK_COMPLETE"
ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"
UPDATABLE = SUCCEEDED | {ROLLED_BACK, IMPORT_UNDONE}


@dataclass(frozen=True, slots=True)
class StatusExplanation:
    """What a status means and how to fix it. Both may hold {stack} and {region} to fill in."""

    text: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What the command itself can do about a stack's state once the operator has agreed."""

    question: str
    # Called with the client and the stack's id. None: the operation already runs.
    start: Callable[[CloudFormationClient, str], object] | None
    expected: frozenset[str] = frozenset()  # the statuses to end in; any if empty


_AWS = "`aws cloudformation {verb} --stack-name {{stack}} --region {{region}}`"
_DELETE = "`manage.py destroy_backend`"  # which also detaches the trigger from the pool
_KEPT = (
    "The user pool and the tables of the failed attempt stay, because they are protected against "
    "deletion; the next creation adopts them. No other pool or table is touched."
)

EXPLANATIONS = {
    "ROLLBACK_COMPLETE": StatusExplanation(
        "its creation failed and was rolled back",
        f"Run it again and agree to delete the empty stack, or use {_DELETE}. {_KEPT}",
    ),
    "ROLLBACK_FAILED": StatusExplanation(
        "its creation failed, and some of what it had made could not be removed",
        f"Delete the stack with {_DELETE}, then deploy again. {_KEPT}",
    ),
    "CREATE_FAILED": StatusExplanation(
        "its creation failed and nothing was rolled back",
        f"Delete the stack with {_DELETE}, then deploy again. {_KEPT}",
    ),
    "UPDATE_FAILED": StatusExplanation(
        "an update failed and was not rolled back",
        "Run it again and agree to roll the update back, or do that with "
        f"{_AWS.format(verb='rollback-stack')}.",
    ),
    ROLLED_BACK: StatusExplanation(
        "it is back in the state before the update",
        "Run it again.",
    ),
    IMPORT_UNDONE: StatusExplanation(
        "its import failed and was rolled back",
        f"Run it again and agree to delete the stack if it is empty, or use {_DELETE}. "
        "The resources that were to be imported are unchanged.",
    ),
    "UPDATE_ROLLBACK_FAILED": StatusExplanation(
        "an update failed, and rolling it back failed as well",
        "Fix what its last events name, run it again and agree to continue the rollback. To skip "
        "what can't be fixed, use "
        f"{_AWS.format(verb='continue-update-rollback --resources-to-skip LOGICAL_ID')}.",
    ),
    DELETED: StatusExplanation("it is deleted", f"Run it again to create it. {_KEPT}"),
    "DELETE_FAILED": StatusExplanation(
        "its deletion failed, and some of its resources are left",
        f"Fix what its last events name, delete it again with {_DELETE}, then deploy.",
    ),
}
_OTHER = StatusExplanation(
    "it takes no update in this state",
    f"Look at its events with {_AWS.format(verb='describe-stack-events')}.",
)


WATCH = Recovery(question="Watch the running operation until it ends, and then go on?", start=None)
CREATE_ANEW = Recovery(
    question="Delete the empty stack and create it again?",
    start=lambda client, stack_id: client.delete_stack(StackName=stack_id),
    expected=frozenset({DELETED}),
)
RECOVERIES = {
    "ROLLBACK_COMPLETE": CREATE_ANEW,
    IMPORT_UNDONE: CREATE_ANEW,  # offered only for a stack that is empty
    "UPDATE_FAILED": Recovery(
        question="Roll the failed update back, and then go on?",
        start=lambda client, stack_id: client.rollback_stack(StackName=stack_id),
        expected=frozenset({ROLLED_BACK}),
    ),
    "UPDATE_ROLLBACK_FAILED": Recovery(
        question="Continue the rollback, and then go on?",
        start=lambda client, stack_id: client.continue_update_rollback(StackName=stack_id),
        expected=frozenset({ROLLED_BACK}),
    ),
}


def recovery_for(status: str) -> Recovery | None:
    """Return how to recover from the status; None if only the operator can do that."""
    return WATCH if status.endswith("_IN_PROGRESS") else RECOVERIES.get(status)


def explain_status(status: str, *, stack: str, region: str) -> StatusExplanation:
    """Return what the status means and how to fix it, with stack and Region filled in."""
    found = EXPLANATIONS.get(status, _OTHER)
    return StatusExplanation(found.text, found.hint.format(stack=stack, region=region))


def must_create(client: CloudFormationClient, name: str, stack: StackTypeDef | None) -> bool:
    """Return whether the stack is to be created, rather than updated.

    stack: as DescribeStacks returns it; None if it does not exist.
    Raises StackBusy or StackNotUpdatable for a stack that can be neither created nor updated. A
    stack that a failed import left empty is one of those: an update would create new resources in
    place of those that were to be imported.
    """
    if stack is None or stack["StackStatus"] == IN_REVIEW:
        return True
    status, region = stack["StackStatus"], client.meta.region_name
    is_left_empty = status == IMPORT_UNDONE and is_empty(client, stack["StackId"])
    if status in UPDATABLE and not is_left_empty:
        return False
    if status.endswith("_IN_PROGRESS"):
        raise StackBusy(
            f"Stack {name} in {region} is {status}: somebody else is deploying, or an earlier run "
            "is still going on. Nothing was changed.",
            status=status,
        )
    explanation = explain_status(status, stack=name, region=region)
    raise StackNotUpdatable(
        f"Stack {name} in {region} is {status}: {explanation.text}. Nothing was changed.",
        status=status,
        hint=explanation.hint,
    )


def is_empty(client: CloudFormationClient, stack_id: str) -> bool:
    """Return whether the stack holds no resource, as after an import that was rolled back.

    Whether CloudFormation still lists resources whose import it rolled back is not documented.
    They are not counted.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html
    """
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    listed = (each for page in pages for each in page["StackResourceSummaries"])
    return all(each["ResourceStatus"] in {DELETED, IMPORT_UNDONE} for each in listed)


def check_ours(stack: StackTypeDef | None, region: str) -> None:
    """Raise StackOfOthers for a stack that was not made from this template.

    stack: as DescribeStacks returns it; None if it does not exist. It is ours by the tag that each
    deployment sets, or by a parameter, since an import sets no tag.
    """
    if stack is None or stack["StackStatus"] == IN_REVIEW:
        return  # it holds nothing
    tags = {each["Key"]: each["Value"] for each in stack.get("Tags", [])}
    parameters = {each["ParameterKey"] for each in stack.get("Parameters", [])}
    if not (OURS.items() <= tags.items() or PARAMETER in parameters):
        raise StackOfOthers(
            f"Stack {stack['StackName']} in {region} is somebody else's: it has neither the tag "
            "nor the parameters of a stack of this project. Nothing was changed."
        )


def check_name(stack_name: str) -> None:
    """Raise SettingMissing for a name that CloudFormation does not accept. Makes no call."""
    if not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", stack_name):
        raise SettingMissing(
            f"{stack_name!r} is not a valid stack name, so AWS was not asked.",
            hint="Set BACKEND_STACK_NAME to letters, digits and hyphens, starting with a letter.",
        )


def parameters_of(stack: StackTypeDef | None) -> dict[str, str]:
    """Return the parameters of a stack by name; {} for one that was not created yet."""
    if stack is None or stack["StackStatus"] == IN_REVIEW:
        return {}
    given = stack.get("Parameters", ())
    return {each["ParameterKey"]: each.get("ParameterValue", "") for each in given}


def describe_stack(client: CloudFormationClient, name_or_id: str) -> StackTypeDef | None:
    """Return the stack as DescribeStacks returns it; None if it does not exist.

    A deleted stack is found by its id only.
    """
    try:
        return client.describe_stacks(StackName=name_or_id)["Stacks"][0]
    except ClientError as error:
        answer = error.response["Error"]
        if answer["Code"] == "ValidationError" and "does not exist" in answer["Message"]:
            return None
        raise

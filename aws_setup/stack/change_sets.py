"""Change sets: what CloudFormation would do, before it does it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from botocore.exceptions import ClientError

from aws_setup.exceptions import DeployUnfinished, PlanFailed, StackBusy
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.states import DELETED, IN_REVIEW, describe_stack
from aws_setup.template.delivery import TemplateDelivery

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import (
        DescribeChangeSetOutputTypeDef,
        ResourceToImportTypeDef,
    )

TAGS = {"application": "business-onboarding"}
# Roles and policies, none of them named by the template.
CAPABILITY: Final = "CAPABILITY_IAM"
NOTHING_TO_CHANGE = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a change set would do to one resource."""

    action: str  # Add, Modify, Remove, Import or Dynamic
    logical_id: str
    physical_id: str  # "" before the resource exists
    resource_type: str
    replacement: str  # True, False, Conditional, or "" where it is no question

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Take one ResourceChange of the API."""
        return cls(
            action=raw["Action"],
            logical_id=raw["LogicalResourceId"],
            physical_id=raw.get("PhysicalResourceId", ""),
            resource_type=raw["ResourceType"],
            replacement=raw.get("Replacement", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """A planned change of a stack.

    `changes` may be empty although there is something to execute: an output, for example.
    """

    change_set_id: str
    name: str
    stack_id: str
    stack_name: str
    creates_stack: bool
    status: str = ""  # for example CREATE_COMPLETE
    reason: str = ""  # "" when CloudFormation gives none
    changes: tuple[Change, ...] = ()

    @property
    def is_executable(self) -> bool:
        """Whether there is anything to do, and it can be done."""
        return self.status == "CREATE_COMPLETE"

    def with_description(self, pages: Sequence[Mapping[str, Any]]) -> ChangeSet:
        """Add what the pages of DescribeChangeSet say."""
        raw = [change for page in pages for change in page.get("Changes", ())]
        return replace(
            self,
            status=pages[0]["Status"],
            reason=pages[0].get("StatusReason", ""),
            changes=tuple(Change.from_api(each["ResourceChange"]) for each in raw),
        )


class ChangeSets:
    """Makes and removes change sets with one client.

    poll_interval: how the waits go. delivery: how CloudFormation gets templates.
    new_id: makes their names unique.
    """

    def __init__(
        self,
        client: CloudFormationClient,
        poll_interval: PollInterval,
        delivery: TemplateDelivery,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._client, self._poll_interval, self._delivery, self._new_id = (
            client,
            poll_interval,
            delivery,
            new_id,
        )

    def create(
        self,
        stack_name: str,
        body: str,
        parameters: Mapping[str, str],
        *,
        creates_stack: bool,
        imports: Sequence[ResourceToImportTypeDef] = (),
    ) -> ChangeSet:
        """Make a change set and wait until it can be read; an interrupted wait leaves none behind.

        imports: what is there already and the stack is to take over, and nothing else.
        Where nothing would change, the answer is not executable and is gone already.
        Raises StackBusy, PlanFailed or DeployUnfinished.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
        """
        change = {
            "StackName": stack_name,
            **self._delivery.put(body),
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
            **_kind(imports, creates_stack=creates_stack),
        }
        requested = self._request(change, creates_stack=creates_stack)
        try:
            planned = self._wait_for(requested)
        except BaseException:
            self.discard(requested)
            raise
        return self._usable(planned)

    def _usable(self, planned: ChangeSet) -> ChangeSet:
        """Discard a change set that can't be executed. Raises PlanFailed if that is a failure."""
        if planned.is_executable:
            return planned
        self.discard(planned)
        if any(words in planned.reason for words in NOTHING_TO_CHANGE):
            return planned
        reason = (planned.reason or planned.status).rstrip(".")
        raise PlanFailed(
            f"CloudFormation could not plan the change: {reason}. Nothing was changed."
        )

    def discard(self, change_set: ChangeSet) -> None:
        """Delete the change set and, if it was to create the stack, the empty stack in review."""
        self._client.delete_change_set(ChangeSetName=change_set.change_set_id)
        if change_set.creates_stack and self._is_last(change_set):
            self._client.delete_stack(StackName=change_set.stack_id)
            self._wait_until_gone(change_set)

    def _request(self, change: Mapping[str, Any], *, creates_stack: bool) -> ChangeSet:
        name = f"deploy-{self._new_id()}"
        try:
            answer = self._client.create_change_set(
                ChangeSetName=name, ClientToken=name, Capabilities=[CAPABILITY], **change
            )
        except ClientError as error:
            _explain_refusal(error, change["StackName"])
        return ChangeSet(
            change_set_id=answer["Id"],
            name=name,
            stack_id=answer["StackId"],
            stack_name=change["StackName"],
            creates_stack=creates_stack,
        )

    def _wait_for(self, change_set: ChangeSet) -> ChangeSet:
        for _ in self._poll_interval.rounds():
            page = self._client.describe_change_set(ChangeSetName=change_set.change_set_id)
            if page["Status"] in {"CREATE_COMPLETE", "FAILED"}:
                return change_set.with_description(self._all_pages(page))
        raise DeployUnfinished(
            f"CloudFormation is still planning the change of {change_set.stack_name}. "
            "Nothing was changed."
        )

    def _all_pages(
        self, page: DescribeChangeSetOutputTypeDef
    ) -> list[DescribeChangeSetOutputTypeDef]:
        pages = [page]
        while token := pages[-1].get("NextToken"):
            pages.append(
                self._client.describe_change_set(ChangeSetName=page["ChangeSetId"], NextToken=token)
            )
        return pages

    def _is_last(self, change_set: ChangeSet) -> bool:
        """Whether the stack is still nothing but a plan, and nobody else plans in it."""
        stack = describe_stack(self._client, change_set.stack_id)
        if stack is None or stack["StackStatus"] != IN_REVIEW:
            return False
        pages = self._client.get_paginator("list_change_sets")
        others = [
            each["ChangeSetId"]
            for page in pages.paginate(StackName=change_set.stack_name)
            for each in page["Summaries"]
            if each["ChangeSetId"] != change_set.change_set_id
        ]
        return not others

    def _wait_until_gone(self, change_set: ChangeSet) -> None:
        for _ in self._poll_interval.rounds():
            stack = describe_stack(self._client, change_set.stack_id)
            if stack is None or stack["StackStatus"] == DELETED:
                return
        raise DeployUnfinished(
            f"CloudFormation is still removing {change_set.stack_name}, which was never created."
        )


def _kind(imports: Sequence[ResourceToImportTypeDef], *, creates_stack: bool) -> dict[str, Any]:
    if imports:  # which takes no tags; the update that follows sets them
        return {"ChangeSetType": "IMPORT", "ResourcesToImport": list(imports)}
    return {
        "ChangeSetType": "CREATE" if creates_stack else "UPDATE",
        "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()],
    }


def _explain_refusal(error: ClientError, stack_name: str) -> NoReturn:
    """Translate what CreateChangeSet answers to a wrong template, or when the stack is taken."""
    code = error.response["Error"]["Code"]
    said = error.response["Error"]["Message"].rstrip(".")
    if code == "AlreadyExistsException" or "_IN_PROGRESS state" in said:
        raise StackBusy(
            f"Somebody else is deploying {stack_name}: {said}. Nothing was changed."
        ) from error
    if code in {"ValidationError", "InsufficientCapabilitiesException", "LimitExceededException"}:
        raise PlanFailed(
            f"CloudFormation refused the plan: {said}. Nothing was changed."
        ) from error
    raise error

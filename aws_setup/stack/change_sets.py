"""Change sets: what CloudFormation would do, before it does it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from aws_setup.exceptions import DeployUnfinished, PlanFailed
from aws_setup.stack.changes import ChangeSet, ImportedResource, value_changes
from aws_setup.stack.plan.edits import Edits
from aws_setup.stack.plan.outputs import output_changes
from aws_setup.stack.plan.refusals import raise_refusal
from aws_setup.stack.plan.settling import settle
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.stack_tags import NO_TAGS, StackTags
from aws_setup.stack.states import (
    DELETED,
    IN_REVIEW,
    check_name,
    describe_stack,
    must_create,
    parameters_of,
)
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.delivery import InlineTemplate, TemplateDelivery

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef, StackTypeDef

# The template makes roles and policies, and names none of them.
CAPABILITY: Final = "CAPABILITY_IAM"
NOTHING_TO_CHANGE = ("didn't contain changes", "No updates are to be performed")


class ChangeSets:
    """Plans changes of the stack `stack_name` in the client's account and Region.

    poll_interval: how often, and for how long, CloudFormation is asked whether it is done.
    delivery: how CloudFormation gets the template; by default as part of the call.
    role_arn: the role that CloudFormation acts with, now and from then on; "" for the stack's.
    new_id: makes the names of change sets unique.
    Raises SettingMissing for a stack name that CloudFormation does not accept. Makes no call.
    """

    def __init__(  # noqa: PLR0913
        self,
        client: CloudFormationClient,
        stack_name: str,
        *,
        poll_interval: PollInterval | None = None,
        delivery: TemplateDelivery | None = None,
        role_arn: str = "",
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        check_name(stack_name)
        self._client, self._stack_name, self._new_id = client, stack_name, new_id
        self._poll_interval = poll_interval or PollInterval()
        self._delivery = delivery or InlineTemplate()
        self._role_arn = role_arn

    def plan(  # noqa: PLR0913 - by keyword
        self,
        body: str,
        parameters: Mapping[str, str],
        *,
        creates_stack: bool | None = None,
        imports: Sequence[ImportedResource] = (),
        tags: StackTags = NO_TAGS,
        stack: StackTypeDef | None = None,
    ) -> ChangeSet:
        """Have CloudFormation compare the body with the stack. This changes nothing.

        parameters: those that are left out get the template's default.
        creates_stack: the answer of `must_create`. If it is None, that is asked here.
        imports: the existing resources that a new stack takes over; the body may hold no others.
        tags: of the stack; an import accepts none, so the update that follows it sets them.
        stack: as DescribeStacks returns it, to tell which of its parameters and outputs change.
        Returns a change set to execute or to discard. If nothing would change, the change set is
        not executable and has been deleted already. An interrupted plan leaves no change set.
        Whether an import may go into a stack that an interrupted creation left in review is not
        documented; the embedded AWS allows it.
        Raises StackBusy, StackNotUpdatable, PlanFailed or DeployUnfinished.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
        """
        if creates_stack is None:
            stack = describe_stack(self._client, self._stack_name)
            creates_stack = must_create(self._client, self._stack_name, stack)
        change = {
            **self._delivery.deliver(body, parameters),
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
            **_kind(imports, creates_stack=creates_stack),
            **({} if imports else {"Tags": tags.to_api()}),
            **({"RoleARN": self._role_arn} if self._role_arn else {}),
        }
        requested = self._request(change, creates_stack=creates_stack)
        planned = self._wait_for(requested)
        if not planned.is_executable:
            return planned
        with self.discarded_on(BaseException, planned):
            edits = Edits(self._deployed_template, body, parameters_of(stack), parameters)
            return replace(
                planned,
                changes=edits.attributed(settle(planned.changes, edits.is_edited)),
                tag_changes={} if imports else value_changes(tags.before, tags.after),
                parameter_changes=edits.parameter_changes(),
                output_changes=output_changes(stack, body, parameters),
            )

    def discard(self, change_set: ChangeSet) -> None:
        """Delete the change set and, if it was to create the stack, the empty stack in review.

        A change set that is not executable has been deleted already.
        """
        if change_set.is_executable:
            self._delete(change_set)

    @contextmanager
    def discarded_on(
        self, errors: type[BaseException] | tuple[type[BaseException], ...], change_set: ChangeSet
    ) -> Iterator[None]:
        """Discard the change set if the block raises one of these errors."""
        try:
            yield
        except errors:
            self.discard(change_set)
            raise

    def _wait_for(self, requested: ChangeSet) -> ChangeSet:
        """Wait for the plan, and delete one that can't be executed.

        Raises PlanFailed if CloudFormation could not make the plan.
        """
        try:
            planned = self._poll(requested)
        except BaseException:
            self._delete(requested)
            raise
        if planned.is_executable:
            return planned
        self._delete(planned)
        if any(words in planned.reason for words in NOTHING_TO_CHANGE):
            return planned
        reason = (planned.reason or planned.status).rstrip(".")
        raise PlanFailed(
            f"CloudFormation could not plan the change: {reason}. Nothing was changed."
        )

    def _delete(self, change_set: ChangeSet) -> None:
        self._client.delete_change_set(**change_set.address())
        if change_set.creates_stack and self._is_last(change_set):
            self._client.delete_stack(StackName=change_set.stack_id)
            self._wait_until_gone(change_set)

    def _request(self, change: Mapping[str, Any], *, creates_stack: bool) -> ChangeSet:
        name = f"deploy-{self._new_id()}"
        try:
            answer = self._client.create_change_set(
                StackName=self._stack_name,
                ChangeSetName=name,
                ClientToken=name,
                Capabilities=[CAPABILITY],
                **change,
            )
        except ClientError as error:
            raise_refusal(error, self._stack_name)
        return ChangeSet(
            change_set_id=answer["Id"],
            name=name,
            stack_id=answer["StackId"],
            stack_name=self._stack_name,
            creates_stack=creates_stack,
        )

    def _poll(self, change_set: ChangeSet) -> ChangeSet:
        for _ in self._poll_interval.rounds():
            page = self._client.describe_change_set(
                **change_set.address(), IncludePropertyValues=True
            )
            if page["Status"] in {"CREATE_COMPLETE", "FAILED"}:
                return change_set.with_description(self._all_pages(change_set, page))
        raise DeployUnfinished(
            f"CloudFormation is still planning the change of {self._stack_name}. "
            "Nothing was changed."
        )

    def _all_pages(
        self, change_set: ChangeSet, page: DescribeChangeSetOutputTypeDef
    ) -> list[DescribeChangeSetOutputTypeDef]:
        pages = [page]
        while token := pages[-1].get("NextToken"):
            pages.append(
                self._client.describe_change_set(
                    **change_set.address(), NextToken=token, IncludePropertyValues=True
                )
            )
        return pages

    def _deployed_template(self) -> Mapping[str, Any]:
        # boto3 parses a template in JSON, and gives one in YAML as it is.
        answer: Any = self._client.get_template(StackName=self._stack_name)["TemplateBody"]
        return parse_template(answer, "the stack") if isinstance(answer, str) else answer

    def _is_last(self, change_set: ChangeSet) -> bool:
        """Whether the stack is still in review and nobody else has a change set for it."""
        stack = describe_stack(self._client, change_set.stack_id)
        if stack is None or stack["StackStatus"] != IN_REVIEW:
            return False
        pages = self._client.get_paginator("list_change_sets")
        others = [
            each["ChangeSetId"]
            for page in pages.paginate(StackName=self._stack_name)
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
            f"CloudFormation is still removing {self._stack_name}, which was never created."
        )


def _kind(imports: Sequence[ImportedResource], *, creates_stack: bool) -> dict[str, Any]:
    if imports:
        return {
            "ChangeSetType": "IMPORT",
            "ResourcesToImport": [resource.to_api() for resource in imports],
        }
    return {"ChangeSetType": "CREATE" if creates_stack else "UPDATE"}

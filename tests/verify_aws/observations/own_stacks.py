"""Small stacks that observations make for themselves, and remove again."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aws_setup.stack.poll_interval import PollInterval
from tests.verify_aws.account import Account, settled
from tests.verify_aws.observations.registry import refusal

# The service's own words in a resource's failure; what surrounds them is different each time.
SAID = re.compile(r'Resource handler returned message: "(.*?) \(Service: ', re.DOTALL)


def body(**resources: Any) -> str:
    """Return a template of these resources."""
    return json.dumps({"Resources": resources})


@dataclass(frozen=True)
class OwnStack:
    """A stack of one observation. Its name begins with that of the verification's own."""

    account: Account
    name: str

    @property
    def client(self) -> Any:
        """CloudFormation's client."""
        return self.account.client("cloudformation")

    def create(self, template: str, **options: Any) -> str:
        """Create the stack and return the status that it ends in."""
        self.client.create_stack(StackName=self.name, TemplateBody=template, **options)
        return settled(self.client, self.name)

    def update(self, template: str) -> str | dict[str, str]:
        """Update the stack and return the status that it ends in, with the cause if it failed.

        Returns CloudFormation's words if it does not begin.
        """
        before = self._event_ids()
        answer = refusal(self.client.update_stack, StackName=self.name, TemplateBody=template)
        if answer != "taken":
            return answer
        status = settled(self.client, self.name)
        if status == "UPDATE_COMPLETE":
            return status
        return {"status": status, "why": self._first_cause(before)}

    def import_(self, template: str, *resources: Mapping[str, Any]) -> dict[str, str]:
        """Import resources into a stack that is new or in review; return how far that came."""
        answer = refusal(
            self.client.create_change_set,
            StackName=self.name,
            ChangeSetType="IMPORT",
            ChangeSetName="deploy-import",
            ResourcesToImport=list(resources),
            TemplateBody=template,
        )
        planned = self.planned("deploy-import") if answer == "taken" else ""
        ended = ""
        if planned == "CREATE_COMPLETE":
            self.client.execute_change_set(StackName=self.name, ChangeSetName="deploy-import")
            ended = settled(self.client, self.name)
        return {"answer": answer, "planned": planned, "ended": ended}

    def planned(self, change_set: str) -> str:
        """Wait for a change set to be planned and return its status."""
        for _ in PollInterval().rounds():
            found = self.client.describe_change_set(StackName=self.name, ChangeSetName=change_set)
            if not found["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
                break
        return str(found["Status"])

    def made(self, logical_id: str) -> str:
        """Return the physical id of a resource."""
        found = self.client.describe_stack_resource(
            StackName=self.name, LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def remove(self) -> str:
        """Delete the stack once nothing runs on it, and return the status that it ends in."""
        settled(self.client, self.name)
        self.client.delete_stack(StackName=self.name)
        return settled(self.client, self.name)

    def _event_ids(self) -> set[str]:
        return {each["EventId"] for each in self._events()}

    def _first_cause(self, before: set[str]) -> str:
        failed = [
            each
            for each in self._events()
            if each["EventId"] not in before and each["ResourceStatus"].endswith("_FAILED")
        ]
        said = min(failed, key=lambda each: each["Timestamp"]).get("ResourceStatusReason", "")
        found = SAID.search(said)
        return found[1].rstrip(".") if found else said

    def _events(self) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("describe_stack_events").paginate(StackName=self.name)
        return [each for page in pages for each in page["StackEvents"]]


@contextmanager
def own_stack(account: Account, name: str) -> Iterator[OwnStack]:
    """Yield a stack that is to be made, and delete it at the end."""
    stack = OwnStack(account, f"{account.stack_name}-{name}")
    try:
        yield stack
    finally:
        stack.remove()

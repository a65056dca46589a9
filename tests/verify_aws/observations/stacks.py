"""CloudFormation: details of deletion and import that its documentation leaves open.

Each observation creates a stack of its own from resources that cost nothing, and removes it again.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_setup.stack.poll_interval import PollInterval
from tests.verify_aws.account import Account, settled
from tests.verify_aws.observations.registry import observation, refusal


def _kept(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Retain",
        "Properties": {"LogGroupName": name, "Tags": [{"Key": "own", "Value": "1"}]},
    }


def _body(**resources: Any) -> str:
    return json.dumps({"Resources": resources})


@contextmanager
def _stack(account: Account, name: str) -> Iterator[str]:
    """Yield a stack's name; delete the stack and the log group of that name at the end."""
    cloudformation = account.client("cloudformation")
    try:
        yield name
    finally:
        settled(cloudformation, name)
        cloudformation.delete_stack(StackName=name)
        settled(cloudformation, name)
        refusal(account.client("logs").delete_log_group, logGroupName=name)


@observation
def tags_of_what_a_deleted_stack_keeps(account: Account) -> Any:
    """CloudFormation removes its own tags and the stack's; those in the properties stay."""
    cloudformation, logs = account.client("cloudformation"), account.client("logs")
    with _stack(account, f"{account.stack_name}-kept") as name:

        def tags() -> list[str]:
            [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            arn = group["arn"].removesuffix(":*")
            return sorted(logs.list_tags_for_resource(resourceArn=arn)["tags"])

        cloudformation.create_stack(
            StackName=name,
            TemplateBody=_body(KeptResource=_kept(name)),
            Tags=[{"Key": "of-the-stack", "Value": "1"}],
        )
        created = settled(cloudformation, name)
        before = tags()
        cloudformation.delete_stack(StackName=name)
        settled(cloudformation, name)
        return {"created": created, "before": before, "after": tags()}


@observation
def an_import_into_a_stack_in_review(account: Account) -> Any:
    """A stack that an interrupted creation left in review accepts an import."""
    cloudformation = account.client("cloudformation")
    with _stack(account, f"{account.stack_name}-imported") as name:
        account.client("logs").create_log_group(logGroupName=name)
        body = _body(Handle={"Type": "AWS::CloudFormation::WaitConditionHandle"})
        kind = {"StackName": name, "ChangeSetType": "CREATE", "ChangeSetName": "first"}
        cloudformation.create_change_set(**kind, TemplateBody=body)
        _planned(cloudformation, name, "first")
        before = settled(cloudformation, name)
        resource = {
            "ResourceType": "AWS::Logs::LogGroup",
            "LogicalResourceId": "KeptResource",
            "ResourceIdentifier": {"LogGroupName": name},
        }
        answer = refusal(
            cloudformation.create_change_set,
            StackName=name,
            ChangeSetType="IMPORT",
            ChangeSetName="second",
            ResourcesToImport=[resource],
            TemplateBody=_body(KeptResource=_kept(name)),
        )
        planned = _planned(cloudformation, name, "second") if answer == "taken" else ""
        ended = ""
        if planned == "CREATE_COMPLETE":
            cloudformation.execute_change_set(StackName=name, ChangeSetName="second")
            ended = settled(cloudformation, name)
        return {"before": before, "answer": answer, "planned": planned, "ended": ended}


def _planned(cloudformation: Any, stack: str, change_set: str) -> str:
    """Wait for a change set to be planned and return its status."""
    for _ in PollInterval().rounds():
        found = cloudformation.describe_change_set(StackName=stack, ChangeSetName=change_set)
        if not found["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
            break
    return str(found["Status"])


@observation
def a_stack_deleted_while_it_is_created(account: Account) -> Any:
    """DeleteStack is accepted while the stack is being created."""
    cloudformation = account.client("cloudformation")
    with _stack(account, f"{account.stack_name}-waiting") as name:
        waits = {"Handle": {"Ref": "Handle"}, "Count": 1, "Timeout": "120"}
        created = cloudformation.create_stack(
            StackName=name,
            TemplateBody=_body(
                Handle={"Type": "AWS::CloudFormation::WaitConditionHandle"},
                Waits={"Type": "AWS::CloudFormation::WaitCondition", "Properties": waits},
            ),
        )
        [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        answer = refusal(cloudformation.delete_stack, StackName=name)
        ended = settled(cloudformation, created["StackId"])
        return {"status": stack["StackStatus"], "answer": answer, "ended": ended}

"""CloudFormation: details of deletion and import that its documentation leaves open.

Each observation creates a stack of its own from resources that cost nothing, and removes it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.verify_aws.account import Account, settled
from tests.verify_aws.observations.own_stacks import OwnStack, body, own_stack
from tests.verify_aws.observations.registry import observation, refusal

HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}


def _kept(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Retain",
        "Properties": {"LogGroupName": name, "Tags": [{"Key": "own", "Value": "1"}]},
    }


@contextmanager
def _beside_a_log_group(account: Account, name: str) -> Iterator[OwnStack]:
    """Yield a stack that is to be made; delete it and the log group of its name at the end."""
    try:
        with own_stack(account, name) as stack:
            yield stack
    finally:
        refusal(account.client("logs").delete_log_group, logGroupName=stack.name)


@observation
def tags_of_what_a_deleted_stack_keeps(account: Account) -> Any:
    """CloudFormation removes its own tags and the stack's; those in the properties stay."""
    logs = account.client("logs")
    with _beside_a_log_group(account, "kept") as stack:

        def tags() -> list[str]:
            [group] = logs.describe_log_groups(logGroupNamePrefix=stack.name)["logGroups"]
            arn = group["arn"].removesuffix(":*")
            return sorted(logs.list_tags_for_resource(resourceArn=arn)["tags"])

        of_the_stack = [{"Key": "of-the-stack", "Value": "1"}]
        created = stack.create(body(KeptResource=_kept(stack.name)), Tags=of_the_stack)
        before = tags()
        stack.remove()
        return {"created": created, "before": before, "after": tags()}


@observation
def an_import_into_a_stack_in_review(account: Account) -> Any:
    """A stack that an interrupted creation left in review accepts an import."""
    with _beside_a_log_group(account, "imported") as stack:
        account.client("logs").create_log_group(logGroupName=stack.name)
        kind = {"StackName": stack.name, "ChangeSetType": "CREATE", "ChangeSetName": "deploy-first"}
        stack.client.create_change_set(**kind, TemplateBody=body(Handle=HANDLE))
        stack.planned("deploy-first")
        before = settled(stack.client, stack.name)
        resource = {
            "ResourceType": "AWS::Logs::LogGroup",
            "LogicalResourceId": "KeptResource",
            "ResourceIdentifier": {"LogGroupName": stack.name},
        }
        return {
            "before": before,
            **stack.import_(body(KeptResource=_kept(stack.name)), resource),
        }


@observation
def a_stack_deleted_while_it_is_created(account: Account) -> Any:
    """DeleteStack is accepted while the stack is being created."""
    with own_stack(account, "waiting") as own:
        waits = {"Handle": {"Ref": "Handle"}, "Count": 1, "Timeout": "120"}
        waiting = {"Type": "AWS::CloudFormation::WaitCondition", "Properties": waits}
        created = own.client.create_stack(
            StackName=own.name, TemplateBody=body(Handle=HANDLE, Waits=waiting)
        )
        [stack] = own.client.describe_stacks(StackName=own.name)["Stacks"]
        answer = refusal(own.client.delete_stack, StackName=own.name)
        ended = settled(own.client, created["StackId"])
        return {"status": stack["StackStatus"], "answer": answer, "ended": ended}

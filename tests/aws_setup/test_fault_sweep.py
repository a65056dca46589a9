"""Every AWS call of a deployment fails once, in every way; the next run brings the same stack.

A call is named by its number. The sweep goes on until a run comes to its end before the call of
that number, so that no call is left out however many there are.
"""

import itertools
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from botocore.config import Config

from aws_setup.deploy_result import DeployResult
from aws_setup.exceptions import AwsSetupError, DeployUnfinished
from aws_setup.local.server import LocalAws
from aws_setup.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION, STACK
from tests.aws_setup.deploy_process import deployment
from tests.aws_setup.operator import Operator
from tests.processes import environment

BODY = render_template()
OLD_BODY = BODY.replace("MemorySize: 512", "MemorySize: 256")
RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 3})  # boto3's own default
NO_RETRIES = Config(retries={"total_max_attempts": 1})
DENIED = "User: arn:aws:iam::123456789012:user/operator is not authorized to perform: {0} on this"
LOOK = ["GetCallerIdentity", "DescribeStacks", "GetResources"]
PLAN = [*LOOK, "CreateChangeSet", "DescribeChangeSet"]
DEPLOY = [*PLAN, "DescribeStackEvents", "ExecuteChangeSet", "DescribeStackEvents", "DescribeStacks"]
UPDATE = [
    *("GetCallerIdentity", "DescribeStacks", "DescribeUserPool"),
    *("CreateChangeSet", "DescribeChangeSet", "DescribeStackEvents", "ExecuteChangeSet"),
    *("DescribeStackEvents", "DescribeStacks"),
]
DISCARD = ["DeleteChangeSet", "DescribeStacks", "ListChangeSets", "DeleteStack", "DescribeStacks"]


@dataclass
class Account:
    """The embedded AWS, and who deploys into it."""

    aws: LocalAws

    def deploy(
        self, body: str = BODY, *, dry_run: bool = False, config: Config = NO_RETRIES
    ) -> DeployResult:
        """Raises AwsSetupError, as the command gets it."""
        operator = Operator(lambda service: self.aws.client(service, REGION, config), body)
        return operator.deploy(dry_run=dry_run)

    def reset(self) -> None:
        """Empty the account."""
        self.aws.reset()

    def reset_to_old_stack(self) -> None:
        """Leave nothing but a stack that the next deployment updates."""
        self.aws.reset()
        self.deploy(OLD_BODY)
        self.aws.faults.clear()

    def stack(self) -> dict[str, Any]:
        """Return what there is of the stack, without what differs from creation to creation."""
        client = self.aws.client("cloudformation", REGION)
        [stack] = client.describe_stacks(StackName=STACK)["Stacks"]
        resources = client.describe_stack_resources(StackName=STACK)["StackResources"]
        return {
            "status": stack["StackStatus"],
            "outputs": sorted(output["OutputKey"] for output in stack["Outputs"]),
            "parameters": stack["Parameters"],
            "tags": stack["Tags"],
            "body": client.get_template(StackName=STACK)["TemplateBody"],
            "resources": {each["LogicalResourceId"]: each["ResourceType"] for each in resources},
        }


@pytest.fixture(scope="module")
def account(local_aws_server: LocalAws) -> Account:
    return Account(local_aws_server)


@pytest.fixture(scope="module")
def sound_stack(account: Account) -> dict[str, Any]:
    """The stack that a run without a fault makes."""
    account.aws.reset()
    account.deploy()
    return account.stack()


@pytest.fixture(scope="module")
def updated_stack(account: Account, sound_stack: dict[str, Any]) -> dict[str, Any]:
    """What an update without a fault brings."""
    account.reset_to_old_stack()
    account.deploy()
    updated = account.stack()
    assert updated == {**sound_stack, "status": "UPDATE_COMPLETE"}
    return updated


def throttle(aws: LocalAws, number: int) -> None:
    aws.faults.fail("", "Throttling", message="Rate exceeded", after=number)


def deny(aws: LocalAws, number: int) -> None:
    message = DENIED.format("cloudformation:Something")
    aws.faults.fail("", "AccessDenied", message=message, status=403, after=number)


def lose_the_call(aws: LocalAws, number: int) -> None:
    aws.faults.lose_connection("", after=number)


def lose_the_answer(aws: LocalAws, number: int) -> None:
    aws.faults.lose_connection("", after=number, is_late=True)


FAULTS = pytest.mark.parametrize(
    ("fault", "mend"),
    [
        (throttle, "Wait a minute and run it again"),
        (deny, "Have cloudformation:Something allowed for these credentials"),
        (lose_the_call, "run it again"),
        (lose_the_answer, "run it again"),
    ],
)


def swept(
    account: Account,
    fault: Callable[[LocalAws, int], None],
    run: Callable[[], object],
    prepare: Callable[[], None],
) -> Iterator[tuple[str, AwsSetupError]]:
    """Run with the fault at the first call, the second and so on; yield what failed, and how."""
    for number in itertools.count():
        prepare()
        fault(account.aws, number)
        try:
            run()
        except AwsSetupError as error:
            yield account.aws.faults.history[number], error
        if account.aws.faults.waiting:
            return


def in_turn(calls: list[str]) -> list[str]:
    """Return the calls, with those once that were repeated until something had happened."""
    return [call for call, _ in itertools.groupby(calls)]


@FAULTS
def test_whichever_call_of_a_deployment_fails_the_next_run_brings_the_stack(
    account: Account,
    sound_stack: dict[str, Any],
    fault: Callable[[LocalAws, int], None],
    mend: str,
) -> None:
    failed = []
    for call, error in swept(account, fault, account.deploy, account.reset):
        failed.append(call)
        assert mend in error.hint
        account.aws.faults.clear()
        account.deploy()
        assert account.stack() == sound_stack
        begun = failed.count("ExecuteChangeSet") and call != "ExecuteChangeSet"
        assert isinstance(error, DeployUnfinished) == bool(begun)
    assert in_turn(failed) == DEPLOY


@FAULTS
def test_whichever_call_of_an_update_fails_the_next_run_brings_the_stack(
    account: Account,
    updated_stack: dict[str, Any],
    fault: Callable[[LocalAws, int], None],
    mend: str,
) -> None:
    failed = []
    for call, error in swept(account, fault, account.deploy, account.reset_to_old_stack):
        failed.append(call)
        assert mend in error.hint
        account.aws.faults.clear()
        account.deploy()
        assert account.stack() == updated_stack
    assert in_turn(failed) == UPDATE


@FAULTS
def test_whichever_call_of_a_dry_run_fails_a_deployment_brings_the_stack(
    account: Account,
    sound_stack: dict[str, Any],
    fault: Callable[[LocalAws, int], None],
    mend: str,
) -> None:
    failed = []
    dry_run = partial(account.deploy, dry_run=True)
    for call, error in swept(account, fault, dry_run, account.reset):
        failed.append(call)
        assert mend in error.hint
        account.aws.faults.clear()
        account.deploy()
        assert account.stack() == sound_stack
    assert failed == [*PLAN, *DISCARD]


@pytest.mark.parametrize("call", ["CreateChangeSet", "ExecuteChangeSet"])
def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(
    account: Account, sound_stack: dict[str, Any], call: str
) -> None:
    account.aws.reset()
    account.aws.faults.lose_connection(call, is_late=True)
    assert account.deploy(config=RETRIES).outcome == "deployed"
    assert account.aws.faults.calls(call) == 2
    assert account.stack() == sound_stack


def test_wherever_a_creating_process_is_killed_the_next_run_brings_the_stack(
    account: Account, sound_stack: dict[str, Any]
) -> None:
    assert killed(account, account.reset, sound_stack) == DEPLOY


def test_wherever_an_updating_process_is_killed_the_next_run_brings_the_stack(
    account: Account, updated_stack: dict[str, Any]
) -> None:
    assert killed(account, account.reset_to_old_stack, updated_stack) == UPDATE


def killed(account: Account, prepare: Callable[[], None], wanted: dict[str, Any]) -> list[str]:
    """Kill the process before its first call, its second and so on; return these calls in turn.

    Fails where the next run does not bring the stack.
    """
    killed_before = []
    for number in itertools.count():
        prepare()
        variables = {**account.aws.environment(REGION), "BACKEND_STACK_NAME": STACK}
        process = deployment(environment(variables))
        account.aws.faults.lose_connection("", after=number, hook=process.kill)
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        killed_before.append(account.aws.faults.history[number])
        account.aws.faults.clear()
        account.deploy()
        assert account.stack() == wanted
    return in_turn(killed_before)

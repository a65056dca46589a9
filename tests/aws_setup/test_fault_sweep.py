"""Every AWS call of a deployment fails once, in every way; the next run brings the same stack.

A call is named by its number. The sweep goes on until a run comes to its end before the call of
that number, so that no call is left out however many there are.
"""

import itertools
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 3})  # boto3's own default
NO_RETRIES = Config(retries={"total_max_attempts": 1})
DENIED = "User: arn:aws:iam::123456789012:user/operator is not authorized to perform: {0} on this"
LOOK = ["GetCallerIdentity", "DescribeStacks", "GetResources"]
PLAN = [*LOOK, "CreateChangeSet", "DescribeChangeSet"]
DEPLOY = [*PLAN, "DescribeStackEvents", "ExecuteChangeSet", "DescribeStackEvents", "DescribeStacks"]
DISCARD = ["DeleteChangeSet", "DescribeStacks", "ListChangeSets", "DeleteStack", "DescribeStacks"]


@dataclass
class Account:
    """The embedded AWS, and who deploys into it."""

    aws: LocalAws

    def deploy(self, *, dry_run: bool = False, config: Config = NO_RETRIES) -> DeployResult:
        """Raises AwsSetupError, as the command gets it."""
        operator = Operator(lambda service: self.aws.client(service, REGION, config), BODY)
        return operator.deploy(dry_run=dry_run)

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
    account: Account, fault: Callable[[LocalAws, int], None], run: Callable[[], object]
) -> Iterator[tuple[str, AwsSetupError]]:
    """Run with the fault at the first call, the second and so on; yield what failed, and how."""
    for number in itertools.count():
        account.aws.reset()
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
    for call, error in swept(account, fault, account.deploy):
        failed.append(call)
        assert mend in error.hint
        account.aws.faults.clear()
        account.deploy()
        assert account.stack() == sound_stack
        begun = failed.count("ExecuteChangeSet") and call != "ExecuteChangeSet"
        assert isinstance(error, DeployUnfinished) == bool(begun)
    assert in_turn(failed) == DEPLOY


@FAULTS
def test_whichever_call_of_a_dry_run_fails_a_deployment_brings_the_stack(
    account: Account,
    sound_stack: dict[str, Any],
    fault: Callable[[LocalAws, int], None],
    mend: str,
) -> None:
    failed = []
    for call, error in swept(account, fault, lambda: account.deploy(dry_run=True)):
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


def test_wherever_the_process_is_killed_the_next_run_brings_the_stack(
    account: Account, sound_stack: dict[str, Any]
) -> None:
    killed_before = []
    for number in itertools.count():
        account.aws.reset()
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
        assert account.stack() == sound_stack
    assert in_turn(killed_before) == DEPLOY

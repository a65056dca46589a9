"""Every AWS call of a removal and of an adoption fails once; the next run does what was to be done.

What fails is the answer, after AWS has acted: the worst that can happen to a call.
"""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config

from aws_setup.exceptions import AwsSetupError
from aws_setup.kept_resources import find_kept
from aws_setup.local.server import LocalAws
from aws_setup.packaging import render_template
from aws_setup.stack_states import describe_stack
from tests.aws_setup.cloudformation_stub import REGION, STACK
from tests.aws_setup.operator import Operator

BODY = render_template()
REMOVAL = [
    *("GetCallerIdentity", "DescribeStacks", "GetTemplate", "ListStackResources"),
    *("ListEntitiesForPolicy", "GetResources"),
    *("DescribeTable", "DescribeUserPool"),
    *("GetUserPoolMfaConfig", "UpdateUserPool", "GetUserPoolMfaConfig"),
    *("DescribeStackEvents", "DeleteStack", "DescribeStackEvents"),
    *("DescribeTable", "DescribeUserPool"),
]
EXECUTION = [
    *("CreateChangeSet", "DescribeChangeSet"),
    *("DescribeStackEvents", "ExecuteChangeSet", "DescribeStackEvents"),
]
ADOPTION = [
    *("GetCallerIdentity", "DescribeStacks", "GetResources"),
    *("DescribeUserPool", "DescribeTable", "DescribeUserPool"),
    *("DescribeTable", "DescribeContinuousBackups", "DescribeTimeToLive") * 2,
    "GetGroup",
    *(*EXECUTION, *EXECUTION, "DescribeStacks"),
]
NO_RETRIES = Config(retries={"total_max_attempts": 1})


def in_turn(calls: list[str]) -> list[str]:
    return [call for call, _ in itertools.groupby(calls)]


class Account:
    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.cognito = aws.client("cognito-idp", REGION)

        self.operator = Operator(lambda service: aws.client(service, REGION, NO_RETRIES), BODY)

    def status(self) -> str:
        stack = describe_stack(self.aws.client("cloudformation", REGION), STACK)
        return stack["StackStatus"] if stack else ""

    def kept(self) -> dict[str, str]:
        found = find_kept(self.aws.client("resourcegroupstaggingapi", REGION), STACK)
        return {each.part: each.physical_id for each in found}

    def triggers(self) -> dict[str, Any]:
        pool_id = self.kept()["UserPool"]
        pool = self.cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        return dict(pool["LambdaConfig"])

    def fails_at(self, number: int, run: Callable[[], object]) -> str:
        """Run with a lost answer; return the call that it was of, "" when there were fewer."""
        self.aws.faults.clear()
        self.aws.faults.lose_connection("", after=number, is_late=True)
        said = "again"
        try:
            run()
        except AwsSetupError as error:
            said = f"{error} {error.hint}"
        assert "again" in said
        over = self.aws.faults.waiting
        call = "" if over else self.aws.faults.history[number]
        self.aws.faults.clear()
        return call


@pytest.fixture
def account(local_aws: LocalAws) -> Account:
    return Account(local_aws)


def test_whichever_answer_of_a_removal_or_an_adoption_is_lost_the_next_run_completes_it(
    account: Account,
) -> None:
    account.operator.deploy()
    kept, removal, adoption = account.kept(), ["?"], ["?"]
    for number in itertools.count():
        if removal[-1]:
            removal.append(account.fails_at(number, account.operator.destroy))
        account.operator.destroy()
        assert (account.status(), account.triggers(), account.kept()) == ("", {}, kept)

        if adoption[-1]:
            adoption.append(account.fails_at(number, account.operator.deploy))
        account.operator.deploy()
        assert account.status() == "UPDATE_COMPLETE"
        assert (account.kept(), list(account.triggers())) == (kept, ["PostConfirmation"])
        if not (removal[-1] or adoption[-1]):
            break
    assert in_turn(removal[1:-1]) == REMOVAL
    assert in_turn(adoption[1:-1]) == ADOPTION

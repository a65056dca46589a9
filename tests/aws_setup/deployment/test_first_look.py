"""The account and the stack are asked for at once, and told as if one after the other."""

import threading
from typing import Any

import pytest
from django.core.management.base import OutputWrapper
from django.core.management.color import no_style

from aws_setup.calls.beside import begin
from aws_setup.calls.clients import CLIENT_CONFIG
from aws_setup.deployment.first_look import first_look
from aws_setup.local.server import LocalAws
from aws_setup.terminal.console import Console
from aws_setup.terminal.deploy_result import DeployResult
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.operator import Operator, Terminal

OPERATIONS = ("GetCallerIdentity", "DescribeStacks")


def look(aws: LocalAws) -> tuple[DeployResult, Any, str]:
    """Return the result, the stack and what was said."""
    operator = Operator(lambda service: aws.client(service, REGION, CLIENT_CONFIG))
    console = Console(OutputWrapper(operator.out), Terminal(), no_style(), yes=False)
    result = DeployResult(stack=operator.stack, region=REGION)
    client = operator.client
    stack = first_look(client, client("cloudformation"), console, result, begin)
    return result, stack, operator.said


def test_neither_call_waits_for_the_other(local_aws: LocalAws) -> None:
    # Each of the two is lost, to be made again, once both have arrived.
    both = threading.Barrier(len(OPERATIONS), timeout=5)

    def arrive() -> None:
        both.wait()

    for operation in OPERATIONS:
        local_aws.faults.lose_connection(operation, hook=arrive)
    result, stack, said = look(local_aws)
    assert not both.broken
    assert (result.account, stack) == ("123456789012", None)
    assert said == f"Account 123456789012, Region {REGION}, stack {result.stack}\n"


def test_what_is_wrong_with_the_credentials_is_told_first(local_aws: LocalAws) -> None:
    for operation in OPERATIONS:
        local_aws.faults.fail(operation, f"Of{operation}", status=403)
    client = local_aws.client("sts", REGION)
    with pytest.raises(client.exceptions.ClientError, match="OfGetCallerIdentity"):
        look(local_aws)


def test_the_account_is_told_before_what_is_wrong_with_the_stack(local_aws: LocalAws) -> None:
    local_aws.faults.fail("DescribeStacks", "OfDescribeStacks", status=403)
    operator = Operator(lambda service: local_aws.client(service, REGION))
    with pytest.raises(Exception, match="OfDescribeStacks"):
        operator.deploy(dry_run=True)
    assert operator.said.startswith("Account 123456789012, ")

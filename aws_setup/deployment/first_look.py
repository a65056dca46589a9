"""The first look: whose account it is, and what the stack is like, asked at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_setup.calls.beside import Begin
from aws_setup.stack.states import describe_stack
from aws_setup.terminal.console import Console
from aws_setup.terminal.deploy_result import DeployResult

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


def first_look(
    client: Callable[[str], Any],
    cloudformation: CloudFormationClient,
    console: Console,
    result: DeployResult,
    begin: Begin,
) -> StackTypeDef | None:
    """Say whose account it is, and return the stack as DescribeStacks returns it.

    None if the stack does not exist. What is wrong with the credentials is told first, and the
    account before what is wrong with the stack. begin: begins a call that runs beside others.
    """
    described = begin(partial(describe_stack, cloudformation, result.stack))
    result.account = client("sts").get_caller_identity()["Account"]
    console.say(f"Account {result.account}, Region {result.region}, stack {result.stack}")
    return described.result()

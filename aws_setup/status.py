"""Whether a deployed backend is as it should be: what is looked at, and how that is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aws_setup.clients import explained_aws_errors
from aws_setup.exceptions import AwsSetupError, StackMissing
from aws_setup.stack_states import describe_stack

AT_ONCE = 8


class State(StrEnum):
    """What came of a check."""

    OK = "ok"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. text: what is so. mend: what to do about it; "" when ok."""

    name: str
    state: State
    text: str
    mend: str = ""


def ok(name: str, text: str) -> Check:
    """Return a check that found what should be."""
    return Check(name=name, state=State.OK, text=text)


def wrong(name: str, text: str, mend: str) -> Check:
    """Return a check that found something else."""
    return Check(name=name, state=State.WRONG, text=text, mend=mend)


def not_checked(name: str, text: str, mend: str) -> Check:
    """Return a check that could not be made."""
    return Check(name=name, state=State.NOT_CHECKED, text=text, mend=mend)


@dataclass(frozen=True)
class Backend:
    """The deployed stack, looked at through one client per service.

    client: given a service's name, returns its client. What AWS refuses comes out as boto3 raises
    it.
    """

    client: Callable[[str], Any]
    stack_name: str

    @cached_property
    def stack(self) -> Mapping[str, Any] | None:
        """The stack as DescribeStacks has it; None where there is none."""
        return describe_stack(self.client("cloudformation"), self.stack_name)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The stack's outputs; {} where there is no stack."""
        listed = (self.stack or {}).get("Outputs", ())
        return {each["OutputKey"]: each["OutputValue"] for each in listed}

    def output(self, key: str) -> str:
        """Return one output. Raises StackMissing: an earlier version of the stack may lack it."""
        if key not in self.outputs:
            raise StackMissing(f"Stack {self.stack_name} has no output {key}.")
        return self.outputs[key]

    @property
    def api_id(self) -> str:
        """The API's id, which its host begins with. Raises StackMissing."""
        return self.output("GraphqlUrl").partition("://")[2].partition(".")[0]


Look = Callable[[Backend], Iterator[Check]]


def look_at(backend: Backend, looks: Mapping[str, Look]) -> list[Check]:
    """Make all checks, several at once; return them in the order given.

    looks: by the name that stands for all of it where AWS refuses to tell.
    """
    try:
        with explained_aws_errors():
            is_there = bool(backend.outputs)
    except (AwsSetupError, ClientError, BotoCoreError) as error:
        return [_unanswered("stack", error)]
    if not is_there:
        deploy = "Check AWS_REGION and BACKEND_STACK_NAME, then run `manage.py deploy_backend`."
        state = (backend.stack or {}).get("StackStatus", "not there")
        return [wrong("stack", f"{backend.stack_name} is {state} and has no outputs.", deploy)]
    with ThreadPoolExecutor(AT_ONCE, "status") as executor:
        results = executor.map(lambda named: _made(backend, *named), looks.items())
        return [check for checks in results for check in checks]


def _made(backend: Backend, name: str, look: Look) -> Sequence[Check]:
    checks = list[Check]()
    try:
        with explained_aws_errors():
            for check in look(backend):
                checks.append(check)
    except (AwsSetupError, ClientError, BotoCoreError) as error:
        checks.append(_unanswered(name, error))
    return checks


def _unanswered(name: str, error: Exception) -> Check:
    hint = error.hint if isinstance(error, AwsSetupError) else "Try again in a minute."
    return not_checked(name, str(error), hint)

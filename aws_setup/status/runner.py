"""Whether a deployed backend is as it should be: what is looked at, and how that is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aws_setup.clients import translated_errors
from aws_setup.exceptions import AwsSetupError, StackMissing, UnexpectedAwsError
from aws_setup.stack.states import describe_stack

AT_ONCE = 8
DEPLOY = "Run `manage.py deploy_backend`."
BY_HAND = (
    f"{DEPLOY} Where that finds no changes, somebody changed it by hand: put it back in the AWS "
    "console."
)


class CheckState(StrEnum):
    """What came of a check."""

    OK = "ok"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One thing that was looked at. text: what is so. mend: what to do about it; "" when ok."""

    name: str
    state: CheckState
    text: str
    mend: str = ""


def ok(name: str, text: str) -> CheckResult:
    """Return a check that found what should be."""
    return CheckResult(name=name, state=CheckState.OK, text=text)


def wrong(name: str, text: str, mend: str) -> CheckResult:
    """Return a check that found something else."""
    return CheckResult(name=name, state=CheckState.WRONG, text=text, mend=mend)


def not_checked(name: str, text: str, mend: str) -> CheckResult:
    """Return a check that could not be made."""
    return CheckResult(name=name, state=CheckState.NOT_CHECKED, text=text, mend=mend)


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

    def parameter(self, key: str) -> str:
        """Return one of the stack's parameters; "" where it has none of the name."""
        given = (self.stack or {}).get("Parameters", ())
        return next((each["ParameterValue"] for each in given if each["ParameterKey"] == key), "")

    @property
    def api_id(self) -> str:
        """The API's id, which its host begins with. Raises StackMissing."""
        return self.output("GraphqlUrl").partition("://")[2].partition(".")[0]


CheckFunction = Callable[[Backend], Iterator[CheckResult]]


def run_checks(backend: Backend, checks: Mapping[str, CheckFunction]) -> list[CheckResult]:
    """Make all checks, several at once; return them in the order given.

    checks: by the name that stands for all of it where AWS refuses to tell. The first is that of
    the stack itself, and the only one where there is nothing in the stack.
    """
    first, *_others = checks.items()
    try:
        with translated_errors():
            is_there = bool(backend.outputs)
    except Exception as error:  # noqa: BLE001 - it is shown
        return [not_checked_because(first[0], error)]
    if not is_there:
        return _made(backend, *first)
    with ThreadPoolExecutor(AT_ONCE, "status") as executor:
        results = executor.map(lambda named: _made(backend, *named), checks.items())
        return [check for checks in results for check in checks]


def not_checked_because(name: str, error: Exception) -> CheckResult:
    """Return the check of this name that broke off with an error, whatever that is."""
    if isinstance(error, AwsSetupError):
        return not_checked(name, str(error), error.hint)
    if isinstance(error, (ClientError, BotoCoreError)):
        return not_checked(name, str(error), UnexpectedAwsError.hint)
    text = f"Looking at it broke off: {type(error).__name__}: {error}"
    return not_checked(name, text, "Look at it in the AWS console; the other checks hold.")


def _made(backend: Backend, name: str, look: CheckFunction) -> list[CheckResult]:
    checks = list[CheckResult]()
    try:
        with translated_errors():
            for check in look(backend):
                checks.append(check)
    except Exception as error:  # noqa: BLE001 - it is shown, and must not hide the other checks
        checks.append(not_checked_because(name, error))
    return checks

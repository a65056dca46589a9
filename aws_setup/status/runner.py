"""Runs the checks of a deployed backend: what they look at, and what they return."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial
from queue import SimpleQueue
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aws_setup.calls.clients import translated_errors
from aws_setup.exceptions import AwsSetupError, StackMissing, UnexpectedAwsError
from aws_setup.stack.states import describe_stack

DEPLOY = "Run `manage.py deploy_backend`."
BY_HAND = (
    f"{DEPLOY} If that finds no changes, somebody made a change by hand: undo it in the AWS "
    "console."
)


class CheckState(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    REMARK = "remark"  # it may be meant to be so; it does not work for everybody
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check found. text: one sentence. hint: what to do about it; "" if it is ok."""

    name: str
    state: CheckState
    text: str
    hint: str = ""


def ok(name: str, text: str) -> CheckResult:
    """Return the result of a check that found nothing wrong."""
    return CheckResult(name=name, state=CheckState.OK, text=text)


def remark(name: str, text: str, hint: str) -> CheckResult:
    """Return the result of a check that found what may be meant to be so."""
    return CheckResult(name=name, state=CheckState.REMARK, text=text, hint=hint)


def wrong(name: str, text: str, hint: str) -> CheckResult:
    """Return the result of a check that found something wrong."""
    return CheckResult(name=name, state=CheckState.WRONG, text=text, hint=hint)


def not_checked(name: str, text: str, hint: str) -> CheckResult:
    """Return the result of a check that could not be made."""
    return CheckResult(name=name, state=CheckState.NOT_CHECKED, text=text, hint=hint)


@dataclass(frozen=True)
class Backend:
    """The deployed stack, read through one client per service.

    client: returns the client of the named service. Errors of boto3 pass.
    """

    client: Callable[[str], Any]
    stack_name: str

    @cached_property
    def stack(self) -> Mapping[str, Any] | None:
        """The stack as DescribeStacks returns it; None if it does not exist."""
        return describe_stack(self.client("cloudformation"), self.stack_name)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The stack's outputs; {} if there is no stack."""
        listed = (self.stack or {}).get("Outputs", ())
        return {each["OutputKey"]: each["OutputValue"] for each in listed}

    def output(self, key: str) -> str:
        """Return an output. Raises StackMissing: an earlier version of the stack may lack it."""
        if key not in self.outputs:
            raise StackMissing(f"Stack {self.stack_name} has no output {key}.")
        return self.outputs[key]

    def parameter(self, key: str) -> str:
        """Return one of the stack's parameters; "" if it has none of that name."""
        given = (self.stack or {}).get("Parameters", ())
        return next((each["ParameterValue"] for each in given if each["ParameterKey"] == key), "")

    @property
    def api_id(self) -> str:
        """The API's id, which is the first part of its host name. Raises StackMissing."""
        return self.output("GraphqlUrl").partition("://")[2].partition(".")[0]


CheckFunction = Callable[[Backend], Iterator[CheckResult]]


def run_checks(backend: Backend, checks: Mapping[str, CheckFunction]) -> list[CheckResult]:
    """Run all checks at once; return their results in the order given. See `results_of`."""
    found = dict(results_of(backend, checks))
    return [result for name in checks for result in found.get(name, ())]


def results_of(
    backend: Backend,
    checks: Mapping[str, CheckFunction],
    also: Mapping[str, Callable[[], list[CheckResult]]] | None = None,
) -> Iterator[tuple[str, list[CheckResult]]]:
    """Run all checks at once; yield the name and the results of each as soon as they are there.

    checks: by the name that is shown if AWS refuses to answer. The first must be the check of the
    stack itself, which comes first. It is the only one if the stack cannot be read; if the stack
    has no outputs, there are no others but `also`. also: further checks, which raise no error.
    """
    (name, check), *others = checks.items()
    try:
        with translated_errors():
            is_there = bool(backend.outputs)
    except Exception as error:  # noqa: BLE001 - it is shown
        yield name, [not_checked_because(name, error)]
        return
    yield name, _results_of(backend, name, check)
    further = {named[0]: partial(_results_of, backend, *named) for named in others if is_there}
    yield from _at_once({**further, **(also or {})})


def _at_once(
    jobs: Mapping[str, Callable[[], list[CheckResult]]],
) -> Iterator[tuple[str, list[CheckResult]]]:
    """Run jobs in threads; whoever stops listening, for example at Ctrl-C, waits for none."""
    found: SimpleQueue[tuple[str, list[CheckResult]]] = SimpleQueue()

    def work(name: str, job: Callable[[], list[CheckResult]]) -> None:
        found.put((name, job()))

    for each in jobs.items():
        threading.Thread(target=work, args=each, name="status", daemon=True).start()
    for _ in jobs:
        yield found.get()


def not_checked_because(name: str, error: Exception) -> CheckResult:
    """Return the result of a check that an error, of whatever kind, broke off."""
    if isinstance(error, AwsSetupError):
        return not_checked(name, str(error), error.hint)
    if isinstance(error, (ClientError, BotoCoreError)):
        return not_checked(name, str(error), UnexpectedAwsError.hint)
    text = f"The check broke off: {type(error).__name__}: {error}"
    return not_checked(name, text, "Look at it in the AWS console; the other checks are valid.")


def _results_of(backend: Backend, name: str, check: CheckFunction) -> list[CheckResult]:
    results = list[CheckResult]()
    try:
        with translated_errors():
            for result in check(backend):
                results.append(result)
    except Exception as error:  # noqa: BLE001 - it is shown, and must not hide the other checks
        results.append(not_checked_because(name, error))
    return results

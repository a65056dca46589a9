"""Every AWS call of a run fails once, in every way; its process is killed once before each.

A call is named by its number. A sweep goes on until a run comes to its end before the call of that
number, so that no call is left out however many there are.
"""

import itertools
import shlex
import signal
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aws_setup.exceptions import AwsSetupError
from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.server import LocalAws
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.fault_sweep.swept_process import NO_RETRIES, Client, Run, process_of
from tests.aws_setup.hired_operator import OperatorClients, hire, hired_policy

if TYPE_CHECKING:
    from aws_setup.local.controls.snapshots import Snapshot

DENIED = "User: arn:aws:iam::123456789012:user/operator is not authorized to perform: {0} on this"
RESTORE = "aws cognito-idp set-user-pool-mfa-config "


@dataclass(frozen=True, eq=False)
class Sweep:
    """What is run, and what it is to bring.

    prepare: brings an empty account to where the run begins, and returns the options of the run.
    run: what is swept. look: what there is afterwards, without what differs from run to run.
    calls: of AWS, in turn. may_be_denied: those of them without which the run goes on if it may
    not make them. may_fail: those without whose answer only less is told.
    """

    prepare: Callable[[LocalAws], ExistingOptions]
    run: Run
    look: Callable[[LocalAws, ExistingOptions], Any]
    calls: list[str] = field(default_factory=list)
    may_be_denied: Collection[str] = ()
    may_fail: Collection[str] = ()

    def stopped_by(self, fault: "Fault") -> list[str]:
        """Return the calls that end the run if they fail so, in turn."""
        passed = {*self.may_fail, *(self.may_be_denied if fault is deny else ())}
        return [call for call in self.calls if call not in passed]


def throttle(aws: LocalAws, number: int) -> None:
    aws.faults.fail("", "Throttling", message="Rate exceeded", after=number)


def deny(aws: LocalAws, number: int) -> None:
    message = DENIED.format("cloudformation:Something")
    aws.faults.fail("", "AccessDenied", message=message, status=403, after=number)


def lose_the_call(aws: LocalAws, number: int) -> None:
    aws.faults.lose_connection("", after=number)


def lose_the_answer(aws: LocalAws, number: int) -> None:
    aws.faults.lose_connection("", after=number, is_late=True)


Fault = Callable[[LocalAws, int], None]
_MENDS: dict[Fault, str] = {
    throttle: "Wait a minute and run it again",
    deny: "Have cloudformation:Something allowed for these credentials",
    lose_the_call: "run it again",
    lose_the_answer: "run it again",
}
FAULTS = pytest.mark.parametrize(("fault", "mend"), _MENDS.items())
CHANGES = ("Add", "Create", "Delete", "Execute", "Set", "Update")  # what their names begin with


def client_of(aws: LocalAws) -> Client:
    return OperatorClients(aws, REGION, NO_RETRIES)


@dataclass(frozen=True, slots=True)
class Sound:
    """Where a run begins, its options, and what it brings without a fault."""

    start: "Snapshot"
    options: ExistingOptions
    brought: Any
    policy: str  # of the operator, in the run
    calls: list[str]  # that it makes, in turn


@cache
def sound(sweep: Sweep, aws: LocalAws) -> Sound:
    """Run once without a fault."""
    aws.reset()
    options = sweep.prepare(aws)
    start = aws.snapshot()
    aws.faults.clear()
    sweep.run(client_of(aws), options)
    policy, calls = hired_policy(), in_turn(aws.faults.history)
    return Sound(start, options, sweep.look(aws, options), policy, calls)


S3, LAMBDA = "s3", "lambda"  # whose protocols name no operation


def failing(
    sweep: Sweep, aws: LocalAws, fault: Fault, mend: str
) -> Iterator[tuple[str, AwsSetupError]]:
    """Run with the fault at the first call, the second and so on; yield what failed, and how.

    After each, do what the error tells and run again. Fails where the error does not name the
    mend, and where the second run does not bring what was to be brought.
    """
    start = sound(sweep, aws).start
    for number in itertools.count():
        aws.restore(start)
        fault(aws, number)
        if error := failure_of(sweep, aws, mend):
            yield aws.faults.history[number], error
            go_on(sweep, aws, error.hint)
        if aws.faults.waiting:
            return


def failure_of(sweep: Sweep, aws: LocalAws, mend: str) -> AwsSetupError | None:
    """Run; return what failed, if anything did. Fails where that does not name the mend."""
    error = None
    try:
        sweep.run(client_of(aws), sound(sweep, aws).options)
    except AwsSetupError as failure:
        error = failure
    assert not error or mend in error.hint or RESTORE in error.hint
    return error


def go_on(sweep: Sweep, aws: LocalAws, said: str) -> None:
    """Do what was told, and run again. Fails where that does not bring what was to be brought."""
    wanted = sound(sweep, aws)
    aws.faults.clear()
    restore(aws, said)
    sweep.run(client_of(aws), wanted.options)
    assert sweep.look(aws, wanted.options) == wanted.brought, aws.faults.history


def failed_in_turn(sweep: Sweep, aws: LocalAws, fault: Fault, mend: str) -> list[str]:
    """Sweep with the fault, as above; return the calls that failed, in turn."""
    return in_turn([call for call, _ in failing(sweep, aws, fault, mend)])


def lost_answers(sweep: Sweep, aws: LocalAws) -> list[str]:
    """Lose the answer to each call that changes something, and run again; return these calls."""
    start, number_of = sound(sweep, aws).start, Counter[str]()
    changes = [call for call in sweep.calls if call.startswith(CHANGES)]
    for call in changes:
        aws.restore(start)
        aws.faults.lose_connection(call, after=number_of[call], is_late=True)
        number_of[call] += 1
        error = failure_of(sweep, aws, _MENDS[lose_the_answer])
        assert error, call
        assert not aws.faults.waiting
        go_on(sweep, aws, error.hint)
    return changes


def killed(sweep: Sweep, aws: LocalAws, log: Path) -> list[str]:
    """Kill the process before its first call, its second and so on; return these calls in turn.

    Fails where the next run does not bring what was to be brought.
    """
    wanted, killed_before = sound(sweep, aws), []
    options = wanted.options
    for number in itertools.count():
        aws.restore(wanted.start)
        log.write_text("", encoding="utf-8")
        hire(wanted.policy)
        process, started = process_of(sweep.run, options, aws, log), threading.Event()

        def kill(process: Any = process, started: threading.Event = started) -> None:
            started.wait()  # its first call may come before `start` returns
            process.kill()

        aws.faults.lose_connection("", after=number, hook=kill)
        process.start()
        started.set()
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL, log.read_text(encoding="utf-8")
        killed_before.append(aws.faults.history[number])
        go_on(sweep, aws, log.read_text(encoding="utf-8"))
    return in_turn(killed_before)


def restore(aws: LocalAws, said: str) -> None:
    """Do as an operator who was told to put second factors back."""
    _, told, rest = said.partition(RESTORE)
    if told:
        words = shlex.split(rest.split("}'")[0] + "}'")
        arguments = loads(words[words.index("--cli-input-json") + 1])
        aws.client("cognito-idp", REGION).set_user_pool_mfa_config(**arguments)


def in_turn(calls: list[str]) -> list[str]:
    """Return the calls, with those once that were repeated until something had happened."""
    return [call for call, _ in itertools.groupby(calls)]

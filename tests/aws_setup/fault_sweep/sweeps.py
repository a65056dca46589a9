"""Every AWS call of a run fails once, in every way; its process is killed once before each.

A call is named by its number. A sweep goes on until a run comes to its end before the call of that
number, so that no call is left out however many there are.
"""

import itertools
import shlex
import signal
import threading
from collections.abc import Callable, Iterator
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

if TYPE_CHECKING:
    from aws_setup.local.snapshots import Snapshot

DENIED = "User: arn:aws:iam::123456789012:user/operator is not authorized to perform: {0} on this"
RESTORE = "aws cognito-idp set-user-pool-mfa-config "


@dataclass(frozen=True, eq=False)
class Sweep:
    """What is run, and what it is to bring.

    prepare: brings an empty account to where the run begins, and returns the options of the run.
    run: what is swept. look: what there is afterwards, without what differs from run to run.
    calls: of AWS, in turn.
    """

    prepare: Callable[[LocalAws], ExistingOptions]
    run: Run
    look: Callable[[LocalAws, ExistingOptions], Any]
    calls: list[str] = field(default_factory=list)


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
# A call that is throttled or lost leaves the account as one that is denied does, and what is told
# of it is the same in all runs: swept over a creation, it need not be swept over each of them.
_LONG = (throttle, lose_the_call)
# A lost answer leaves the account as a denial of the next call does. What is told of a denial, and
# that it is mended, is swept over a creation, an update and a removal.
_LONGEST = (*_LONG, deny)
FAULTS = pytest.mark.parametrize(("fault", "mend"), _MENDS.items())


def _faults_but(long: tuple[Fault, ...]) -> pytest.MarkDecorator:
    """Leave these faults to make test-long."""
    marked = [
        pytest.param(fault, mend, marks=[pytest.mark.long] if fault in long else [])
        for fault, mend in _MENDS.items()
    ]
    return pytest.mark.parametrize(("fault", "mend"), marked)


DIFFERENT_FAULTS, LOST_ANSWERS = _faults_but(_LONG), _faults_but(_LONGEST)


def client_of(aws: LocalAws) -> Client:
    return lambda service: aws.client(service, REGION, NO_RETRIES)


@dataclass(frozen=True, slots=True)
class Sound:
    """Where a run begins, its options, and what it brings without a fault."""

    start: "Snapshot"
    options: ExistingOptions
    brought: Any


@cache
def sound(sweep: Sweep, aws: LocalAws) -> Sound:
    """Run once without a fault."""
    aws.reset()
    options = sweep.prepare(aws)
    start = aws.snapshot()
    sweep.run(client_of(aws), options)
    return Sound(start, options, sweep.look(aws, options))


S3 = "a call to S3"  # whose protocol names no operation


def failing(
    sweep: Sweep, aws: LocalAws, fault: Fault, mend: str
) -> Iterator[tuple[str, AwsSetupError]]:
    """Run with the fault at the first call, the second and so on; yield what failed, and how.

    After each, do what the error tells and run again. Fails where the error does not name the
    mend, and where the second run does not bring what was to be brought.
    """
    wanted = sound(sweep, aws)
    options = wanted.options
    for number in itertools.count():
        aws.restore(wanted.start)
        fault(aws, number)
        try:
            sweep.run(client_of(aws), options)
        except AwsSetupError as error:
            hint = error.hint
            yield aws.faults.history[number] or S3, error
            aws.faults.clear()
            restore(aws, hint)
            sweep.run(client_of(aws), options)
            assert mend in hint or RESTORE in hint
            assert sweep.look(aws, options) == wanted.brought, aws.faults.history
        if aws.faults.waiting:
            return


def failed_in_turn(sweep: Sweep, aws: LocalAws, fault: Fault, mend: str) -> list[str]:
    """Sweep with the fault, as above; return the calls that failed, in turn."""
    return in_turn([call for call, _ in failing(sweep, aws, fault, mend)])


def killed(sweep: Sweep, aws: LocalAws, log: Path) -> list[str]:
    """Kill the process before its first call, its second and so on; return these calls in turn.

    Fails where the next run does not bring what was to be brought.
    """
    wanted, killed_before = sound(sweep, aws), []
    options = wanted.options
    for number in itertools.count():
        aws.restore(wanted.start)
        log.write_text("", encoding="utf-8")
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
        killed_before.append(aws.faults.history[number] or S3)
        aws.faults.clear()
        restore(aws, log.read_text(encoding="utf-8"))
        sweep.run(client_of(aws), options)
        assert sweep.look(aws, options) == wanted.brought
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

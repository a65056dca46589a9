"""Ctrl-C during a deployment, with an operator who can answer."""

import io
import os
import pty
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from aws_setup.exceptions import DeployCancelled, DeployUnfinished
from aws_setup.terminal.deploy_result import DeployResult
from tests.aws_setup.cloudformation_stub import (
    AT_REST,
    NOT_THERE,
    OUTPUTS,
    STACK_ID,
    Refusal,
    Script,
    event,
    events,
    script_a_creation,
    script_an_update,
    stack,
)
from tests.aws_setup.operator import Operator, Terminal
from tests.aws_setup.terminal.screen import Screen
from tests.processes import REPOSITORY, environment


def interrupted(answer: dict[str, Any]) -> Any:
    """Return an answer that comes together with a Ctrl-C."""

    def press() -> dict[str, Any]:
        os.kill(os.getpid(), signal.SIGINT)
        return answer

    return press


class PressesAgain(Terminal):
    """A terminal at which somebody answers the question with Ctrl-C."""

    def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the second Ctrl-C was held back")


def deploy(operator: Operator, stdin: io.StringIO) -> DeployResult:
    """Deploy, and see that Ctrl-C is again what it was."""
    before = signal.getsignal(signal.SIGINT)
    try:
        return operator.deploy(stdin=stdin)
    finally:
        assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def updating(script: Script) -> list[dict[str, Any]]:
    """An update during which Ctrl-C is pressed; returns the events up to then."""
    script_an_update(script)
    script.on("DescribeStacks", AT_REST)
    script.on("CancelUpdateStack", {})
    running = [event("UPDATE_IN_PROGRESS", "A"), event("UPDATE_IN_PROGRESS")]
    done = events(event("UPDATE_COMPLETE"), *running)
    script.on("DescribeStackEvents", events(), interrupted(events(*running)), done)
    return running


def test_the_operator_may_cancel_the_update_and_sees_it_rolled_back(
    script: Script, operator: Operator, updating: list[dict[str, Any]]
) -> None:
    back = events(event("UPDATE_ROLLBACK_COMPLETE"), *updating)
    script.on("DescribeStackEvents", events(), interrupted(events(*updating)), back)
    with pytest.raises(DeployCancelled) as caught:
        deploy(operator, Terminal("c\n"))
    assert "c  cancel the update and roll it back" in operator.said
    assert [call["StackName"] for call in script.called("CancelUpdateStack")] == [STACK_ID]
    assert "UPDATE_ROLLBACK_COMPLETE" in operator.said
    first, aws_state = str(caught.value).splitlines()
    assert first == "Cancelled, as you asked."
    assert aws_state.endswith(
        "is UPDATE_ROLLBACK_COMPLETE: it is back in the state before the update."
    )


def test_the_operator_may_go_on_watching(
    script: Script, operator: Operator, updating: list[dict[str, Any]]
) -> None:
    assert deploy(operator, Terminal("what?\ng\n")).outcome == "deployed"
    assert operator.said.count("[c/l/g]") == 2
    assert script.called("CancelUpdateStack") == []


@pytest.mark.parametrize("stdin", [Terminal("l\n"), Terminal(""), PressesAgain()])
def test_the_operator_may_leave_it_running_also_with_a_second_ctrl_c(
    script: Script, operator: Operator, updating: list[dict[str, Any]], stdin: io.StringIO
) -> None:
    with pytest.raises(KeyboardInterrupt):
        deploy(operator, stdin)
    assert script.called("CancelUpdateStack") == []


def test_too_late_to_cancel_is_said_and_the_watch_goes_on(
    script: Script, operator: Operator, updating: list[dict[str, Any]]
) -> None:
    late = "CancelUpdateStack cannot be called from current stack status"
    script.on("CancelUpdateStack", Refusal("ValidationError", late))
    assert deploy(operator, Terminal("c\n")).outcome == "deployed"
    assert f"CloudFormation does not cancel now: {late}." in operator.said


def test_a_cancel_that_aws_refuses_leaves_it_running_and_says_so(
    script: Script, operator: Operator, updating: list[dict[str, Any]]
) -> None:
    script.on("CancelUpdateStack", Refusal("AccessDenied", "Not you", 403))
    with pytest.raises(DeployUnfinished, match="AWS refused CancelUpdateStack: Not you") as caught:
        deploy(operator, Terminal("c\n"))
    assert "CloudFormation finishes or rolls back by itself" in str(caught.value)


@pytest.fixture
def creating(script: Script) -> list[dict[str, Any]]:
    """A creation during which Ctrl-C is pressed; returns the events up to then."""
    script_a_creation(script)
    absent = Refusal("ValidationError", NOT_THERE)
    script.on("DescribeStacks", absent, stack("CREATE_IN_PROGRESS"))
    running = [event("CREATE_IN_PROGRESS", "UserPool"), event("CREATE_IN_PROGRESS")]
    gone = events(event("DELETE_COMPLETE"), event("DELETE_SKIPPED", "UserPool"), *running)
    script.on("DescribeStackEvents", events(), interrupted(events(*running)), gone)
    return running


@pytest.mark.verified_by("a_stack_deleted_while_it_is_created")
def test_to_cancel_a_creation_is_to_delete_the_stack_and_says_what_is_kept(
    script: Script, operator: Operator, creating: list[dict[str, Any]]
) -> None:
    with pytest.raises(DeployCancelled, match=r"and kept: UserPool \(physical-UserPool\)\."):
        deploy(operator, Terminal("c\n"))
    assert "c  delete what was created, except the empty pool, group and tables" in operator.said
    assert [call["StackName"] for call in script.called("DeleteStack")] == [STACK_ID]
    assert script.called("CancelUpdateStack") == []


def test_a_stack_whose_creation_has_just_ended_is_not_deleted(
    script: Script, operator: Operator, creating: list[dict[str, Any]]
) -> None:
    done = events(event("CREATE_COMPLETE"), *creating)
    script.on("DescribeStackEvents", events(), interrupted(events(*creating)), done)
    absent, created = (
        Refusal("ValidationError", NOT_THERE),
        stack("CREATE_COMPLETE", Outputs=OUTPUTS),
    )
    script.on("DescribeStacks", absent, created)
    assert deploy(operator, Terminal("c\n")).outcome == "deployed"
    assert "It is too late to cancel: onboarding is CREATE_COMPLETE." in operator.said
    assert script.called("DeleteStack") == []


@contextmanager
def on_a_terminal(*arguments: str, variables: dict[str, str]) -> Iterator[tuple[Any, int]]:
    """Run the command on a pseudo-terminal; yields the process and our end of the terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment(variables | {"TERM": "xterm", "COLUMNS": "100", "LINES": "24"}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        try:
            yield process, ours
        finally:
            process.kill()
            os.close(ours)


def test_on_a_real_terminal_the_lines_change_in_place_and_the_question_stands_below(
    script: Script, endpoint: dict[str, str]
) -> None:
    script_an_update(script)
    script.on("DescribeStacks", AT_REST)
    running = [event("UPDATE_IN_PROGRESS", "A"), event("UPDATE_IN_PROGRESS")]
    script.on("DescribeStackEvents", events(), events(*running))
    screen = Screen()
    with on_a_terminal("deploy_backend", "--no-color", variables=endpoint) as (process, terminal):
        read_to(terminal, screen, re.escape("Deploy these changes?"))
        os.write(terminal, b"y\n")
        running_now = r"^UPDATE_IN_PROGRESS \d+ s A\b"
        read_to(terminal, screen, running_now, r"^UPDATE_IN_PROGRESS 0 of 1 done, [1-9]\d* s")
        assert sum("IN_PROGRESS  " in line for line in screen.lines) == 2
        process.send_signal(signal.SIGINT)
        read_to(terminal, screen, re.escape("[c/l/g]"))
        done = events(event("UPDATE_COMPLETE"), event("UPDATE_COMPLETE", "A"), *running)
        script.on("DescribeStackEvents", done)
        os.write(terminal, b"g\n")
        read_to(terminal, screen, "GroupName businesses")
        assert process.wait() == 0


def read_to(terminal: int, screen: Screen, *patterns: str) -> None:
    """Read onto the screen until a line of it matches each of these, however that is spaced."""

    def is_there(pattern: str) -> bool:
        return any(re.search(pattern, " ".join(line.split())) for line in screen.lines)

    with selectors.DefaultSelector() as selector:
        selector.register(terminal, selectors.EVENT_READ)
        while not all(map(is_there, patterns)):
            assert selector.select(30), f"{patterns} never came:\n" + "\n".join(screen.lines)
            screen.write(os.read(terminal, 4096).decode().replace("\r\n", "\n"))

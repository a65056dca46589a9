"""The progress of an operation on the screen, while it runs."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from aws_setup.stack.events import StackEvent
from aws_setup.terminal.progress_display import ProgressDisplay
from tests.aws_setup.cloudformation_stub import FakeTime
from tests.aws_setup.terminal.screen import Screen, out_of

BEGAN = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def event(
    logical_id: str, status: str, seconds: float = 0, reason: str = "", kind: str = "AWS::X"
) -> StackEvent:
    of_stack = logical_id == "onboarding"
    return StackEvent(
        event_id=f"{logical_id}-{status}-{seconds}",
        at=BEGAN + timedelta(seconds=seconds),
        stack_id="stack",
        logical_id=logical_id,
        physical_id="stack" if of_stack else logical_id,
        resource_type="AWS::CloudFormation::Stack" if of_stack else kind,
        status=status,
        reason=reason,
    )


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


def display(
    screen: io.StringIO, time: FakeTime, *, total: int = 0, size: tuple[int, int] = (100, 24)
) -> ProgressDisplay:
    return ProgressDisplay(
        out_of(screen), lambda _: str, total=total, clock=time.clock, size=lambda: size
    )


def test_each_resource_has_one_line_that_changes_in_place(fake_time: FakeTime) -> None:
    screen = Screen()
    shown = display(screen, fake_time, total=3)
    shown.show(event("onboarding", "CREATE_IN_PROGRESS", reason="User Initiated"))
    shown.show(event("UserPool", "CREATE_IN_PROGRESS"))
    shown.show(event("Table", "CREATE_IN_PROGRESS"))
    fake_time.sleep(5)
    shown.show(event("UserPool", "CREATE_IN_PROGRESS", reason="Resource creation Initiated"))
    shown.redraw()
    assert [line.split() for line in screen.lines] == [
        ["CREATE_IN_PROGRESS", "5", "s", "UserPool", "AWS::X"],
        ["CREATE_IN_PROGRESS", "5", "s", "Table", "AWS::X"],
        ["CREATE_IN_PROGRESS", "0", "of", "3", "done,", "5", "s"],
        [],
    ]


def test_what_is_done_stays_above_with_the_seconds_that_aws_counted(fake_time: FakeTime) -> None:
    screen = Screen()
    shown = display(screen, fake_time)
    shown.show(event("onboarding", "UPDATE_IN_PROGRESS"))
    for name in ("A", "B"):
        shown.show(event(name, "UPDATE_IN_PROGRESS"))
    shown.show(event("A", "UPDATE_COMPLETE", 7))
    assert [line.split()[:4] for line in screen.lines] == [
        ["UPDATE_COMPLETE", "7", "s", "A"],
        ["UPDATE_IN_PROGRESS", "0", "s", "B"],
        ["UPDATE_IN_PROGRESS", "1", "done,", "0"],
        [],
    ]
    shown.show(event("B", "UPDATE_COMPLETE", 9))
    shown.show(event("onboarding", "UPDATE_COMPLETE", 10))
    assert [line.split()[:2] for line in screen.lines] == [
        ["UPDATE_COMPLETE", "7"],
        ["UPDATE_COMPLETE", "9"],
        ["09:00:10Z", "UPDATE_COMPLETE"],
        [],
    ]


def test_failures_and_the_turn_to_a_rollback_stay_with_their_reasons(fake_time: FakeTime) -> None:
    screen = Screen(columns=200)
    shown = display(screen, fake_time)
    shown.show(event("A", "CREATE_IN_PROGRESS"))
    shown.show(event("A", "CREATE_FAILED", 2, reason="Quota\nreached"))
    shown.show(event("onboarding", "ROLLBACK_IN_PROGRESS", 3, reason="[A] failed to create."))
    text = "\n".join(screen.lines)
    assert "CREATE_FAILED" in text
    assert "A  AWS::X  Quota reached" in text
    assert "[A] failed to create." in text


def test_lines_are_cut_to_the_terminal_so_that_going_up_finds_them_again(
    fake_time: FakeTime,
) -> None:
    screen = Screen(columns=40)
    shown = display(screen, fake_time, size=(40, 8))
    for number in range(9):
        shown.show(event(f"AResourceWithALongName{number}", "CREATE_IN_PROGRESS", kind="AWS::Long"))
        shown.redraw()
    assert len(screen.lines) == 8
    assert screen.lines[5] == "... and 4 more"
    assert all(len(line) < 40 for line in screen.lines)


def test_what_is_written_below_after_leaving_stays(fake_time: FakeTime) -> None:
    screen = Screen()
    shown = display(screen, fake_time)
    shown.show(event("A", "CREATE_IN_PROGRESS"))
    shown.leave()
    screen.write("What now?\n")
    shown.redraw()
    assert [line.split()[0] for line in screen.lines if line] == [
        "CREATE_IN_PROGRESS",
        "WAITING",
        "What",
        "CREATE_IN_PROGRESS",
        "WAITING",
    ]


@pytest.mark.parametrize("out", [io.StringIO, Screen])
def test_where_nothing_can_be_redrawn_each_event_is_a_line(
    fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch, out: type[io.StringIO]
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    screen = out()
    shown = display(screen, fake_time)
    shown.show(event("A", "CREATE_IN_PROGRESS"))
    shown.redraw()
    shown.show(event("A", "CREATE_COMPLETE", 2))
    assert [line.split() for line in screen.getvalue().splitlines()] == [
        ["09:00:00Z", "CREATE_IN_PROGRESS", "A", "AWS::X"],
        ["09:00:02Z", "CREATE_COMPLETE", "A", "AWS::X"],
    ]

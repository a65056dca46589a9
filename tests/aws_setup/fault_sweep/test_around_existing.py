"""Whatever breaks a creation off around existing resources, the next run creates the stack."""

from pathlib import Path

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.fault_sweep.sweeps import LOST_ANSWERS, Fault, failed_in_turn, killed
from tests.aws_setup.fault_sweep.swept_runs import AROUND, CREATION


@LOST_ANSWERS
def test_whichever_call_fails_the_next_run_creates_the_stack(
    local_aws_server: LocalAws, fault: Fault, mend: str
) -> None:
    assert failed_in_turn(AROUND, local_aws_server, fault, mend) == AROUND.calls


@pytest.mark.long
def test_wherever_a_process_is_killed_the_next_run_creates_the_stack(
    local_aws_server: LocalAws, tmp_path: Path
) -> None:
    assert killed(AROUND, local_aws_server, tmp_path / "log") == AROUND.calls


def test_every_call_of_a_plain_creation_is_among_them() -> None:
    calls = iter(AROUND.calls)
    assert all(call in calls for call in CREATION.calls), "in the same order"

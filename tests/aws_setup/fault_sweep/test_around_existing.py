"""Whatever breaks a creation off around existing resources, the next run creates the stack."""

from pathlib import Path

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.fault_sweep.sweeps import (
    FAULTS,
    Fault,
    failed_in_turn,
    killed,
    lost_answers,
)
from tests.aws_setup.fault_sweep.swept_runs import AROUND, CREATION


@pytest.mark.long
@FAULTS
def test_whichever_call_fails_the_next_run_creates_the_stack(
    local_aws_server: LocalAws, fault: Fault, mend: str
) -> None:
    assert failed_in_turn(AROUND, local_aws_server, fault, mend) == AROUND.stopped_by(fault)


# S3 takes no part: what it stores is stored again, and never read without a change set.
def test_whichever_answer_to_a_change_is_lost_the_next_run_creates_the_stack(
    local_aws_server: LocalAws,
) -> None:
    assert lost_answers(AROUND, local_aws_server) == [
        *("CreateChangeSet", "AddCustomAttributes", "ExecuteChangeSet", "UpdateUserPool"),
        *("SetUserPoolMfaConfig", "UpdateTable"),
    ]


@pytest.mark.long
def test_wherever_a_process_is_killed_the_next_run_creates_the_stack(
    local_aws_server: LocalAws, tmp_path: Path
) -> None:
    assert killed(AROUND, local_aws_server, tmp_path / "log") == AROUND.calls


def test_every_call_of_a_plain_creation_is_among_them() -> None:
    calls = iter(AROUND.calls)
    assert all(call in calls for call in CREATION.calls), "in the same order"

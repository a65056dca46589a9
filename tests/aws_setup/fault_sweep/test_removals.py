"""Whatever breaks a removal or an adoption off, the next run brings what was to be brought."""

from pathlib import Path

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.fault_sweep.sweeps import (
    FAULTS,
    Fault,
    Sweep,
    failed_in_turn,
    killed,
    lost_answers,
)
from tests.aws_setup.fault_sweep.swept_runs import ADOPTION, REMOVAL


@pytest.mark.long
@FAULTS
def test_whichever_call_of_a_removal_fails_the_next_run_removes_the_stack(
    local_aws_server: LocalAws, fault: Fault, mend: str
) -> None:
    assert failed_in_turn(REMOVAL, local_aws_server, fault, mend) == REMOVAL.stopped_by(fault)


@pytest.mark.parametrize(
    ("sweep", "changes"),
    [
        (REMOVAL, ["UpdateUserPool", "DeleteStack"]),
        (ADOPTION, ["CreateChangeSet", "ExecuteChangeSet"] * 3),
    ],
)
def test_whichever_answer_to_a_change_is_lost_the_next_run_comes_to_the_end(
    local_aws_server: LocalAws, sweep: Sweep, changes: list[str]
) -> None:
    assert lost_answers(sweep, local_aws_server) == changes


@pytest.mark.long
def test_wherever_a_removal_is_killed_the_next_run_removes_the_stack(
    local_aws_server: LocalAws, tmp_path: Path
) -> None:
    assert killed(REMOVAL, local_aws_server, tmp_path / "log") == REMOVAL.calls


@pytest.mark.long
@FAULTS
def test_whichever_call_of_an_adoption_fails_the_next_run_adopts_what_is_kept(
    local_aws_server: LocalAws, fault: Fault, mend: str
) -> None:
    assert failed_in_turn(ADOPTION, local_aws_server, fault, mend) == ADOPTION.calls


@pytest.mark.long
def test_wherever_an_adoption_is_killed_the_next_run_adopts_what_is_kept(
    local_aws_server: LocalAws, tmp_path: Path
) -> None:
    assert killed(ADOPTION, local_aws_server, tmp_path / "log") == ADOPTION.calls

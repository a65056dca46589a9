"""Whatever breaks a deploy off, wherever it does, the next one brings what was to be brought."""

from pathlib import Path

import pytest
from botocore.config import Config

from aws_setup.exceptions import DeployUnfinished
from aws_setup.local.server import LocalAws
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.fault_sweep.sweeps import (
    FAULTS,
    Fault,
    failed_in_turn,
    failing,
    in_turn,
    killed,
    lose_the_call,
    lost_answers,
    sound,
)
from tests.aws_setup.fault_sweep.swept_runs import BODY, CREATION, DRY_RUN, UPDATE, stack_of
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 3})  # boto3's own default


@FAULTS
def test_whichever_call_of_a_creation_fails_the_next_run_creates_the_stack(
    local_aws_server: LocalAws, fault: Fault, mend: str
) -> None:
    failed = []
    for call, error in failing(CREATION, local_aws_server, fault, mend):
        failed.append(call)
        begun = failed.count("ExecuteChangeSet") and call != "ExecuteChangeSet"
        assert isinstance(error, DeployUnfinished) == bool(begun)
    assert in_turn(failed) == CREATION.calls


def test_wherever_a_creation_is_killed_the_next_run_creates_the_stack(
    local_aws_server: LocalAws, tmp_path: Path
) -> None:
    assert killed(CREATION, local_aws_server, tmp_path / "log") == CREATION.calls


# The other faults break it off at the same places, and the calls of its plan are a creation's too.
def test_whichever_call_of_a_dry_run_fails_the_stack_can_be_deployed(
    local_aws_server: LocalAws,
) -> None:
    failed = failed_in_turn(DRY_RUN, local_aws_server, lose_the_call, "run it again")
    assert failed == DRY_RUN.calls


# A killed process leaves what a call that fails leaves, and what is told of it is the same in all.
@pytest.mark.long
@FAULTS
def test_whichever_call_of_an_update_fails_the_next_run_updates_the_stack(
    local_aws_server: LocalAws, fault: Fault, mend: str
) -> None:
    assert failed_in_turn(UPDATE, local_aws_server, fault, mend) == UPDATE.calls


def test_whichever_answer_to_a_change_is_lost_the_next_run_updates_the_stack(
    local_aws_server: LocalAws,
) -> None:
    changes = ["CreateChangeSet", "ExecuteChangeSet", "UpdateUserPool", "SetUserPoolMfaConfig"]
    assert lost_answers(UPDATE, local_aws_server) == changes


def test_wherever_an_update_is_killed_the_next_run_updates_the_stack(
    local_aws_server: LocalAws, tmp_path: Path
) -> None:
    assert killed(UPDATE, local_aws_server, tmp_path / "log") == UPDATE.calls


@pytest.mark.parametrize("call", ["CreateChangeSet", "ExecuteChangeSet"])
def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(
    local_aws_server: LocalAws, call: str
) -> None:
    wanted = sound(CREATION, local_aws_server)
    local_aws_server.restore(wanted.start)
    local_aws_server.faults.lose_connection(call, is_late=True)
    operator = Operator(OperatorClients(local_aws_server, REGION, RETRIES), BODY)
    assert operator.deploy().outcome == "deployed"
    assert local_aws_server.faults.calls(call) == 2
    assert stack_of(local_aws_server, wanted.options) == wanted.brought

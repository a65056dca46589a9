"""The runs that are swept make the calls that their sweeps list."""

import pytest

from aws_setup.local.server import LocalAws
from tests.aws_setup.fault_sweep.sweeps import Sweep, sound
from tests.aws_setup.fault_sweep.swept_runs import (
    ADOPTION,
    AROUND,
    CREATION,
    DRY_RUN,
    REMOVAL,
    UPDATE,
)

SWEEPS = {
    "creation": CREATION,
    "dry run": DRY_RUN,
    "update": UPDATE,
    "around existing resources": AROUND,
    "removal": REMOVAL,
    "adoption": ADOPTION,
}


@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)
def test_a_run_makes_these_calls(local_aws_server: LocalAws, sweep: Sweep) -> None:
    assert sound(sweep, local_aws_server).calls == sweep.calls

"""Whatever encoding a terminal has, a command says everything and does all of its work."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from aws_setup.local.server import LocalAws
from tests.businesses.deployed import Deployed
from tests.deployment import REGION, deploy
from tests.harness.counts import count
from tests.processes import REPOSITORY, Forked, environment, manage

ENCODINGS = ("ascii", "latin-1", "shift_jis", "utf-16")
SUB = "ödd ☕ 😀 ß"


@pytest.fixture
def variables(local_aws: LocalAws) -> dict[str, str]:
    """The environment of somebody who works with the deployed stack."""
    deploy(local_aws)
    return {**local_aws.environment(REGION), "BACKEND_STACK_NAME": "onboarding-test"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_encoding_of_the_output_keeps_anybody_from_being_retried(
    local_aws: LocalAws, variables: dict[str, str], encoding: str
) -> None:
    deployed = Deployed(local_aws)
    subs = deployed.stuck(2)
    given = environment({**variables, "PYTHONIOENCODING": encoding})
    with TemporaryFile() as out, TemporaryFile() as errors, Path(os.devnull).open() as nothing:
        streams = (nothing.fileno(), out.fileno(), errors.fileno())
        Forked(["manage.py", "retry_onboardings", subs[0], SUB, subs[1]], given, streams).wait(120)
        said, complaints = ((f.seek(0), f.read().decode(encoding))[1] for f in (out, errors))
    assert "Traceback" not in complaints
    assert f"{SUB.encode(encoding, 'backslashreplace').decode(encoding)}  not retried" in said
    assert {deployed.record(sub).status for sub in subs} == {"COMPLETED"}
    count("encodings of a command's output")


def test_what_is_no_text_in_the_terminals_encoding_is_no_agreement(
    variables: dict[str, str],
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "manage.py", "destroy_backend"],
        cwd=REPOSITORY,
        env=environment({**variables, "PYTHONIOENCODING": "utf-8"}),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as command:
        os.close(theirs)
        os.write(ours, b"onb\xf6arding\n")
        said = command.communicate(timeout=120)[0]
    os.close(ours)
    assert "Traceback" not in said
    assert command.returncode == 1
    assert manage("backend_status", variables=variables).returncode == 0

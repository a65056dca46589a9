"""The commands of an operator load nothing that they have no use for, so that they begin soon."""

import subprocess
import sys

import pytest

from tests.processes import REPOSITORY, environment

UNUSED = {"businesses.admin", "businesses.pages", "aiohttp", "cfnlint", "ministack"}


@pytest.mark.parametrize(
    "arguments", [["deploy_backend", "--print-template"], ["destroy_backend", "--help"]]
)
def test_it_loads_no_page_of_the_site(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment({"AWS_REGION": "eu-central-1", "BACKEND_STACK_NAME": "stack"}),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stderr.splitlines()
    loaded = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert "aws_setup.deployment" in loaded or "aws_setup.destruction" in loaded
    assert loaded & UNUSED == set()

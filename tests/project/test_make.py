"""What the Makefile does where an installation fails, tried in a copy and without the network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import REPOSITORY

WHOLE, LACKS_VENV, LACKS_PIP = "exit 0", 'case "$*" in *ensurepip*) exit 1;; esac', "exit 1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the Makefile and the lists that it installs."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    for name in ("package.json", "package-lock.json", "requirements-dev.txt"):
        (tmp_path / name).touch()
    return tmp_path


def command(path: Path, script: str) -> Path:
    """Write a command that does what the script says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def make(folder: Path, target: str, python: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", target, f"PYTHON={python}"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("environment", [".venv", ".checkov"])
def test_a_python_without_venv_is_told_with_the_mend(folder: Path, environment: str) -> None:
    python = command(folder / "python3", LACKS_VENV)
    target = {".venv": ".venv/bin/python", ".checkov": ".checkov/.installed"}[environment]
    (folder / "requirements-checkov.txt").touch()
    made = make(folder, target, python)
    assert made.returncode == 2
    assert made.stdout.splitlines()[1] == (
        f"{python} lacks venv, so {environment} was not made. On Debian and Ubuntu: "
        "apt-get install python3-venv"
    )
    assert not (folder / environment).exists()


def test_an_environment_that_is_half_made_is_made_anew(folder: Path) -> None:
    command(folder / ".venv" / "bin" / "python", LACKS_PIP)
    (folder / ".venv" / ".dev-installed").touch()
    made = make(folder, ".venv/bin/python", Path(sys.executable))
    assert (made.returncode, made.stdout) == (0, "Creating .venv\n")
    assert not (folder / ".venv" / ".dev-installed").exists()
    pip = [str(folder / ".venv" / "bin" / "python"), "-m", "pip", "--version"]
    assert subprocess.run(pip, capture_output=True, check=False).returncode == 0


def test_a_whole_environment_is_kept(folder: Path) -> None:
    command(folder / ".venv" / "bin" / "python", WHOLE)
    (folder / ".venv" / ".dev-installed").touch()
    made = make(folder, ".venv/.dev-installed", folder / "none")
    assert (made.returncode, made.stdout) == (0, "make: '.venv/.dev-installed' is up to date.\n")


def test_a_failure_of_npm_is_shown_with_the_mend(folder: Path) -> None:
    command(folder / ".venv" / "bin" / "python", WHOLE)
    command(
        folder / ".venv" / "bin" / "npm", "echo notices; echo npm error: no network >&2; exit 1"
    )
    (folder / ".venv" / ".dev-installed").touch()
    made = make(folder, "node_modules/.installed", folder / "none")
    assert made.returncode == 2
    assert made.stdout.splitlines()[1:4] == [
        "npm error: no network",
        "npm could not install the packages that check the resolvers; its own message is above.",
        "Fix the cause (the network, a proxy, disk space), then run make again.",
    ]

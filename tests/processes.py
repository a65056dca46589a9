"""Runs `manage.py` as an operator does: a process of its own, with an environment of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
KEPT = ("PATH", "HOME", "LANG")
# What a shell without job control runs in the background ignores Ctrl-C, and so would every child.
signal.signal(signal.SIGINT, signal.default_int_handler)
# With this a child process measures its coverage, which takes it twice the time: too long for the
# Lambda functions that the embedded AWS starts, and worth it only where no other test leads.
COVERAGE = {
    name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_PROCESS_")
}


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what `manage.py` sees: these variables, and nothing of AWS or Django besides."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "only-for-tests",
        "PYTHONUNBUFFERED": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **variables,
    }


def manage(
    *arguments: str, variables: Mapping[str, str] | None = None, answer: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `answer` is its standard input."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment(variables or {}),
        input=answer,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def managed(
    *arguments: str, variables: Mapping[str, str], measured: bool = False
) -> Iterator["subprocess.Popen[str]"]:
    """Run a command that serves until it is told to end; it is killed if it was not.

    measured: whether its coverage counts.
    """
    with subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment(variables) | (COVERAGE if measured else {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    """Return what the process has printed, up to and with the line that holds `text`."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if text in line:
            return "".join(printed)
    raise AssertionError(f"it ended without {text!r}:\n{''.join(printed)}")

"""Runs `manage.py` as an operator does: in a process and an environment of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
KEPT = ("PATH", "HOME", "LANG")
# A background process of a shell without job control ignores Ctrl-C, and so would its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
# With these, a child process measures its coverage, which doubles its time. That is too long for
# the Lambda functions that the embedded AWS starts, and only worth it for code that no other test
# reaches.
COVERAGE = {
    name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_PROCESS_")
}


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of `manage.py`: these variables, and no others for AWS or Django."""
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
    """Run a command that serves until it is stopped; it is killed at the end of the block.

    measured: whether its coverage is measured.
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
    """Return what the process has printed, up to and including the line that contains `text`."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if text in line:
            return "".join(printed)
    raise AssertionError(f"it ended without {text!r}:\n{''.join(printed)}")

"""Runs `manage.py` as an operator does: in a process and an environment of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Protocol

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
# What the site accepts without DEBUG.
KEY = "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz"
# What Python itself reads when it starts. A command with one of these is not forked.
READ_AT_THE_START = {"PYTHONPATH", *COVERAGE}


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of `manage.py`: these variables, and no others for AWS or Django."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "ENV_FILE": os.devnull,
        "SECRET_KEY": KEY,
        "PYTHONUNBUFFERED": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "XDG_CACHE_HOME": os.devnull,  # under which nothing can be kept
        **variables,
    }


class Process(Protocol):
    """What tests use of a running command: these parts of `subprocess.Popen`."""

    stdout: IO[str] | None
    stderr: IO[str] | None

    def poll(self) -> int | None: ...
    def send_signal(self, sig: int, /) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


class Forked:
    """A command in a process that `tests.command_server` has forked, like a `subprocess.Popen`.

    It starts with these variables alone, and with the standard streams of these descriptors.
    """

    def __init__(
        self, arguments: list[str], variables: Mapping[str, str], streams: tuple[int, int, int]
    ) -> None:
        self.stdout: IO[str] | None = None
        self.stderr: IO[str] | None = None
        self._status: int | None = None
        self._answers, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = {"arguments": arguments, "environment": dict(variables)}
        with theirs:
            descriptors = [*streams, theirs.fileno()]
            _, requests = _server()
            socket.send_fds(requests, [json.dumps(request).encode()], descriptors)
        self._pid = int(self._answers.recv(32))

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code. Raises TimeoutError."""
        if self._status is None:
            self._answers.settimeout(timeout)
            self._status = int(self._answers.recv(32))
            self._answers.close()
        return self._status

    def poll(self) -> int | None:
        """Return the exit code, or None if the process has not ended."""
        try:
            return self.wait(timeout=0)
        except BlockingIOError:
            return None

    def send_signal(self, sig: int, /) -> None:
        """Send a signal, unless the process has ended."""
        if self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, sig)

    def kill(self) -> None:
        """End the process at once, if it has not ended."""
        self.send_signal(signal.SIGKILL)
        self.wait()


@cache
def _server() -> tuple["subprocess.Popen[bytes]", socket.socket]:
    """Start the server that forks; return it, which ends with this process, and its socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.command_server", str(theirs.fileno())],
            cwd=REPOSITORY,
            env=environment({}),
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    return server, ours


def manage(
    *arguments: str, variables: Mapping[str, str] | None = None, answer: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `answer` is its standard input."""
    variables = variables or {}
    if READ_AT_THE_START & variables.keys():
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=environment(variables),
            input=answer,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    return ended(["manage.py", *arguments], variables, answer)


def ended(
    arguments: list[str], variables: Mapping[str, str], answer: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a forked command to its end, of `manage.py` or of the module that comes first."""
    with TemporaryFile("w+") as typed, TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
        typed.write(answer)
        typed.seek(0)
        streams = (typed.fileno(), out.fileno(), errors.fileno())
        status = Forked(arguments, environment(variables), streams).wait(timeout=120)
        said = [(stream.seek(0), stream.read())[1] for stream in (out, errors)]
    return subprocess.CompletedProcess(arguments, status, *said)


@contextmanager
def managed(
    *arguments: str, variables: Mapping[str, str], measured: bool = False
) -> Iterator[Process]:
    """Run a command that serves until it is stopped; it is killed at the end of the block.

    measured: whether its coverage is measured where that of tests is.
    """
    if not (measured and COVERAGE):
        with forked(*arguments, variables=environment(variables)) as process:
            yield process
        return
    with subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment(variables) | COVERAGE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def forked(
    *arguments: str, variables: Mapping[str, str], are_apart: bool = False
) -> Iterator[Forked]:
    """Run a forked command with its outputs in a pipe; it is killed at the end of the block.

    variables: all that there are. are_apart: whether standard error has a pipe of its own.
    """
    pipes = [os.pipe() for _ in range(1 + are_apart)]
    out, *errors = (open(read, encoding="utf-8") for read, _ in pipes)  # noqa: PTH123, SIM115
    with ExitStack() as opened:
        for stream in (out, *errors):
            opened.enter_context(stream)
        nothing = opened.enter_context(open(os.devnull))  # noqa: PTH123
        writing = (pipes[0][1], pipes[-1][1])
        try:
            process = Forked(["manage.py", *arguments], variables, (nothing.fileno(), *writing))
        finally:
            for descriptor in {*writing}:
                os.close(descriptor)
        process.stdout, process.stderr = out, errors[0] if errors else None
        opened.callback(process.kill)
        yield process


def read_until(process: Process, text: str) -> str:
    """Return what the process has printed, up to and including the line that contains `text`."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if text in line:
            return "".join(printed)
    raise AssertionError(f"it ended without {text!r}:\n{''.join(printed)}")


def started_together(
    arguments: Sequence[str], variables: Mapping[str, str], number: int
) -> list[str]:
    """Run so many Pythons at the same time; return what each writes from then on.

    Each writes "ready" once it has loaded what it needs, and begins when it reads a line.
    """
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, *arguments],
                    cwd=REPOSITORY,
                    env=environment(variables),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(number)
        ]
        for each in started:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in started:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        return [each.communicate(timeout=180)[0] for each in started]

"""Every command ends well: at Ctrl-C, through pipes, and where AWS does not answer."""

import itertools
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self

import pytest
from django.core.management import get_commands
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aws_setup.local.server import LocalAws
from tests.deployment import REGION, deploy
from tests.harness.counts import count
from tests.harness.examples import examples
from tests.processes import (
    READ_AT_THE_START,
    REPOSITORY,
    Forked,
    Process,
    environment,
    forked,
    manage,
    managed,
)

COMMANDS = sorted(
    name for name, app in get_commands().items() if app in {"aws_setup", "businesses"}
)
ARGUMENTS = {
    "deploy_backend": ["--dry-run"],
    "destroy_backend": ["--yes", "another-name"],
    "retry_onboardings": ["--all", "--dry-run"],
    "find_stuck_onboardings": ["--dry-run"],
    "forget_person": ["--dry-run", "nobody@example.com"],
    "refresh_owners": ["--dry-run"],
    "refresh_search_keys": ["--dry-run"],
    "demo": ["--port", "0"],
    "demo_group": ["break"],
    "demo_server": ["--port", "0"],
    "reset_second_factor": ["nobody"],
}
SERVING = {"demo", "demo_server", "local_aws"}
LOCAL = {"demo_group", "reset_second_factor", *SERVING}  # these ask no AWS of the environment
# From the start of manage.py to its end, a command causes some ten to twenty thousand events.
MOMENTS = st.integers(1, 12_000)
# Lines on standard error that tell of work and not of an end.
AMID = re.compile(r"Waiting for |Stopping after |\d{4}-\d\d-\d\d ")
numbers = itertools.count()


@dataclass(frozen=True)
class Ending:
    """How a command ended."""

    status: int
    out: str
    last_words: list[str]  # on standard error, without lines that tell of work


@pytest.fixture(scope="module")
def variables(
    local_aws_server: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment of an operator of the deployed stack, with a database of the site."""
    deploy(local_aws_server)
    path = tmp_path_factory.mktemp("site")
    found = {
        **local_aws_server.environment(REGION),
        "BACKEND_STACK_NAME": "onboarding-test",
        "DATABASE_URL": f"sqlite:///{path / 'site.sqlite3'}",
    }
    with managed("migrate", "-v0", variables=found) as migrating:
        assert migrating.wait(60) == 0
    return found


@contextmanager
def started(command: str, variables: dict[str, str]) -> Iterator[Process]:
    """Start a command with its usual arguments, and its outputs in pipes, as cron does."""
    if command == "demo":  # it insists on a database of its own
        path = Path(variables["DATABASE_URL"].partition("sqlite:///")[2]).parent
        own = {"DEBUG": "true", "DATABASE_URL": f"sqlite:///{path / f'demo{next(numbers)}'}"}
        variables = variables | own
    given = {k: v for k, v in environment(variables).items() if k != "PYTHONUNBUFFERED"}
    arguments = [command, *ARGUMENTS.get(command, [])]
    if READ_AT_THE_START & given.keys():
        with subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()
    else:
        with forked(*arguments, variables=given, are_apart=True) as other:
            yield other


def ending_of(process: Process) -> Ending:
    """Read to the end of a command; one that serves gets Ctrl-C once it is ready."""
    assert process.stdout is not None
    assert process.stderr is not None
    out = []
    for line in process.stdout:
        out.append(line)
        if line.startswith(("Ctrl-C ends", "Confirmation codes appear")):
            process.send_signal(signal.SIGINT)
    words = [line for line in process.stderr.read().splitlines() if line and not AMID.match(line)]
    return Ending(process.wait(60), "".join(out), words)


@contextmanager
def mute() -> Iterator[str]:
    """Serve an address that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def unreachable() -> Iterator[str]:
    """Serve an address to which packets are dropped: the queue of its connections is full."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as listener,
        ExitStack() as waiting,
    ):
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def timed(stream: IO[str]) -> "Future[list[tuple[float, str]]]":
    """Return the lines of a stream, with the time of each, once it has ended."""
    found: Future[list[tuple[float, str]]] = Future()

    def read() -> None:
        found.set_result([(time.monotonic(), line.rstrip()) for line in stream])

    threading.Thread(target=read).start()
    return found


@dataclass(frozen=True)
class Silenced:
    """A command whose service says nothing, and the lines of its outputs once they have ended."""

    process: Process
    out: Future[list[tuple[float, str]]]
    said: Future[list[tuple[float, str]]]

    @classmethod
    def begin(cls, process: Process) -> Self:
        assert process.stdout is not None
        assert process.stderr is not None
        return cls(process, timed(process.stdout), timed(process.stderr))


Silence = Callable[[], AbstractContextManager[str]]


@contextmanager
def silenced(
    variables: dict[str, str], silence: Silence, name: str, commands: Iterable[str]
) -> Iterator[dict[str, Silenced]]:
    """Start commands for which the service whose address has this variable's name is silent."""
    with silence() as url, ExitStack() as opened:
        silent = variables | {name: url}
        yield {
            command: Silenced.begin(opened.enter_context(started(command, silent)))
            for command in commands
        }


ALL_OF_AWS, COGNITO = "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"


@pytest.fixture(scope="module", autouse=True)
def without_aws(variables: dict[str, str]) -> Iterator[dict[str, Silenced]]:
    """Commands that wait for AWS from the beginning, so that no test has to wait for them."""
    asking = [command for command in COMMANDS if command not in LOCAL]
    with silenced(variables, mute, ALL_OF_AWS, asking) as commands:
        yield commands


@pytest.fixture(scope="module", autouse=True)
def status_without_cognito(variables: dict[str, str]) -> Iterator[Silenced]:
    with silenced(variables, mute, COGNITO, ["backend_status"]) as commands:
        yield commands["backend_status"]


@pytest.mark.parametrize("command", COMMANDS)
@given(moment=MOMENTS)
@settings(
    max_examples=examples(8),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_ctrl_c_is_one_line_at_any_moment(
    variables: dict[str, str], command: str, moment: int
) -> None:
    pressing = {"PYTHONPATH": str(REPOSITORY / "tests/ctrl_c"), "INTERRUPT_AT": str(moment)}
    with started(command, variables | pressing) as process:
        ending = ending_of(process)
    assert "Traceback" not in "\n".join(ending.last_words)
    if ending.status == 130:
        [line] = ending.last_words
        assert "Interrupted." in line
        count("moments of Ctrl-C that ended a command")
    else:  # it had come to its own end before
        assert ending.status in {0, 1, 2}, ending
        assert not any("Interrupted" in line for line in ending.last_words)
        assert command not in SERVING or "has ended" in ending.out
        count("moments of Ctrl-C after a command's end")


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - SERVING))
def test_whoever_reads_one_line_gets_no_traceback(command: str, variables: dict[str, str]) -> None:
    with started(command, variables) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(60) in {0, 1, 2, 128 + signal.SIGPIPE}
    assert "Traceback" not in said
    assert "BrokenPipeError" not in said
    assert "Exception ignored" not in said


def test_what_was_said_first_is_read_first(variables: dict[str, str]) -> None:
    given = {k: v for k, v in environment(variables).items() if k != "PYTHONUNBUFFERED"}
    with forked("retry_onboardings", "nobody", variables=given) as process:
        assert process.stdout is not None
        said = process.stdout.read().splitlines()
    assert said[0].startswith("nobody  not retried")
    assert said[-1].startswith("CommandError: ")


@pytest.mark.parametrize(
    "closed",
    [pytest.param(each, marks=pytest.mark.long) for each in (">&-", "2>&-", ">&- 2>&-")]
    + ["<&- >&- 2>&-"],
)
def test_closed_outputs_are_no_error(closed: str, variables: dict[str, str]) -> None:
    result = through_a_shell(f"check {closed}", variables)
    assert result.returncode == 0
    assert result.stderr == ""


def test_a_full_disk_is_one_line(variables: dict[str, str]) -> None:
    for command in ("check", "diffsettings", "backend_status --json", "help"):
        status, said = with_a_full_disk(command, variables, {1})
        assert status == 1
        [line] = said.splitlines()
        assert line.startswith("The output cannot be written: No space left on device.")
    assert with_a_full_disk("nothing", variables, {2})[0] == 1


def with_a_full_disk(command: str, variables: dict[str, str], outputs: set[int]) -> tuple[int, str]:
    """Run a command with some of its outputs on a full disk; return its status and its errors."""
    with TemporaryFile("w+") as rest, open("/dev/full", "wb") as full:  # noqa: PTH123
        out, errors = ((full if number in outputs else rest).fileno() for number in (1, 2))
        arguments = ["manage.py", *command.split()]
        streams = (rest.fileno(), out, errors)
        status = Forked(arguments, environment(variables), streams).wait(60)
        rest.seek(0)
        return status, rest.read()


def test_a_file_that_cannot_be_used_is_one_line(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    root = variables | {"STATIC_ROOT": str(tmp_path / "file" / "static")}
    gather = ("collectstatic", "--noinput", "-v0")
    result = manage(*gather, variables=root)
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert line.endswith("cannot be used: Not a directory.")
    traced = manage(*gather, "--traceback", variables=root)
    assert "Traceback" in traced.stderr


@pytest.mark.parametrize(
    ("module", "said"),
    [
        *(
            (name, "There is no settings module {}")
            for name in ("nothing", "nothing.at.all", "onboarding_site.other", ".settings", ".")
        ),
        *((name, "{} has no settings of this site") for name in ("os", "onboarding_site")),
    ],
)
def test_a_settings_module_of_others_is_one_line(
    module: str, said: str, variables: dict[str, str]
) -> None:
    exported = variables | {"DJANGO_SETTINGS_MODULE": module}
    for options, those in (((), exported), (("--settings", module), variables)):
        for command in ("check", "deploy_backend"):
            result = manage(command, *options, variables=those)
            assert (result.returncode, result.stdout) == (1, "")
            [line] = result.stderr.splitlines()
            assert line.startswith(f"{said.format(module)} (DJANGO_SETTINGS_MODULE or --settings)")


def test_an_empty_settings_module_is_the_sites(variables: dict[str, str]) -> None:
    result = manage("check", variables=variables | {"DJANGO_SETTINGS_MODULE": ""})
    assert (result.returncode, result.stderr) == (0, "")


def through_a_shell(command: str, variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", "-c", f'"$0" manage.py {command}', sys.executable],
        cwd=REPOSITORY,
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def check_that_all_give_up(commands: dict[str, Silenced]) -> None:
    for silent in commands.values():
        said = silent.said.result(timeout=120)
        assert silent.process.wait(60) in {1, 2}
        [told, *_] = [at for at, line in said if line.startswith("Waiting for ")]
        # It is told three seconds after the beginning of the call, whatever the machine's load.
        assert said[-1][0] - told < 60, said  # with botocore alone it would be minutes
        assert "Traceback" not in "".join(line for _, line in said)
        count("commands without AWS")


def test_a_silent_aws_is_told_soon_and_given_up_in_time(
    without_aws: dict[str, Silenced],
) -> None:
    check_that_all_give_up(without_aws)


@pytest.mark.long
def test_an_unreachable_aws_is_told_soon_and_given_up_in_time(
    variables: dict[str, str], without_aws: dict[str, Silenced]
) -> None:
    without_aws["find_stuck_onboardings"].process.wait(60)  # as no two sweeps run at once
    asking = [command for command in COMMANDS if command not in LOCAL]
    with silenced(variables, unreachable, ALL_OF_AWS, asking) as commands:
        check_that_all_give_up(commands)


def test_a_mute_service_is_one_line_of_the_status(status_without_cognito: Silenced) -> None:
    out = status_without_cognito.out.result(timeout=120)
    said = status_without_cognito.said.result(timeout=60)
    assert status_without_cognito.process.wait(60) == 0
    found = {
        name: when
        for when, line in out
        for name in ("stack", "API", "group")
        if f" {name} " in line
    }
    assert found["stack"] <= found["API"] < found["group"] - 5
    assert any("not checked  group" in line for _, line in out)
    assert any(line.startswith("Waiting for Cognito Identity Provider (") for _, line in said)

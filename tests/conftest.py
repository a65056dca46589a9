"""Fixtures for all tests."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

import tests.processes  # noqa: F401 - before anything starts a process
from aws_setup.local.server import LocalAws
from tests.database_files import database_file, migrated  # noqa: F401 - fixtures
from tests.harness import counts, database_part, examples, once_a_process, once_in_ministack
from tests.servers.shared_cache import redis_server, shared_cache  # noqa: F401 - fixtures

ASSUMED, RECORDED = (
    Path(__file__).parent / "verify_aws" / each for each in ("assumed", "recorded")
)

FIRST_FOLDERS = [Path(__file__).parent / each for each in ("journeys", "project", "verify_aws")]

once_a_process.install()

# The modules that tests import are never found unused. With the usual thresholds, looking at them
# took a fifth of the time of all tests, and a third of the time to collect them.
gc.set_threshold(100_000, 50, 100)

# The same examples in every run, so that a change fails by itself and not by chance.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.register_profile("others", derandomize=False, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stack",
        default="",
        help="Run against this stack in the AWS account of the environment, with -m also_on_aws.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(counts)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first, so that no worker is left with them at the end."""
    examples.mark(items)
    database_part.mark(items)
    items.sort(key=lambda item: item.path.parent not in FIRST_FOLDERS)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what this process has imported."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    assumed = {each.name: each.read_text("utf-8") for each in ASSUMED.glob("*.json")}
    recorded = {each.name: each.read_text("utf-8") for each in RECORDED.glob("*.json")}
    verified = sum(recorded.get(name) == answer for name, answer in assumed.items())
    terminalreporter.write_line(
        f"Of {len(assumed)} assumptions about AWS {verified} are verified by recorded answers; "
        f"{len(assumed) - verified} rest on its documents, or on inference (make verify-aws)."
    )


@pytest.fixture(scope="session")
def local_aws_server() -> Iterator[LocalAws]:
    """The embedded AWS of this run, for fixtures that are shared by several tests."""
    with LocalAws() as server:
        once_in_ministack.install()
        yield server


@pytest.fixture
def local_aws(local_aws_server: LocalAws) -> LocalAws:
    """An empty AWS account."""
    local_aws_server.reset()
    return local_aws_server


@pytest.fixture
def aws_environment(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """An empty AWS account that the environment variables point to, as for an operator."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in local_aws.environment("eu-central-1").items():
        monkeypatch.setenv(name, value)
    return local_aws

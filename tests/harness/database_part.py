"""The database part of the tests: every test that uses the database of the settings.

    python -m tests.harness.database_part [what pytest takes]

runs it on a PostgreSQL server of its own, with the tests of PostgreSQL alone. Tests that make a
file of SQLite for themselves are no part of it.
"""

import os
import subprocess
import sys

import pytest

from tests.servers.postgres import postgres

FIXTURES = {"db", "transactional_db"}
PYTEST = ("-m", "pytest", "-n", "2", "--dist", "loadscope", "-m", "database or postgres")


def mark(items: list[pytest.Item]) -> None:
    """Mark the tests that use the database."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


def main() -> int:
    """Run the part; return pytest's exit code."""
    with postgres() as server:
        variables = os.environ | {"TEST_DATABASE_URL": server.url}
        command = [sys.executable, *PYTEST, *sys.argv[1:]]
        return subprocess.run(command, env=variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

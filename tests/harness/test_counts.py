from pathlib import Path

import pytest

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest
from tests.harness.counts import count

@pytest.mark.parametrize("number", [1, 20, 1000])
def test_it(number):
    count("items read", number)
    count("pages opened")
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_counts_of_all_workers_are_printed(pytester: pytest.Pytester, workers: str) -> None:
    pytester.makepyfile(TESTS)
    pytester.makeconftest("from tests.harness.counts import *")
    options = "-p", "no:django", "-o", f"pythonpath={ROOT}", "-n", workers

    result = pytester.runpytest_subprocess(*options)

    result.stdout.fnmatch_lines(["Tried 1,021 items read.", "Tried 3 pages opened."])

"""How many generated cases the tests have tried, summed up at the end of a run.

A generated test calls `count("items read", 25)`. `conftest.py` registers the hooks below, which add
up what every worker of pytest-xdist has counted, and print one line for each kind.
"""

from collections import Counter

import pytest

_tried: Counter[str] = Counter()
_KEY = "tried"


def count(kind: str, number: int = 1) -> None:
    """Add to the number of cases of this kind that this run has tried."""
    _tried[kind] += number


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's counts to the controller."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = dict(_tried)


@pytest.hookimpl(optionalhook=True)  # only pytest-xdist calls it
def pytest_testnodedown(node: object) -> None:
    """Take over the counts of a worker that has finished; one that crashed has none."""
    _tried.update(getattr(node, "workeroutput", {}).get(_KEY, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each kind."""
    for kind, number in sorted(_tried.items()):
        terminalreporter.write_line(f"Tried {number:,} {kind}.")

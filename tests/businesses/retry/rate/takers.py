"""Several processes that take turns of the site's rate at the same time."""

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack

from tests.processes import REPOSITORY, environment

PROCESSES = 4
MODULE = "tests.businesses.retry.rate.take_turns"


def taken_by_processes(
    variables: Mapping[str, str], seconds: float, number: int = PROCESSES
) -> list[list[float]]:
    """Let so many processes take turns for so long; return when the calls of each would begin."""
    with ExitStack() as stack:
        takers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", MODULE, str(seconds)],
                    cwd=REPOSITORY,
                    env=environment(variables) | {"AWS_REGION": "eu-central-1"},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(number)
        ]
        for each in takers:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in takers:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        return [json.loads(each.communicate(timeout=seconds + 60)[0]) for each in takers]


def most_in_a_second(times: list[float]) -> int:
    """Return the most calls that begin within any one second."""
    times = sorted(times)
    return max(sum(start <= each < start + 1 for each in times) for start in times)


def rate_of(times: list[float]) -> float:
    """Return how many calls begin in a second, from the first to the last."""
    return (len(times) - 1) / (max(times) - min(times))

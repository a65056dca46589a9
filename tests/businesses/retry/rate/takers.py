"""Several processes that take turns of the site's rate at the same time."""

import json
from collections.abc import Mapping

from tests.processes import started_together

PROCESSES = 4
MODULE = "tests.businesses.retry.rate.take_turns"


def taken_by_processes(
    variables: Mapping[str, str], seconds: float, number: int = PROCESSES
) -> list[list[float]]:
    """Let so many processes take turns for so long; return when the calls of each would begin."""
    command = ["-m", MODULE, str(seconds)]
    told = started_together(command, {**variables, "AWS_REGION": "eu-central-1"}, number)
    return [json.loads(each) for each in told]


def most_in_a_second(times: list[float]) -> int:
    """Return the most calls that begin within any one second."""
    times = sorted(times)
    return max(sum(start <= each < start + 1 for each in times) for start in times)


def rate_of(times: list[float]) -> float:
    """Return how many calls begin in a second, from the first to the last."""
    return (len(times) - 1) / (max(times) - min(times))

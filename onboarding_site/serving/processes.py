"""How many processes and threads serve the site, and how long they may take to end."""

import sys
from dataclasses import dataclass
from typing import Self

from onboarding_site.configuration.environment import Environment
from onboarding_site.configuration.values import number, whole

# The longest that a batch of retries lasts, beyond a few answers that a page waits for.
LONGEST_BATCH_SECONDS = 70
ANSWERS = 4
# Those of gunicorn in which each request has a thread of the system.
WORKER_CLASSES = ("gthread", "sync")


def aws_deadline(env: Environment) -> float:
    """Return how many seconds a page waits for one answer of AWS."""
    return env.read("AWS_DEADLINE_SECONDS", number(0.1, 60), 2.5)


@dataclass(frozen=True, slots=True)
class Processes:
    """workers: processes. threads: of each. longest_request_seconds: what any request ends in."""

    workers: int
    threads: int
    longest_request_seconds: int

    @classmethod
    def read(cls, env: Environment) -> Self:
        """Read the settings."""
        return cls(
            workers=env.read("WEB_CONCURRENCY", whole(1, 64), 1),
            threads=env.read("WEB_THREADS", whole(1, 64), 8),
            longest_request_seconds=int(LONGEST_BATCH_SECONDS + ANSWERS * aws_deadline(env)),
        )


def refuse_other_workers(worker_class: str) -> None:
    """End gunicorn with one line unless the site can work in this class of its workers.

    https://docs.gunicorn.org/en/stable/settings.html#worker-class
    """
    if worker_class not in WORKER_CLASSES:
        sys.exit(
            f"The site cannot work in gunicorn's worker class {worker_class}, so it was not"
            f" started: use {' or '.join(WORKER_CLASSES)}. Nothing was done."
        )

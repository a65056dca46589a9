"""How well processes share the rate of retries: `python -m bench.shared_rate`.

Four processes take turns at the same time, for half a minute in each place where turns can be: in
Redis or Valkey, in PostgreSQL and in a file of SQLite. It prints the most calls that begin in any
one second, and how much of the rate is used. Then the place is taken away, and each process keeps
to its part of the rate.

Exits with 1 if more calls begin in a second than RETRY_RATE_PER_SECOND, or if less than 95 % of it
is used. It needs PostgreSQL and Redis or Valkey, which it starts for itself.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping

from tests.businesses.retry.rate.takers import (
    PROCESSES,
    most_in_a_second,
    rate_of,
    taken_by_processes,
)
from tests.processes import REPOSITORY, environment
from tests.servers.postgres import postgres
from tests.servers.redis import redis

RATE, SECONDS = 20, 30
LEAST_USED = 0.95


def main() -> int:
    """Print the figures; return 1 if a limit is exceeded."""
    print(f"{PROCESSES} processes, {RATE} retries a second, {SECONDS} s")
    with tempfile.TemporaryDirectory() as folder, postgres("") as database, redis() as server:
        sqlite = {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3"}
        places = {
            "Redis": sqlite | {"CACHE_URL": server.url},
            "PostgreSQL": {"DATABASE_URL": database.url},
            "SQLite": sqlite,
        }
        for variables in (places["PostgreSQL"], sqlite):
            _migrate(variables)
        fine = [_measure(name, variables) for name, variables in places.items()]
        server.stop()
        fine.append(_measure("each alone", places["Redis"] | {"RETRY_WORKERS": str(PROCESSES)}))
    return int(not all(fine))


def _measure(name: str, variables: Mapping[str, str]) -> bool:
    times = taken_by_processes(variables | {"RETRY_RATE_PER_SECOND": str(RATE)}, SECONDS)
    together = [each for some in times for each in some]
    most, used = most_in_a_second(together), rate_of(together) / RATE
    shares = ", ".join(f"{len(some)}" for some in times)
    print(f"  {name:<11} {most:3} at most in a second, {used:.1%} of the rate used ({shares})")
    return most <= RATE and used >= LEAST_USED


def _migrate(variables: Mapping[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=REPOSITORY, env=environment(variables), check=True)


if __name__ == "__main__":
    sys.exit(main())

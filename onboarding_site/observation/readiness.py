"""Whether the site can serve pages: its database answers, and has every migration."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from onboarding_site.configuration.database import outage


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the site is not ready, each in one line.

    said: for whoever asks, who need not be logged in. cause: for the log, with the driver's own
    words, which name the server and the user.
    """

    said: str
    cause: str


class Readiness:
    """Asks within a limited time, however long the database takes to answer.

    ask: returns what is wrong, if anything is. seconds: the longest time to wait for it.
    """

    def __init__(self, ask: Callable[[], Problem | None], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock = threading.Lock()
        self._asked: Future[Problem | None] | None = None

    def problem(self) -> Problem | None:
        """Return why the site is not ready; None if it is.

        Everybody who asks meanwhile waits for the same answer, so a database that hangs holds one
        thread and one connection, and not one more for each request.
        """
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                threading.Thread(target=self._answer, args=[self._asked], daemon=True).start()
            asked = self._asked
        try:
            return asked.result(self._seconds)
        except TimeoutError:
            said = f"The site's database did not answer within {self._seconds:g} s."
            return Problem(said, said)

    def _answer(self, asked: Future[Problem | None]) -> None:
        try:
            asked.set_result(self._ask())
        except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
            asked.set_exception(error)


def database_problem() -> Problem | None:
    """Return what is wrong with the database, if anything is."""
    try:
        missing = _migrations_to_apply()
    except Exception as error:
        cause = outage(error)
        if not cause:
            raise
        said = "The site's database cannot be used. The cause is in the server's log."
        return Problem(said, cause)
    finally:
        connections.close_all()  # those of this thread
    if not missing:
        return None
    said = f"The site's database lacks migrations ({missing}): run manage.py migrate."
    return Problem(said, said)


def _migrations_to_apply() -> int:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))

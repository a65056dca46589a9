"""The site's database of one run, which is gone afterwards."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

IN_USE = (
    "Another run uses the database {path}, and goes on. Nothing was started.\n"
    "End that run with Ctrl-C first, or set DATABASE_URL to another SQLite file."
)


@contextmanager
def own_database(refused: str) -> Iterator[Path]:
    """Use a database file that does not exist yet, and remove it at the end; yield its folder.

    What a run that was killed has left makes way: a lock file beside it tells whose it is.
    Raises CommandError for the database of a run that goes on and, with the text, for any other,
    because the login's password is printed.
    """
    database = settings.DATABASES["default"]
    path = Path(database["NAME"])
    lock = path.with_name(f"{path.name}.lock")
    if not database["ENGINE"].endswith("sqlite3") or (path.exists() and not lock.exists()):
        raise CommandError(refused)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(IN_USE.format(path=path)) from error
        _remove(path)
        try:
            yield path.parent
        finally:
            connections.close_all()
            _remove(path)
            lock.unlink()


def _remove(path: Path) -> None:
    """Remove a database and what SQLite keeps beside it, such as the log of the latest writes."""
    for file in (path, *path.parent.glob(f"{path.name}-*")):
        file.unlink(missing_ok=True)

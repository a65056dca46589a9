"""The site's database of one run, which is gone afterwards."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

IN_USE = (
    "Another run uses the database {path}, and goes on. Nothing was started.\n"
    "End that run with Ctrl-C first, or set DATABASE_URL to another SQLite file."
)
# The number that a database of a run carries in its header, and where it stands there:
# https://www.sqlite.org/fileformat2.html#the_database_header ("Application ID")
MADE_BY_A_RUN = int.from_bytes(b"demo", "big")
HEADER, MARK = b"SQLite format 3\0", slice(68, 72)


@contextmanager
def own_database(refused: str) -> Iterator[Path]:
    """Make a database file that does not exist yet, and remove it at the end; yield its folder.

    What a run that was killed has left makes way: it carries the mark of a run, which no other
    database does, so that a database that somebody puts at this path is never removed.
    Raises CommandError for the database of a run that goes on and, with the text, for any other,
    because the login's password is printed.
    """
    database = settings.DATABASES["default"]
    path = Path(database["NAME"])
    if not database["ENGINE"].endswith("sqlite3") or not _may_make_way(path):
        raise CommandError(refused)
    lock = path.with_name(f"{path.name}.lock")
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(IN_USE.format(path=path)) from error
        _remove(path)
        try:
            _make(path)
            yield path.parent
        finally:
            connections.close_all()
            _remove(path)
            lock.unlink()


def _may_make_way(path: Path) -> bool:
    """Tell whether a run made the file; an empty one holds nothing, nor does one that is absent."""
    if not path.exists() or path.stat().st_size == 0:
        return True
    with path.open("rb") as file:
        header = file.read(MARK.stop)
    return header.startswith(HEADER) and header[MARK] == MADE_BY_A_RUN.to_bytes(4, "big")


def _make(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA application_id = {MADE_BY_A_RUN}")


def _remove(path: Path) -> None:
    """Remove a database and what SQLite keeps beside it, such as the log of the latest writes."""
    for file in (path, *path.parent.glob(f"{path.name}-*")):
        file.unlink(missing_ok=True)

"""Counts of several processes of gunicorn, added up: hooks for its configuration file.

Each process writes its counts to files of its own in a folder of the server's. A process that takes
the place of another one goes on with its files, so that they do not become more with every restart.
https://prometheus.github.io/client_python/multiprocess/
https://docs.gunicorn.org/en/stable/settings.html#server-hooks
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from prometheus_client import values

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus_client looks for the files
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder there that is nobody else's


class _Process:
    """This process's place among those of the server, and the folder of them all."""

    place = 0
    folder = ""


def on_starting(_server: Any) -> None:
    """Make the folder, in the one that the variable names, if it is set, or else in memory."""
    parent = os.environ.get(FOLDER) or (MEMORY if os.access(MEMORY, os.W_OK) else None)
    try:
        _Process.folder = tempfile.mkdtemp(prefix="metrics-", dir=parent)
    except OSError as error:
        sys.exit(
            f"The files of the metrics cannot be made in {parent or tempfile.gettempdir()}:"
            f" {error.strerror}. Set {FOLDER} to a folder that can be written. Nothing was done."
        )
    os.environ[FOLDER] = _Process.folder
    values.ValueClass = values.MultiProcessValue(  # type: ignore[no-untyped-call]
        lambda: _Process.place
    )


def pre_fork(server: Any, worker: Any) -> None:
    """Give a process that is about to begin the first place that is free."""
    taken = {each.place for each in server.WORKERS.values()}
    worker.place = next(place for place in range(len(taken) + 1) if place not in taken)


def post_fork(_server: Any, worker: Any) -> None:
    """Have the new process write to the files of its place."""
    _Process.place = worker.place


def on_exit(_server: Any) -> None:
    """Remove the folder."""
    shutil.rmtree(_Process.folder, ignore_errors=True)

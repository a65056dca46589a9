"""Two members of staff who write to the site's SQLite file at the same time."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from businesses.audit.history import Action, Staff, write_history
from businesses.models import HistoryEntry
from tests.harness.counts import count
from tests.processes import REPOSITORY, environment

UseFile = Callable[[str], Path]
AT_ONCE, LINES = 8, 25
WORKER = """
import sys
from businesses.audit.history import Action, Staff, write_history
print("ready", flush=True)
sys.stdin.readline()
for number in range({lines}):
    write_history(Staff(1, "sally"), Action.RETRY_BEGUN, [f"sub-{{number}}"], "Retry begun.")
"""


def in_new_threads(work: Callable[[], None]) -> list[Exception]:
    """Do the work in threads that begin together; return what they raised."""
    start, raised = threading.Barrier(AT_ONCE), list[Exception]()

    def run() -> None:
        start.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the test tells which
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def write(user: User) -> None:
    write_history(Staff(user.pk, user.username), Action.RETRY_BEGUN, ["sub"], "Retry begun.")


def test_new_workers_can_all_write_their_first_line(database_file: UseFile) -> None:
    database_file("")
    user = User.objects.create_user("sally")
    rounds = 10
    for _ in range(rounds):
        assert in_new_threads(lambda: write(user)) == []
    assert HistoryEntry.objects.count() == rounds * AT_ONCE
    count("history lines written at once", rounds * AT_ONCE)


def test_new_processes_can_all_write_their_lines(database_file: UseFile) -> None:
    file = database_file("")
    User.objects.create_user("sally", pk=1)
    connection.close()
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c"]
    workers = [
        subprocess.Popen(
            [*command, WORKER.format(lines=LINES)],
            cwd=REPOSITORY,
            env=environment({"DATABASE_URL": f"sqlite:///{file}"}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    outputs = [(worker.communicate(timeout=120)[1], worker.returncode) for worker in workers]
    assert outputs == [("", 0)] * len(workers)
    assert HistoryEntry.objects.count() == LINES * len(workers)
    count("history lines written at once", LINES * len(workers))


def test_the_file_lets_others_read_while_one_writes(database_file: UseFile) -> None:
    database_file("")
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)


def test_a_file_from_before_is_written_at_once_too_and_migrate_converts_it(
    database_file: UseFile,
) -> None:
    database_file("")
    user = User.objects.create_user("sally")
    call_command("migrate", "businesses", "0007", fake=True, verbosity=0)
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    for _ in range(10):
        connection.close()
        assert in_new_threads(lambda: write(user)) == []
    call_command("migrate", "businesses", "0008", verbosity=0)
    call_command("migrate", fake=True, verbosity=0)
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)

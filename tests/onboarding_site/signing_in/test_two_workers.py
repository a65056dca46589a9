"""Two workers of a server with one SQLite file, on which a stranger tries passwords at once."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Sum
from django.test import Client

from tests.harness.counts import count
from tests.processes import started_together

UseFile = Callable[[str], Path]
WORKERS, TRIES, LIMIT = 2, 15, 5
WORKER = f"""
import sys
from django.test import Client
print("ready", flush=True)
sys.stdin.readline()
for number in range({TRIES}):
    form = {{"username": "sally", "password": f"wrong-{{number}}"}}
    print(Client(HTTP_HOST="localhost").post("/admin/login/", form).status_code)
"""


def test_a_name_is_locked_for_all_workers_at_once(database_file: UseFile) -> None:
    file = database_file("")
    User.objects.create_user("sally", password="Correct-Horse-1979", is_staff=True)
    connection.close()
    variables = {"DATABASE_URL": f"sqlite:///{file}", "DEBUG": "true"}  # without collected files
    command = ["manage.py", "shell", "--verbosity", "0", "-c", WORKER]
    outputs = started_together(command, variables, WORKERS)
    answers = Counter(answer for output in outputs for answer in output.split())
    assert answers.total() == WORKERS * TRIES
    assert set(answers) == {"200", "429"}
    assert answers["200"] < LIMIT
    counted = AccessAttempt.objects.aggregate(sum=Sum("failures_since_start"))["sum"]
    assert LIMIT <= counted < LIMIT + WORKERS  # each may have been trying one when the lock began
    right = {"username": "sally", "password": "Correct-Horse-1979"}
    assert Client().post("/admin/login/", right).status_code == 429
    count("passwords tried on two workers at once", WORKERS * TRIES)

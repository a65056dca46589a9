"""Whether staff can work while processes die: `python -m bench.load.run`, or `make load-test`.

Twenty members of staff leaf, search and retry at the same time, for a minute, on the site as
production serves it: gunicorn with four workers behind nginx with the block of deploy/nginx/,
PostgreSQL, and Redis or Valkey. The stack runs on the embedded AWS, whose Cognito takes 25 ms a
call. Every ten seconds a worker is killed, as by the kernel when memory is short.

Prints how long pages take and how much memory the site's processes have over time. Exits with 1 if
staff see an error, or if somebody whose retry was begun is not recorded as completed, with a
Business and in the group, or has no result in the history. It needs nginx, PostgreSQL, and Redis or
Valkey, which it starts for itself. `--seconds N` measures for longer, and
`--deadline N` sets AWS_DEADLINE_SECONDS, which a busy machine may need.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from bench.load.watch import Watch
from tests.gunicorn_process import gunicorn
from tests.processes import REPOSITORY, environment
from tests.servers.nginx import nginx
from tests.servers.postgres import postgres
from tests.servers.redis import redis

if TYPE_CHECKING:
    from tests.businesses.deployed import Deployed

STAFF, WORKERS = 20, 4
BUSINESSES, STUCK = 500, 1200
SLOT_SECONDS = 10
COGNITO_SECONDS = 0.025
COGNITO = ("AdminGetUser", "AdminAddUserToGroup", "AdminListGroupsForUser", "ListUsers", "GetGroup")


def main() -> int:
    """Run the servers and the staff, print the figures, and return 1 if a limit is exceeded."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=int, default=60)
    arguments.add_argument("--deadline", type=float, default=2.5, help="for a busy machine")
    given = arguments.parse_args()
    with postgres("") as database, redis() as cache, tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "TEST_DATABASE_URL": database.url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        import django

        django.setup()
        logging.disable(logging.WARNING)
        from aws_setup.local.server import LocalAws

        with LocalAws() as aws:
            deployed = _prepare(aws)
            variables = environment(
                {
                    **aws.environment("eu-central-1"),
                    "DATABASE_URL": database.url,
                    "CACHE_URL": cache.url,
                    "BACKEND_STACK_NAME": "onboarding-test",
                    "STATIC_ROOT": f"{folder}/static",
                    "WEB_CONCURRENCY": str(WORKERS),
                    "BEHIND_TLS_PROXY": "true",
                    "AWS_DEADLINE_SECONDS": str(given.deadline),
                    "no_proxy": "127.0.0.1",
                }
            )
            command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
            subprocess.run(command, cwd=REPOSITORY, env=variables, check=True)
            cookies = _logged_in()
            with (
                gunicorn(variables) as site,
                nginx(Path(folder), f"127.0.0.1:{site.port}") as (address, _),
            ):
                watch = Watch(site)
                told = _staff(
                    {"address": address, "seconds": given.seconds, "cookies": cookies}, watch
                )
            return _report(told, watch, deployed)


def _prepare(aws: Any) -> "Deployed":
    from django.core.management import call_command

    from tests.businesses.deployed import Deployed
    from tests.deployment import deploy

    call_command("migrate", verbosity=0)
    deploy(aws)
    deployed = Deployed(aws)
    for number in range(BUSINESSES):
        deployed.write_business(f"sub-of-{number:04}")
    deployed.stuck(STUCK)
    for operation in COGNITO:
        aws.faults.slow_down(operation, COGNITO_SECONDS)
    return deployed


def _logged_in() -> list[dict[str, str]]:
    """Return the cookies of each member of staff."""
    from django.contrib.auth.models import Group, User
    from django.test import Client

    cookies = []
    for number in range(STAFF):
        user = User.objects.create_user(f"staff-{number}", is_staff=True)
        user.groups.add(Group.objects.get(name="Support"))
        client = Client()
        client.force_login(user)
        cookies.append({name: each.value for name, each in client.cookies.items()})
    return cookies


def _staff(given: dict[str, Any], watch: Watch) -> dict[str, Any]:
    """Have them work in a process of their own; return what they tell."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.load.staff"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.flush()
        if process.stdout.readline() != "ready\n":
            sys.exit("The site does not answer; the message of the staff's process is above.")
        watch.start()
        try:
            out, _ = process.communicate()
        finally:
            watch.stop()
    told: dict[str, Any] = json.loads(out)
    return told


def _report(told: dict[str, Any], watch: Watch, deployed: "Deployed") -> int:
    kinds = dict.fromkeys(kind for kind, *_ in told["answers"])
    print(f"{STAFF} staff, {len(told['answers'])} requests; killed at {_at(watch.killed)}\n")
    print("| What | Number | Median | 95 % | Longest |\n|---|---|---|---|---|")
    for kind in kinds:
        _row(kind, [took for each, _, took in told["answers"] if each == kind])
    print(
        "\n| Until | Requests | 95 % | Memory of the site | Largest process |"
        "\n|---|---|---|---|---|"
    )
    for until, memory in watch.memory:
        times = [took for _, at, took in told["answers"] if until - SLOT_SECONDS <= at < until]
        print(
            f"| {until:.0f} s | {len(times)} | {_most(times):.2f} s | {sum(memory):.0f} MB"
            f" | {max(memory):.0f} MB |"
        )
    lost = _lost(told["retried"], deployed)
    print(f"\n{len(set(told['retried']))} people were retried, {len(lost)} of them lost.")
    print(f"Sent again by the page's script: {dict(Counter(told['repeated'])) or 'nothing'}.")
    print(f"Lists that were not told what Cognito says: {len(told['unknown'])}.")
    print(f"Errors that staff saw: {len(told['errors'])}.")
    for each in (*told["errors"], *lost, *_serious(watch.logged)):
        print(f"  {each}")
    return int(bool(told["errors"] or lost or not watch.killed or not told["retried"]))


def _lost(subs: Iterable[str], deployed: "Deployed") -> list[str]:
    """Return who is not onboarded, recorded and in the history, each with what is missing."""
    from businesses.models import HistoryEntry
    from businesses.records.onboarding import COMPLETED

    subs = set(subs)
    results = {HistoryEntry.Action.RETRY_COMPLETED, HistoryEntry.Action.FOUND_SETTLED}
    told = set(HistoryEntry.objects.filter(action__in=results).values_list("object_id", flat=True))
    deployed.aws.faults.clear()
    lost = []
    for sub in sorted(subs):
        record = deployed.record(sub)
        missing = {
            "the record": record.status == COMPLETED,
            "the Business": deployed.business(sub) is not None,
            "the group": "businesses" in deployed.groups(sub),
            "the history": sub in told,
        }
        lost += [f"{sub} lacks {each}" for each, is_there in missing.items() if not is_there]
    return lost


def _serious(logged: Iterable[dict[str, object]]) -> list[str]:
    return [json.dumps(each)[:600] for each in logged if each.get("level") in {"ERROR", "CRITICAL"}]


def _row(kind: str, times: list[float]) -> None:
    middle = sorted(times)[len(times) // 2]
    print(f"| {kind} | {len(times)} | {middle:.2f} s | {_most(times):.2f} s | {max(times):.2f} s |")


def _most(times: list[float]) -> float:
    return quantiles(times, n=20)[-1] if len(times) > 1 else max(times, default=0)


def _at(times: Iterable[float]) -> str:
    return ", ".join(f"{each:.0f} s" for each in times) or "no time"


if __name__ == "__main__":
    sys.exit(main())

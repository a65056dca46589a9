"""What a worker of the site costs, compared with one that also loads cfn-lint: `make bench`.

A worker is a fresh process that imports the WSGI application and answers one request for the
admin's login page. The heavy one imports cfn-lint first, as every worker did when cfn-lint read
the templates. The two take turns; each figure is the median. Memory is the most that the process
held at any time (ru_maxrss), including the interpreter's own.

Exits with 1 if a worker takes more than MOST times the time or the memory of the heavy one.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).resolve().parent.parent
ROUNDS = 9
MOST = 0.8
WORKER = """
import json, resource, sys, time
started = time.perf_counter()
{first}
from onboarding_site.wsgi import application
from wsgiref.util import setup_testing_defaults
environ = dict(PATH_INFO="/admin/login/", HTTP_HOST="localhost")
setup_testing_defaults(environ)
answered = []
page = b"".join(application(environ, lambda status, headers: answered.append(status)))
seconds = time.perf_counter() - started
assert answered == ["200 OK"] and b"<form" in page, answered
unit = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(json.dumps([seconds, peak / 2**20]))
"""
CASES = {"a worker": "", "with cfn-lint, as before": "import cfnlint.api"}


def main() -> int:
    """Print a row for each case and the ratio; return 1 if a worker is too heavy."""
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in CASES}
    with tempfile.TemporaryDirectory() as folder:
        for command in ("collectstatic", "migrate"):
            _python(folder, "manage.py", command, "--noinput", "-v0")
        for _ in range(ROUNDS):
            for name, first in CASES.items():
                said = _python(folder, "-c", WORKER.format(first=first))
                measured[name].append(tuple(json.loads(said)))
    medians = [tuple(map(median, zip(*each, strict=True))) for each in measured.values()]
    print(f"{'':28}{'s':>6}{'peak MB':>12}")
    for name, (seconds, megabytes) in zip(CASES, medians, strict=True):
        print(f"{name:28}{seconds:6.2f}{megabytes:12.0f}")
    ratios = [light / heavy for light, heavy in zip(*medians, strict=True)]
    print(f"{'ratio':28}{ratios[0]:6.2f}{ratios[1]:12.2f}")
    return int(max(ratios) > MOST)


def _python(folder: str, *arguments: str) -> bytes:
    """Run Python as a server would, with its database and static files there; return its output."""
    variables = {
        "PATH": os.environ["PATH"],
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "onboarding_site.settings",
        "SECRET_KEY": "only-for-the-bench-0123456789-abcdefghijklmnopqrstuvwxyz",
        "SECURE_SSL_REDIRECT": "false",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "STATIC_ROOT": f"{folder}/static",
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=variables,
        check=True,
        stdout=subprocess.PIPE,
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())

"""`make test-matrix`: runs every test on each supported Python and Django, and prints a table.

Each combination has its own environment in `.matrix/`, beside its log. The arguments are passed to
pytest, for example the folders to run. Exits with 1 if a combination fails; a Python that is not on
this machine is listed as not run.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / ".matrix"
LIST = REPOSITORY / "requirements-dev.txt"
PYTHONS = ((3, 11), (3, 12), (3, 13), (3, 14))
LOCKED = "5.2"  # the Django in the list, which has long-term support
# The first Python of each Django. https://docs.djangoproject.com/en/dev/faq/install/
DJANGOS = {LOCKED: (3, 10), "6": (3, 12)}
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """One Python with one Django."""

    python: tuple[int, int]
    django: str

    @property
    def version(self) -> str:
        """The Python's version, as in the name of its command."""
        return ".".join(map(str, self.python))

    @property
    def folder(self) -> Path:
        """The folder of the environment."""
        return FOLDER / f"python-{self.version}-django-{self.django}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The result of a combination."""

    combination: Combination
    django: str  # the version that was installed
    outcome: str
    passed: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def row(self) -> str:
        """One line of the table."""
        counts = f"{self.passed:>8}{self.failed:>8}{self.seconds:>9.0f}"
        return f"{self.combination.version:8}{self.django:10}{counts}  {self.outcome}"


def combinations() -> list[Combination]:
    """Return all supported combinations."""
    return [
        Combination(python=python, django=django)
        for python in PYTHONS
        for django, first in DJANGOS.items()
        if python >= first
    ]


def main() -> int:
    """Run the combinations that this machine can; return 1 if one failed."""
    runs = []
    for combination in combinations():
        _say(f"Python {combination.version}, Django {combination.django}")
        runs.append(_run(combination, sys.argv[1:]))
    _say("", f"{'Python':8}{'Django':10}{'passed':>8}{'failed':>8}{'seconds':>9}")
    _say(*(run.row for run in runs))
    return int(any(run.outcome == "failed" for run in runs))


def _run(combination: Combination, arguments: list[str]) -> Run:
    command = next(_found(combination.version), None)
    if command is None:
        return Run(combination=combination, django=combination.django, outcome="not run: no Python")
    started = time.monotonic()
    log, results = (FOLDER / f"{combination.folder.name}.{kind}" for kind in ("log", "xml"))
    results.unlink(missing_ok=True)
    with log.open("w") as output:
        installed = _install(combination, command, output.fileno())
        failure = not installed or _test(combination, results, arguments, output.fileno())
    if failure:
        _say(*_told(log), f"  The rest is in {log}")
    passed, failed = _counts(results)
    return Run(
        combination=combination,
        django=installed or combination.django,
        outcome="failed" if failure else "ok",
        passed=passed,
        failed=failed,
        seconds=time.monotonic() - started,
    )


def _found(version: str) -> Iterator[str]:
    """Yield the commands that run this Python: the one on PATH, then those that pyenv installed."""
    FOLDER.mkdir(exist_ok=True)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    made = [str(each) for each in sorted(pyenv.glob(f"{version}.*/bin/python"))]
    for command in [shutil.which(f"python{version}"), *made]:
        # A command of pyenv's on PATH fails if its Python is not selected.
        if command and subprocess.run([command, "-V"], capture_output=True, check=False).stdout:
            yield command


def _install(combination: Combination, command: str, output: int) -> str:
    """Create the environment unless it exists; return its Django's version, or "" on failure."""
    python = str(combination.folder / "bin" / "python")
    stamp = combination.folder / "installed"
    wanted = hashlib.sha256(LIST.read_bytes()).hexdigest()
    steps = [
        [command, "-m", "venv", "--clear", str(combination.folder)],
        [python, *PIP, "-r", str(LIST)],
    ]
    if stamp.exists() and stamp.read_text() == wanted:
        steps = []
    if combination.django != LOCKED:
        steps.append([python, *PIP, "--upgrade", f"Django=={combination.django}.*"])
    for step in steps:
        if subprocess.run(step, stdout=output, stderr=output, check=False).returncode:
            return ""
    stamp.write_text(wanted)
    version = [python, "-m", "django", "--version"]
    return subprocess.run(version, capture_output=True, text=True, check=True).stdout.strip()


def _test(combination: Combination, results: Path, arguments: list[str], output: int) -> int:
    """Run pytest and return its exit status."""
    binaries = combination.folder / "bin"
    command = [str(binaries / "python"), "-m", "pytest", "-n", "3", "--dist", "loadscope"]
    return subprocess.run(
        [*command, f"--junit-xml={results}", "-p", "no:cacheprovider", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"},
        stdout=output,
        stderr=output,
        check=False,
    ).returncode


def _counts(results: Path) -> tuple[int, int]:
    """Return how many tests passed and failed; (0, 0) if none was run."""
    if not results.exists():
        return 0, 0
    [suite] = ET.parse(results).getroot()
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    return int(suite.get("tests", 0)) - failed - int(suite.get("skipped", 0)), failed


def _told(log: Path) -> list[str]:
    """Return the lines of a log that name failures, or else its last lines."""
    lines = log.read_text(errors="replace").splitlines()
    named = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return [f"  {line}" for line in named or lines[-10:]]


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

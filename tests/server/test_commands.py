"""The commands of docs/deploying.md that need neither an account nor root, in a clean folder."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import REPOSITORY
from tests.server.image import NETWORK, PYTHON

pytestmark = pytest.mark.server

UNITS = REPOSITORY / "deploy" / "systemd"
FILES = ("manage.py", ".env.example", "onboarding_site", "businesses", "aws_setup", "resolvers")
ENV = """
SECRET_KEY=mZ4-only-for-the-test-of-the-page-x81Vw4RmYb7aP9sk2LqZ
ALLOWED_HOSTS=onboarding.example.org
AWS_REGION=eu-central-1
BEHIND_TLS_PROXY=true
WEB_CONCURRENCY=1
"""


def commands(heading: str) -> list[str]:
    """Return the commands of one part of the page."""
    page = (REPOSITORY / "docs" / "deploying.md").read_text(encoding="utf-8")
    part = re.split(rf"^## {heading}$", page, flags=re.MULTILINE)[1].split("\n## ")[0]
    return [
        line
        for block in re.findall(r"```\n(.*?)```", part, re.DOTALL)
        for line in block.split("\n")
    ]


def own(heading: str) -> list[str]:
    """Return those that run the project's Python, as whoever runs them here."""
    some = [line.removeprefix("runuser -u onboarding -- ") for line in commands(heading)]
    return [
        line
        for line in some
        if line.startswith((".venv/bin/python", "python3 -m venv"))
        and "createsuperuser" not in line  # which asks
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What stands for /opt/onboarding, and the settings beside it."""
    folder = tmp_path_factory.mktemp("opt") / "onboarding"
    for name in FILES:
        path = REPOSITORY / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, _made(folder / name))
    shutil.copytree(REPOSITORY / "deploy", folder / "deploy")
    database = f"DATABASE_URL=sqlite:///{folder.parent / 'db.sqlite3'}\n"
    (folder.parent / "env").write_text(ENV + database, encoding="utf-8")
    yield folder
    shutil.rmtree(folder)


def _made(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    return path


def run(folder: Path, command: str) -> str:
    network = {name: text for name, text in os.environ.items() if NETWORK.fullmatch(name)}
    done = subprocess.run(
        ["sh", "-euc", command.replace("python3 -m venv", f"{PYTHON} -m venv")],
        cwd=folder,
        env={
            **network,
            "PATH": os.environ["PATH"],
            "ENV_FILE": str(folder.parent / "env"),
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def test_the_site_is_installed_upgraded_and_rolled_back(folder: Path) -> None:
    installing, upgrading = own("With systemd and nginx"), own("Upgrade")
    [back] = own("Roll back")
    assert len(installing) == 5
    said = {command: run(folder, command) for command in [*installing, *upgrading, back]}
    assert "no issues" in said[".venv/bin/python manage.py check --deploy"]
    run(folder, ".venv/bin/python manage.py migrate")
    served = "--check-config --config onboarding_site/gunicorn.conf.py onboarding_site.wsgi"
    run(folder, f".venv/bin/python -m gunicorn {served}")


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing. On Debian and Ubuntu: apt-get install systemd"
    units = []
    for path in UNITS.iterdir():
        text = path.read_text(encoding="utf-8")
        units.append(tmp_path / path.name)
        # Where nothing is installed, no command is there.
        units[-1].write_text(text.replace("/opt/onboarding/.venv/bin/python", "/bin/true"), "utf-8")
    verified = subprocess.run(
        [program, "verify", *units], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")

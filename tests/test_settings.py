import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from onboarding_site.wsgi import application
from tests.processes import REPOSITORY, environment, manage


def test_a_missing_secret_key_is_one_clear_line_with_its_mend() -> None:
    result = manage("migrate", variables={"SECRET_KEY": ""})
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "The setting SECRET_KEY is missing.",
        (
            "Nothing was done. Settings come from the environment or from .env;"
            " .env.example explains each."
        ),
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEBUG", "maybe", "The setting DEBUG is 'maybe'"),
        ("SECURE_HSTS_SECONDS", "a year", "The setting SECURE_HSTS_SECONDS is unusable"),
        ("TIME_ZONE", "Mars/Olympus", "The setting TIME_ZONE is 'Mars/Olympus'"),
        ("DATABASE_URL", "nothing://like/this", "isn't an available database backend"),
    ],
)
def test_an_unusable_setting_is_named_without_a_traceback(name: str, value: str, said: str) -> None:
    result = manage("check", variables={name: value})
    assert result.returncode == 1
    assert said in result.stderr
    assert ".env.example" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_empty_database_url_is_no_setting() -> None:
    result = manage("check", variables={"DATABASE_URL": ""})
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("rate", ["0", "26"])
def test_a_retry_rate_that_cognito_does_not_allow_is_refused(rate: str) -> None:
    result = manage("check", variables={"RETRY_RATE_PER_SECOND": rate})
    assert result.returncode == 1
    assert result.stderr.startswith("RETRY_RATE_PER_SECOND must be from 1 to 25.\n")


def test_administrators_are_not_those_whom_every_business_joins() -> None:
    result = manage("check", variables={"ADMIN_GROUP_NAME": "businesses"})
    assert result.returncode == 1
    assert result.stderr.startswith("ADMIN_GROUP_NAME and BUSINESS_GROUP_NAME must differ")


def test_the_example_file_names_every_setting() -> None:
    settings = (REPOSITORY / "onboarding_site" / "settings.py").read_text(encoding="utf-8")
    named = {
        line.partition("=")[0].lstrip("# ")
        for line in (REPOSITORY / ".env.example").read_text(encoding="utf-8").splitlines()
        if "=" in line
    }
    read = {
        part.partition('"')[2].partition('"')[0]
        for part in settings.split("env.")[1:]
        if part.startswith(("str(", "bool(", "list(", "int(", "float("))
    }
    assert read - {"AWS_DEFAULT_REGION", "ENV_FILE"} <= named


def test_the_site_passes_djangos_own_deployment_checks(tmp_path: Path) -> None:
    variables = {
        "SECRET_KEY": "a-key-of-fifty-characters-or-more-0123456789-abcdefghij",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "SECURE_HSTS_SECONDS": "31536000",
    }
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=REPOSITORY,
        env=environment(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.django_db
def test_the_wsgi_entry_point_answers_with_the_login_page() -> None:
    environ: dict[str, Any] = {"PATH_INFO": "/admin/login/", "HTTP_HOST": "localhost"}
    setup_testing_defaults(environ)
    answered: list[str] = []

    def start_response(status: str, *_: object) -> Callable[[bytes], None]:
        answered.append(status)
        return lambda _body: None

    page = b"".join(application(environ, start_response))
    assert answered == ["200 OK"]
    assert b"Business onboarding" in page


def test_the_tests_have_their_own_settings_whichever_are_exported() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only"]
    collected = subprocess.run(
        [*command, "tests/test_manage.py"],
        cwd=REPOSITORY,
        env=environment({"DJANGO_SETTINGS_MODULE": "onboarding_site.settings"}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "settings: tests.settings (from option)" in collected.stdout

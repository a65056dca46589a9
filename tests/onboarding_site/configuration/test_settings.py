import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from onboarding_site.wsgi import application
from tests.processes import KEY, REPOSITORY, environment, manage
from tests.settings import SETTINGS


def refusal(variables: dict[str, str], *command: str) -> str:
    """Return the one line that a command ends with."""
    result = manage(*(command or ("check",)), variables=variables)
    assert (result.returncode, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert line.endswith("Nothing was done.")
    return line


@pytest.mark.parametrize(
    "command",
    [
        ("migrate",),
        ("runserver", "--noreload"),
        ("check",),
        ("deploy_backend",),
        ("retry_onboardings", "--all"),
    ],
)
def test_a_missing_secret_key_is_one_clear_line_with_its_mend(command: tuple[str, ...]) -> None:
    line = refusal({"SECRET_KEY": ""}, *command)
    assert line.startswith("The setting SECRET_KEY is missing from the environment and from ")
    assert "secrets.token_urlsafe" in line


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEBUG", "maybe", "is 'maybe': set true or false"),
        ("SECURE_SSL_REDIRECT", "", "is empty: give it a value, or remove it"),
        ("SECURE_HSTS_SECONDS", "a year", "is 'a year': set a whole number"),
        ("TIME_ZONE", "Mars/Olympus", "is 'Mars/Olympus', which is not a time zone"),
        ("DATABASE_URL", "nothing://like/this", "is no URL of a database"),
        ("DATABASE_URL", "", "is empty"),
        ("RETRY_RATE_PER_SECOND", "0", "is '0': set a whole number from 1 to 25"),
        ("RETRY_RATE_PER_SECOND", "26", "is '26': set a whole number from 1 to 25"),
        ("OUT_OF_GROUP_LIMIT", "-1", "is '-1': set a whole number from 0 to 1000000"),
        ("BACKEND_STACK_NAME", "on_boarding", "is 'on_boarding', which is not a valid stack name"),
        ("BACKEND_STACK_NAME", "", "is empty"),
        ("EMAIL_FROM", "nobody", "is not an e-mail address"),
        ("EMAIL_FROM", "A <a@b.org>, B <c@d.org>", "is not an e-mail address"),
        ("ALARM_EMAIL", "a@bücher.example", "has letters that mail servers do not take"),
        ("EMAIL_IDENTITY_ARN", "example.com", "is not the ARN of an identity in Amazon SES"),
        (
            "WEB_ACL_ARN",
            "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/1",
            "which is not the ARN of a regional web ACL",
        ),
        ("SITE_ROLE_ARN", "site", "is not the ARN of a role or user"),
        ("ENV_FILE", "", "is empty"),
        ("SECRET_KEY", "hunter2", "could be guessed: a key has 50 characters or more"),
        ("SECRET_KEY", "0123" * 20, "could be guessed"),
        ("SECRET_KEY", f"django-insecure-{KEY}", "could be guessed"),
        ("SECRET_KEY_FALLBACKS", f"{KEY},", "has an empty entry in its list"),
        ("SECRET_KEY_FALLBACKS", f"{KEY},hunter2", "could be guessed"),
        ("OIDC_ISSUER", "http://id.example", "an issuer's URL begins with https://"),
        ("OIDC_ISSUER", "id.example", "is 'id.example': set the issuer's URL"),
        ("OIDC_GROUPS_CLAIM", "my groups", "which is not the name of a claim"),
        ("OIDC_RENEW_MINUTES", "0", "is '0': set a whole number from 1 to 480"),
        ("SIGN_IN_FAILURES", "2", "is '2': set a whole number from 3 to 50"),
        ("LOCK_OUT_MINUTES", "0", "is '0': set a whole number from 1 to 1440"),
        ("TRUSTED_PROXIES", "6", "is '6': set a whole number from 0 to 5"),
        ("SESSION_HOURS", "25", "is '25': set a whole number from 1 to 24"),
        ("SESSION_IDLE_MINUTES", "4", "is '4': set a whole number from 5 to 1440"),
    ],
)
def test_an_unusable_setting_is_named_in_one_line(name: str, value: str, said: str) -> None:
    line = refusal({name: value})
    assert line.startswith(f"The setting {name} ")
    assert said in line
    assert "hunter2" not in line


def test_all_faults_are_named_at_once() -> None:
    result = manage("check", variables={"DEBUG": "maybe", "EXPORT_ROW_LIMIT": "-1"})
    assert result.returncode == 1
    first, second = result.stderr.splitlines()
    assert first.startswith("The setting DEBUG ")
    assert second.startswith("The setting EXPORT_ROW_LIMIT ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--deploy",),
        ("--tag", "models"),
        ("--database", "default"),
        ("--fail-level", "CRITICAL"),
        ("--skip-checks",),
    ],
)
def test_no_way_to_check_passes_over_a_fault(arguments: tuple[str, ...]) -> None:
    command = "migrate" if "--skip-checks" in arguments else "check"
    line = refusal({"TIME_ZONE": "Mars/Olympus"}, command, *arguments)
    assert line.startswith("The setting TIME_ZONE ")


def test_administrators_are_not_those_whom_every_business_joins() -> None:
    line = refusal({"ADMIN_GROUP_NAME": "businesses"})
    assert line.startswith("ADMIN_GROUP_NAME and BUSINESS_GROUP_NAME must differ")


def test_a_web_acl_of_another_region_is_refused() -> None:
    arn = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/sign-ups/1"
    line = refusal({"AWS_REGION": "eu-central-1", "WEB_ACL_ARN": arn})
    assert "is of another Region than AWS_REGION: set one of eu-central-1" in line
    assert (
        manage("check", variables={"AWS_REGION": "eu-west-1", "WEB_ACL_ARN": arn}).returncode == 0
    )


def test_what_can_be_no_app_client_is_refused() -> None:
    line = refusal({"ALLOWED_CLIENT_IDS": "3n4b5urk1ft4fl3mg5e62d9ado, (.*)"})
    assert line.startswith("The setting ALLOWED_CLIENT_IDS ")
    assert "'(.*)' in its list: set ids of app clients" in line


def test_half_of_single_sign_on_is_refused() -> None:
    result = manage("check", variables={"OIDC_ISSUER": "https://id.example"})
    first, second, third = result.stderr.splitlines()
    assert first.startswith("OIDC_ISSUER is set, so OIDC_CLIENT_ID must be set too.")
    assert second.startswith("OIDC_ISSUER is set, so OIDC_CLIENT_SECRET must be set too.")
    assert "so OIDC_SUPPORT_GROUPS or OIDC_VIEWER_GROUPS must be set too." in third
    line = refusal({"PASSWORD_SIGN_IN": "false"})
    assert line.startswith("PASSWORD_SIGN_IN is off without OIDC_ISSUER, so nobody could sign in.")


def test_the_example_file_names_every_setting() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in (REPOSITORY / "onboarding_site").rglob("*.py")
    )
    read = set(re.findall(r'env\.(?:read|optional|required)\(\s*"([A-Z_]+)"', code))
    assert len(read) > 10
    assert read - {"AWS_DEFAULT_REGION"} == set(SETTINGS)


def test_the_site_passes_djangos_own_deployment_checks() -> None:
    variables = {
        "DATABASE_URL": "postgres://u@localhost/n",
        "CACHE_URL": "redis://localhost",
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


@pytest.mark.parametrize("path", ["/admin/login/", "/nowhere", "/admin/", "/healthz"])
def test_the_wsgi_entry_point_answers_head_like_get_without_a_body(
    database_file: Callable[[str], Path], path: str
) -> None:
    database_file("")
    status, headers, page = answer("GET", path)
    assert answer("HEAD", path) == (status, headers, b"")
    assert (b"Business onboarding" in page) == (path in {"/admin/login/", "/nowhere"})


def answer(method: str, path: str) -> tuple[str, set[str], bytes]:
    """Return the status, the names of the headers and the body that the entry point answers."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_HOST": "localhost",
    }
    setup_testing_defaults(environ)
    told: list[tuple[str, set[str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        told.append((status, {name for name, _value in headers}))

    page = b"".join(application(environ, start_response))  # type: ignore[arg-type] # no write()
    return *told[0], page


def test_the_tests_have_their_own_settings_whichever_are_exported() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only"]
    collected = subprocess.run(
        [*command, "tests/project/test_manage.py"],
        cwd=REPOSITORY,
        env=environment({"DJANGO_SETTINGS_MODULE": "onboarding_site.settings"}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "settings: tests.settings (from option)" in collected.stdout

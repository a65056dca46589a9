"""What the files of deploy/ say agrees with each other, and with what they run."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.urls import reverse

from onboarding_site.configuration.environment import Environment
from onboarding_site.serving.processes import Processes
from onboarding_site.signing_in.single_sign_on import urls
from tests.processes import REPOSITORY
from tests.settings import SETTINGS

DEPLOY = REPOSITORY / "deploy"
RUN_FORMS = ("run", "again", "undo")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def longest() -> int:
    """The seconds in which any request ends, with the default settings."""
    return Processes.read(Environment({"ENV_FILE": "/dev/null"}, Path())).longest_request_seconds


def seconds(path: str, pattern: str) -> int:
    found = re.search(rf"^\s*{pattern}", (DEPLOY / path).read_text("utf-8"), re.MULTILINE)
    assert found
    return int(found[1])


def test_nobody_ends_a_request_before_gunicorn_does(longest: int) -> None:
    assert seconds("compose.yaml", r"stop_grace_period: (\d+)s") > longest
    assert seconds("systemd/onboarding.service", r"TimeoutStopSec=(\d+)") > longest
    assert seconds("nginx/onboarding.conf", r"proxy_read_timeout (\d+)s;") > longest


def test_the_page_gives_the_same_time_limits(longest: int) -> None:
    page = (REPOSITORY / "docs" / "deploying.md").read_text(encoding="utf-8")
    assert f"| `graceful_timeout` | {longest} s |" in page
    assert f"| `timeout` | {longest + 30} s |" in page


def test_the_services_are_built_from_stages_that_exist(compose: Any) -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    stages = re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE)
    built = [each["build"] for each in compose["services"].values() if "build" in each]
    assert {each["target"] for each in built} == {"site", "embedded-aws"} <= set(stages)
    assert stages[-1] == "site"
    for each in built:
        assert (DEPLOY / each["context"]).resolve() == REPOSITORY
        assert (REPOSITORY / each["dockerfile"]).is_file()


def test_the_services_depend_on_each_other_and_are_given_settings_that_exist(compose: Any) -> None:
    services = compose["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        if service.get("image") == "onboarding-site":
            assert set(service["environment"]) <= {*SETTINGS, "ENV_FILE"}
    assert services["aws"]["network_mode"] == "service:site"


@pytest.mark.parametrize("name", ["onboarding.service", "onboarding-sweep.service"])
def test_the_units_run_what_exists_with_the_settings_file(name: str) -> None:
    unit = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
    started = re.findall(
        r"^ExecStart\w*=/opt/onboarding/\.venv/bin/python (.*)$", unit, re.MULTILINE
    )
    assert started
    for command in started:
        files = re.findall(r"\S+\.py\b", command)
        assert all((REPOSITORY / file).is_file() for file in files)
    assert "Environment=ENV_FILE=/etc/onboarding/env" in unit
    assert "User=onboarding" in unit


def test_nginx_sends_again_only_what_may_be_done_twice() -> None:
    text = (DEPLOY / "nginx" / "onboarding.conf").read_text(encoding="utf-8")
    [pattern] = re.findall(r"location ~ (\S+) \{[^}]*non_idempotent;", text)
    kinds = ("onboarding", "business")
    twice = [
        reverse("admin:businesses_onboarding_retry-now"),
        reverse("admin:businesses_business_groups"),
        *(reverse(f"admin:businesses_{kind}_drift") for kind in kinds),
    ]
    once = [
        *(
            reverse(f"admin:businesses_onboarding_{name}")
            for name in ("retry", "dismiss", "reopen")
        ),
        *(reverse(f"admin:businesses_onboarding_{name}", args=[uuid4()]) for name in RUN_FORMS),
        *(reverse(f"admin:businesses_{kind}_change", args=["run"]) for kind in kinds),
    ]
    assert [each for each in (*twice, *once) if re.search(pattern, each)] == twice


def test_nginx_never_sends_the_code_of_single_sign_on_twice() -> None:
    text = (DEPLOY / "nginx" / "onboarding.conf").read_text(encoding="utf-8")
    [address] = re.findall(r"location = (\S+) \{[^}]*proxy_next_upstream off;", text)
    callback = reverse("oidc_authentication_callback", urlconf=urls.__name__)
    assert address == f"/single-sign-on{callback}"

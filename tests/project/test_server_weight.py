"""A server carries its own weight alone: what deploys, lints or imitates AWS is not loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from aws_setup.local.server import LocalAws
from tests.deployment import REGION, deploy
from tests.processes import REPOSITORY, environment, manage

# cfn-lint with what it brings, and the embedded AWS with its server and its JavaScript.
HEAVY = {"cfnlint", "sympy", "networkx", "ministack", "hypercorn", "quickjs", "tree_sitter", "jwt"}


@pytest.mark.parametrize("module", ["businesses.backend", "onboarding_site.wsgi"])
def test_a_server_loads_nothing_that_it_does_not_use(module: str) -> None:
    code = (
        "import django; django.setup()\n"
        f"import {module}, onboarding_site.urls, sys\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=environment({"DJANGO_SETTINGS_MODULE": "onboarding_site.settings"}),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert {"businesses", "boto3"} <= loaded
    assert not loaded & HEAVY


@pytest.fixture
def server(local_aws: LocalAws, tmp_path: Path) -> dict[str, str]:
    """The environment of a machine where requirements.txt alone is installed, with a stack."""
    for name in HEAVY:
        missing = f'raise ModuleNotFoundError("No module named {name!r}", name={name!r})\n'
        (tmp_path / f"{name}.py").write_text(missing, encoding="utf-8")
    deploy(local_aws)
    return {
        **local_aws.environment(REGION),
        "BACKEND_STACK_NAME": "onboarding-test",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "PYTHONPATH": str(tmp_path),
    }


def test_a_server_looks_after_a_backend_without_cfn_lint(server: dict[str, str]) -> None:
    assert manage("migrate", variables=server).returncode == 0
    status = manage("backend_status", variables=server)
    assert (status.returncode, status.stderr) == (0, "")
    assert "resolvers" in status.stdout
    destroyed = manage("destroy_backend", "--yes", "onboarding-test", variables=server)
    assert (destroyed.returncode, destroyed.stderr) == (0, "")


@pytest.mark.parametrize("option", ["--dry-run", pytest.param("--yes", marks=pytest.mark.long)])
def test_who_deploys_without_cfn_lint_is_told_how_to_get_it(
    server: dict[str, str], option: str
) -> None:
    refused = manage("deploy_backend", option, variables=server)
    assert refused.returncode == 1
    assert refused.stderr == (
        "CommandError: cfn-lint, which checks the template, can't be loaded: No module named "
        "'cfnlint'. Nothing was changed.\n"
        "Install what deploying needs: pip install -r requirements-deploy.txt\n"
    )


def test_the_template_is_printed_without_cfn_lint(server: dict[str, str]) -> None:
    printed = manage("deploy_backend", "--print-template", variables=server)
    assert (printed.returncode, printed.stderr) == (0, "")

"""The line for a crontab, run as cron runs it: from /, without the site's variables."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from urllib.parse import quote

from tests.businesses.deployed import Deployed
from tests.businesses.pages.said import STUCK
from tests.businesses.site_user import SiteUser
from tests.processes import KEY, forked

READ_PAGE = f"""
from django.contrib.auth.models import User
from django.test import Client, override_settings
from onboarding_site.serving.static_files import storages
client = Client(headers={{"host": "localhost"}})
client.force_login(User.objects.get_or_create(username="root", is_superuser=True, is_staff=True)[0])
with override_settings(STORAGES=storages(debug=True)):  # as nothing is gathered for these tests
    print(client.get("{STUCK}", secure=True).content.decode())
"""


def site(variables: Mapping[str, str], *command: str) -> str:
    """Run a command in the site's environment; return what it prints."""
    with forked(*command, variables={"PATH": os.environ["PATH"], **variables}) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        assert process.wait(60) == 0, printed
    return printed


def run_by_cron(line: str) -> subprocess.CompletedProcess[str]:
    """Run the command of a crontab's line with what cron gives it (man 5 crontab)."""
    command = line.split(maxsplit=5)[5].replace(r"\%", "%")
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_printed_line_sweeps_the_sites_stack_into_its_database(
    deployed: Deployed, site_user: SiteUser, migrated: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "it's 100% the site's"
    folder.mkdir()
    database, file = shutil.copy(migrated, folder / "db.sqlite3"), folder / "site.env"
    # The settings come from a file and from variables, which cron does not have.
    file.write_text(f"SECRET_KEY={KEY}\nBACKEND_STACK_NAME=onboarding-test\n")
    variables = {
        **site_user.environment,
        "ENV_FILE": str(file),
        "DATABASE_URL": f"sqlite:///{quote(str(database))}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_REGION": "eu-central-1",
    }
    page = site(variables, "shell", "--verbosity", "0", "-c", READ_PAGE)
    assert "No sweep has run yet" in page
    assert "Cron does not have" not in page
    [line] = re.findall(r"<pre>(0 \* \* \* \*  .*)</pre>", page)

    done = run_by_cron(unescape(line))

    assert (done.returncode, done.stderr) == (0, "")
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT error, dry_run FROM businesses_sweep").fetchall() == [
            ("", 0)
        ]


def test_secrets_of_the_environment_are_named_but_not_shown(
    deployed: Deployed, migrated: Path, tmp_path: Path
) -> None:
    database = shutil.copy(migrated, tmp_path / "site.sqlite3")
    variables = {
        **deployed.aws.environment("eu-central-1"),
        "ENV_FILE": os.devnull,
        "SECRET_KEY": KEY,
        "BACKEND_STACK_NAME": "onboarding-test",
        "AWS_REGION": "eu-central-1",
        "HTTPS_PROXY": "http://proxy:password@127.0.0.1:1",
        "DATABASE_URL": f"sqlite:///{database}",
    }
    page = site(variables, "shell", "--verbosity", "0", "-c", READ_PAGE)
    secrets = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, HTTPS_PROXY, SECRET_KEY"
    assert f"write these variables into {os.devnull}: {secrets}." in page
    for value in (KEY, variables["AWS_SECRET_ACCESS_KEY"], "proxy:password"):
        assert value not in page


def test_a_secret_that_cron_lacks_ends_the_line_until_a_store_or_the_file_gives_it(
    deployed: Deployed, site_user: SiteUser, migrated: Path, tmp_path: Path
) -> None:
    file = tmp_path / "site.env"
    database = shutil.copy(migrated, tmp_path / "user:pass@word.sqlite3")
    file.write_text(f"SECRET_KEY={KEY}\nBACKEND_STACK_NAME=onboarding-test\n")
    secret = {"AWS_SESSION_TOKEN": "", "HTTPS_PROXY": "http://user:password@127.0.0.1:1"}
    variables = {
        **{name: value for name, value in site_user.environment.items() if "TOKEN" not in name},
        "NO_PROXY": "127.0.0.1,localhost",
        "ENV_FILE": str(file),
        "DATABASE_URL": f"sqlite:///{quote(str(database))}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_REGION": "eu-central-1",
        **secret,
    }
    page = site(variables, "shell", "--verbosity", "0", "-c", READ_PAGE)
    [line] = re.findall(r"<pre>(0 \* \* \* \*  .*)</pre>", page)

    refused = run_by_cron(unescape(line))
    assert (refused.returncode, refused.stdout) == (1, "")
    [said] = refused.stderr.splitlines()
    assert "REQUIRED_SETTINGS lists 'HTTPS_PROXY', which is missing" in said
    assert str(file) in said

    # A store runs a command with the secrets in its environment, as `env` does.
    time, command = unescape(line)[:11], unescape(line)[11:]
    store = f"env HTTPS_PROXY={secret['HTTPS_PROXY']} sh -c '{command}'"
    assert run_by_cron(f"{time}{store}").returncode == 0
    file.write_text(f"{file.read_text()}HTTPS_PROXY={secret['HTTPS_PROXY']}\n")
    assert run_by_cron(unescape(line)).returncode == 0

"""The one user of the embedded AWS who deploys and removes stacks, with the printed policy alone.

Their access key outlives resets of the account, so that clients are made once in a process. After a
reset they are written into ministack's records, as a call would count among those of a test.
"""

import atexit
import io
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from botocore.config import Config
from django.core.management import call_command

from aws_setup.deployment.operator_policy import Scope, operator_policy
from aws_setup.local.iam.sessions import sealed_session
from aws_setup.local.server import ACCOUNT_ID, LocalAws
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.packaging import render_template

REGION = "eu-central-1"
NAME = "operator"
ARN = f"arn:aws:iam::{ACCOUNT_ID}:user/{NAME}"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT_ID}:policy/{NAME}"
ACCESS_KEY_ID, SECRET_ACCESS_KEY = "AKIA234567OPERATOR23", "o" * 40

_session = cache(lambda: sealed_session(ACCESS_KEY_ID, SECRET_ACCESS_KEY))


class OperatorClients:
    """Makes the operator's clients in an account; it is called with the name of a service."""

    def __init__(self, aws: LocalAws, region: str = REGION, config: Config | None = None) -> None:
        self._endpoint_url, self._region, self._config = aws.endpoint_url, region, config

    def __call__(self, service: str) -> Any:
        return _client(self._endpoint_url, service, self._region, self._config)

    def environment(self) -> dict[str, str]:
        """Return the variables that have a process act as the operator."""
        return {
            "AWS_ENDPOINT_URL": self._endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
        }


@cache
def _client(endpoint_url: str, service: str, region: str, config: Config | None) -> Any:
    client = _session().client(  # type: ignore[call-overload]
        service, region_name=region, endpoint_url=endpoint_url, config=config
    )
    atexit.register(client.close)
    return client


def hire(policy: str) -> None:
    """Let the operator of the running embedded AWS do what this document says, and no more."""
    from ministack.services import iam

    if NAME not in iam._users:
        iam._create_user({"UserName": NAME})
        iam._access_keys[ACCESS_KEY_ID] = {
            "UserName": NAME,
            "AccessKeyId": ACCESS_KEY_ID,
            "SecretAccessKey": SECRET_ACCESS_KEY,
            "Status": "Active",
            "CreateDate": iam._now(),
        }
        iam.store_policy(POLICY_ARN, NAME, "/", policy)
        iam._attach_user_policy({"UserName": NAME, "PolicyArn": POLICY_ARN})
    iam._policies[POLICY_ARN]["Versions"]["v1"]["Document"] = policy


def hired_policy() -> str:
    """Return the document that says what the operator may do now."""
    from ministack.services import iam

    return str(iam._policies[POLICY_ARN]["Versions"]["v1"]["Document"])


@cache
def policy_for(scope: Scope) -> str:
    """Return the document of whoever works there."""
    return json.dumps(operator_policy(parse_template(render_template(), "the template"), scope))


def run(command: str, *arguments: str, tables: Iterable[str] = (), **streams: Any) -> None:
    """Run a command as the operator, in the account that the environment leads to.

    They have what is printed for these options, of which a removal has one, and for existing
    tables that the stack uses by now.
    """
    of_tables = [option for name in tables for option in ("--business-table", name)]
    options = [each for each in arguments if each.startswith("--role-arn")]
    hire(printed(*of_tables, *(arguments if command == "deploy_backend" else options)))
    with pytest.MonkeyPatch.context() as environment:
        # The embedded AWS takes the key of its own environment for the account's root user's.
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.delenv(name, raising=False)
        environment.setenv("AWS_SHARED_CREDENTIALS_FILE", str(_profile()))
        call_command(command, *arguments, **streams)


@cache
def _profile() -> Path:
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "credentials"
    path.write_text(
        f"[default]\naws_access_key_id={ACCESS_KEY_ID}\n"
        f"aws_secret_access_key={SECRET_ACCESS_KEY}\n",
        encoding="utf-8",
    )
    return path


def printed(*arguments: str) -> str:
    """Return what `deploy_backend` prints for somebody who runs it with these options."""
    out = io.StringIO()
    call_command("deploy_backend", "--print-operator-policy", *arguments, stdout=out)
    return out.getvalue()

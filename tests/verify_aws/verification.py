"""One verification: deploys a stack, observes it, tests it, and removes it with its data."""

import io
import secrets
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TextIO

import boto3
from botocore.exceptions import ClientError
from django.core.management import CommandError, call_command
from django.test import override_settings

from aws_setup.clients import aws_session, in_a_sentence, translated_errors
from aws_setup.exceptions import UnexpectedAwsError
from tests.processes import REPOSITORY
from tests.verify_aws.account import Account, AwsAccount, settled
from tests.verify_aws.observations.registry import Observation
from tests.verify_aws.observing import failure, observe

INTERRUPTED = 130
REMOVE = (
    "DEBUG=true SECRET_KEY=any AWS_REGION={region} BACKEND_STACK_NAME={name} "
    ".venv/bin/python manage.py destroy_backend --yes {name} --delete-data --yes-delete-data {name}"
)
BEGIN = """\
Account {account}, Region {region}, stack {name}
It takes about ten minutes, and then everything is removed. The user pool, the API, the function and
the tables are billed by use, a few cents at most for these few calls. About twenty people sign up.
Each gets one of the few e-mails that Cognito sends in a day, and counts as an active user of this
month. DynamoDB keeps backups of the deleted tables for 35 days.
Ctrl-C removes the stack too. If this process is killed, remove it with:
  {remove}
Then also look for stacks, user pools and log groups whose names begin with {name}-.
"""
END_TO_END = (
    *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--ds=tests.verify_aws.settings"),
    *("-m", "also_on_aws", "tests/test_end_to_end.py", "--stack"),
)


def deploy_and_verify(
    observations: Mapping[str, Observation], folder: Path, out: TextIO
) -> dict[str, str]:
    """Verify in a stack with a name of its own, which is removed whatever happens.

    folder: where each answer is written as soon as it arrives.
    Returns a line for each failure, by the name of the observation or of the step.
    Raises AwsSetupError if AWS does not identify the caller, and then nothing was done;
    KeyboardInterrupt once the stack has been removed.
    """
    session = aws_session()
    account = _account(session)
    name, region = f"verify-{secrets.token_hex(4)}", session.region_name
    remove = REMOVE.format(name=name, region=region)
    out.write(BEGIN.format(account=account, region=region, name=name, remove=remove))
    out.flush()
    with override_settings(BACKEND_STACK_NAME=name):
        try:
            failed = _verify(session, name, observations, folder, out)
        finally:
            line = failure(partial(_remove, session, name, out))
            if line:
                out.write(f"Not all of {name} was removed: {line}\nRemove it with\n  {remove}\n")
    return {**failed, "destroy_backend": line} if line else failed


def _account(session: boto3.Session) -> str:
    try:
        with translated_errors():
            return session.client("sts").get_caller_identity()["Account"]
    except ClientError as error:
        raise UnexpectedAwsError(f"{in_a_sentence(error)} Nothing was done.") from error


def _verify(
    session: boto3.Session,
    name: str,
    observations: Mapping[str, Observation],
    folder: Path,
    out: TextIO,
) -> dict[str, str]:
    if line := failure(partial(_deploy, out)):
        return {"deploy_backend": line}
    failed = observe(Account(AwsAccount(session), name), observations, folder, out)
    if line := failure(partial(_run_tests, name, out)):
        failed["test_end_to_end"] = line
    return failed


def _deploy(out: TextIO) -> None:
    try:
        # Without a terminal, it does not ask what Ctrl-C should do.
        call_command("deploy_backend", yes=True, stdin=io.StringIO(), stdout=out)
    except CommandError as error:
        if error.returncode == INTERRUPTED:
            raise KeyboardInterrupt from error
        raise


def _run_tests(name: str, out: TextIO) -> None:
    """Run the end-to-end tests that can run in any account. Raises CommandError."""
    done = subprocess.run(
        [sys.executable, *END_TO_END, name],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    out.write(done.stdout)
    if done.returncode:
        raise CommandError(done.stdout.strip().rpartition("\n")[2])


def _remove(session: boto3.Session, name: str, out: TextIO) -> None:
    """Remove the stack with its data, once no operation runs on it."""
    settled(session.client("cloudformation"), name)
    options = ("--yes", name, "--delete-data", "--yes-delete-data", name)
    call_command("destroy_backend", *options, stdout=out)

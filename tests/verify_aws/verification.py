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

from aws_setup.calls.clients import aws_session, in_a_sentence, translated_errors
from aws_setup.exceptions import UnexpectedAwsError
from aws_setup.existing.service_linked_role import ROLE, ServiceLinkedRole
from tests.processes import REPOSITORY
from tests.verify_aws.account import Account, AwsAccount
from tests.verify_aws.leftovers import Leftovers
from tests.verify_aws.observations.registry import Observation
from tests.verify_aws.observing import failure, observe

INTERRUPTED = 130
MAILS = 15  # that Cognito sends: one to each person who signs up
REMOVE = "AWS_REGION={region} make verify-aws REMOVE={name}"
BEGIN = """\
Account {account}, Region {region}, stack {name}
It takes about half an hour, and then everything is removed. The user pool, the API, the function
and the tables are billed by use, a few cents at most for these few calls. {mails} people sign up:
Cognito sends {mails} of the few dozen e-mails that an account may send in a day, and counts {mails}
active users of this month. DynamoDB keeps backups of the deleted tables for 35 days.
{role}
It touches nothing but what it makes, whose names begin with {name}. Ctrl-C removes that too. If
this process is killed, remove it with:
  {remove}
`VERIFY_AWS=permissions make verify-aws` prints the permissions that this takes.
"""
MAKES_ROLE = """\
The account lacks AppSync's service-linked role {role}, which is made on the way. It stays,
since every API of the account that sends traces uses it. It costs nothing; this deletes it:
  aws iam delete-service-linked-role --role-name {role}"""
HAS_ROLE = "AppSync's service-linked role {role} exists already, and stays as it is."
GONE = "Nothing of {name} is left in the account.\n"
LEFT = "Not all of {name} was removed:\n{lines}\nRemove it with\n  {remove}\n"
END_TO_END = (
    *("-m", "pytest", "-v", "-p", "no:cacheprovider", "--ds=tests.verify_aws.settings"),
    *("-m", "also_on_aws", "tests/journeys/test_end_to_end.py", "--stack"),
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
    account, role = _account(session), _role(session)
    name, region = f"verify-{secrets.token_hex(4)}", session.region_name
    remove = REMOVE.format(name=name, region=region)
    out.write(
        BEGIN.format(
            account=account, region=region, name=name, mails=MAILS, role=role, remove=remove
        )
    )
    out.flush()
    with override_settings(BACKEND_STACK_NAME=name):
        try:
            failed = _verify(session, name, observations, folder, out)
        finally:
            left = remove_leftovers(session, name, out)
    return {**failed, "destroy_backend": left} if left else failed


def remove_leftovers(session: boto3.Session, name: str, out: TextIO) -> str:
    """Remove all that a verification has made; say what is left, and return that as a line."""
    remove = REMOVE.format(name=name, region=session.region_name)
    try:
        lines = Leftovers(session, name).remove(out)
    except BaseException:
        out.write(LEFT.format(name=name, lines="The removal was cut off.", remove=remove))
        raise
    if lines:
        out.write(LEFT.format(name=name, lines="\n".join(lines), remove=remove))
    else:
        out.write(GONE.format(name=name))
    return " ".join(lines)


def _account(session: boto3.Session) -> str:
    try:
        with translated_errors():
            return session.client("sts").get_caller_identity()["Account"]
    except ClientError as error:
        raise UnexpectedAwsError(f"{in_a_sentence(error)} Nothing was done.") from error


def _role(session: boto3.Session) -> str:
    """Say whether the service-linked role is made on the way."""
    try:
        with translated_errors():
            is_missing = ServiceLinkedRole(session.client("iam")).steps()
    except ClientError as error:
        raise UnexpectedAwsError(f"{in_a_sentence(error)} Nothing was done.") from error
    return (MAKES_ROLE if is_missing else HAS_ROLE).format(role=ROLE)


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
    with subprocess.Popen(
        [sys.executable, *END_TO_END, name],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as tests:
        line = ""
        try:
            for line in tests.stdout or ():
                out.write(line)
                out.flush()
        except BaseException:
            tests.terminate()
            raise
    if tests.returncode:
        raise CommandError(line.strip())

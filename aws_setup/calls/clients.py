"""Clients of AWS: one session per entry point, and its errors in an operator's words."""

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import boto3
import botocore.session
from botocore import exceptions as aws
from botocore.config import Config
from django.conf import settings
from django.dispatch import Signal

from aws_setup import exceptions as ours
from aws_setup.calls.cut_short import refuse_answers_cut_short
from aws_setup.calls.first_answers import FirstAnswers, Say, waiting_for
from aws_setup.calls.local_errors import SIGN_IN_HINT, UNTOUCHED, explain_local, not_aws, one_line

CLIENT_CONFIG = Config(
    retries={"mode": "standard"},
    connect_timeout=5,
    read_timeout=8,
    user_agent_extra="business-onboarding/1",
)

# Sent with each new session of botocore's, before it has clients, to whoever watches their calls.
session_made = Signal()


def aws_session(region: str = "", *, say: Say | None = None) -> boto3.Session:
    """Return a session whose clients retry, time out and name this project.

    A service that has never answered is given up within 30 seconds, whatever the client's retries.
    region: a Region's name; settings.AWS_REGION unless given. say: told in one line what is waited
    for if that takes long; commands give `say_to_operator`.
    Make the clients once, in one thread: `session.client("dynamodb")`. Clients may be shared
    between threads, sessions may not. A `config` given to `client()` is merged over CLIENT_CONFIG.
    An answer whose body is cut short is a lost one: the call is made again, and raises botocore's
    ConnectionClosedError in the end.
    Looks for credentials, for which it may ask the machine's metadata service, and makes no other
    call. Raises SettingMissing for an empty Region or one that boto3 doesn't know, and botocore's
    errors if the credentials cannot be read.
    https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html
    """
    region = region or settings.AWS_REGION
    if not region:
        raise ours.SettingMissing(
            "No Region is set, so AWS was not asked.",
            hint="Set AWS_REGION in the environment or in .env, such as AWS_REGION=eu-central-1.",
        )
    core = botocore.session.get_session()
    # A copy, since botocore writes AWS_MAX_ATTEMPTS into the settings of retries that it is given.
    core.set_default_client_config(deepcopy(CLIENT_CONFIG))
    session_made.send(aws_session, session=core)
    refuse_answers_cut_short(core)
    FirstAnswers(say).watch(core)
    session = boto3.Session(botocore_session=core, region_name=region)
    _refuse_unknown_region(session, region)
    with waiting_for("AWS credentials", say):
        session.get_credentials()
    return session


def _refuse_unknown_region(session: boto3.Session, region: str) -> None:
    """Without this, botocore builds a host name from whatever it is given."""
    known = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("cloudformation", partition_name=partition)
    ]
    if region in known:
        return
    close = difflib.get_close_matches(region, known, n=3)
    meant = f"Did you mean {' or '.join(close)}? " if close else ""
    raise ours.SettingMissing(
        f"{region!r} is not a Region that boto3 knows, so AWS was not asked.",
        hint=f"{meant}Correct AWS_REGION; a Region newer than this boto3 needs a newer boto3.",
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the errors of boto3 that an operator can fix into this package's; let others pass.

    Every entry point wraps its work in this. Raises CredentialsUnusable, AwsUnreachable,
    AccessRefused, AwsBusy or SettingMissing.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
    """
    try:
        yield
    except aws.ClientError as error:
        explained = _explain_answer(error)
        if explained is None:
            raise
        raise explained from error
    except Exception as error:
        explained = explain_local(error)
        if explained is None:
            raise
        raise explained from error


def in_a_sentence(error: aws.ClientError) -> str:
    """Return what AWS answered, for an error that nothing here knows."""
    answer = error.response["Error"]
    words = answer["Message"].rstrip(".")
    return f"AWS answered {error.operation_name} with {answer['Code']}: {words}."


def _explain_answer(error: aws.ClientError) -> ours.AwsSetupError | None:
    """Explain an error answer by its code: who asks, what is allowed, or AWS's own trouble."""
    if "Error" not in error.response:
        return not_aws()
    code = error.response["Error"].get("Code", "")
    said = one_line(error.response["Error"].get("Message", "") or code)
    if code in _ACCESS_CODES:
        action = _refused_action(said) or error.operation_name
        return ours.AccessRefused(
            f"AWS refused {action}: {said}. {UNTOUCHED}",
            hint=f"Have {action} allowed for these credentials, or use others (AWS_PROFILE).",
        )
    if code in _BUSY_CODES or error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:  # noqa: PLR2004
        return ours.AwsBusy(f"AWS could not answer {error.operation_name} now: {said} ({code}).")
    if code in _IDENTITY_CODES:
        message, hint = _IDENTITY_CODES[code]
        return ours.CredentialsUnusable(f"{message}: {said}. {UNTOUCHED}", hint=hint)
    return None


_ACCESS_CODES = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_BUSY_CODES = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "ServiceUnavailable",
    "InternalFailure",
}
_EXPIRED = ("The AWS credentials have expired", SIGN_IN_HINT)
_UNKNOWN_KEY = (
    "AWS does not know this access key",
    (
        "Correct AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or AWS_PROFILE. AWS says the same where "
        "the account has not enabled the Region: check AWS_REGION."
    ),
)
_WRONG_SIGNATURE = (
    "AWS could not verify the signature",
    "Correct AWS_SECRET_ACCESS_KEY; if it is right, set this machine's clock.",
)
_IDENTITY_CODES = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": _WRONG_SIGNATURE,
    "InvalidSignatureException": _WRONG_SIGNATURE,
    "IncompleteSignature": _WRONG_SIGNATURE,
    "IncompleteSignatureException": _WRONG_SIGNATURE,
}


def _refused_action(said: str) -> str:
    found = re.search(r"not authorized to perform: ([\w-]+:\w+)", said)
    return found[1] if found else ""

"""What boto3 finds wrong by itself, before or instead of an answer, in an operator's words."""

import re
from collections.abc import Iterator
from types import TracebackType

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from aws_setup import exceptions as ours

UNTOUCHED = "The call changed nothing."

_NO_CREDENTIALS_HINT = (
    "Name a profile (AWS_PROFILE), sign in (`aws sso login`), or set AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY."
)
SIGN_IN_HINT = "Sign in again, for example with `aws sso login`, then run it again."
_ENDPOINT_HINT = "Correct AWS_ENDPOINT_URL (scheme://host:port), or unset it for AWS itself."
_VALUE_HINT = "Correct the option or the setting (.env) that the value comes from."
_OF_BOTO3_HINT = (
    "Correct what boto3 reads: the AWS_* variables (environment or .env), or the files in ~/.aws."
)
_REQUEST_HINT = (
    "Look for line breaks in the credentials, and check HTTPS_PROXY, AWS_ENDPOINT_URL and "
    "AWS_CA_BUNDLE."
)
# Of a call that is written wrongly, which no operator can fix.
_MISCALLED = re.compile("Missing required parameter|Unknown parameter|Invalid type for parameter")
_OF_BOTO3 = re.compile(r"(boto3|botocore)(\.|$)")
_MISCONFIGURED = (
    aws.InvalidDefaultsMode,
    aws.InvalidRetryConfigurationError,
    aws.InvalidProxiesConfigError,
    aws.InvalidIMDSEndpointError,
    aws.InvalidIMDSEndpointModeError,
    aws.InvalidSTSRegionalEndpointsConfigError,
    aws.InvalidChecksumConfigError,
    aws.InvalidEndpointDiscoveryConfigurationError,
    aws.InvalidS3AddressingStyleError,
    aws.InvalidS3UsEast1RegionalEndpointConfigError,
    aws.UnsupportedS3ConfigurationError,
    aws.InvalidConfigError,
)
# What an InvalidConfigError is about depends on where it is raised.
_READERS_OF_CREDENTIALS = {"botocore.credentials", "botocore.tokens"}
_CREDENTIALS: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (aws.NoCredentialsError, aws.PartialCredentialsError, aws.NoAuthTokenError),
        "No AWS credentials were found, so AWS was not asked",
        _NO_CREDENTIALS_HINT,
    ),
    (
        (aws.ProfileNotFound,),
        "The AWS profile does not exist, so AWS was not asked",
        "Correct AWS_PROFILE; `aws configure list-profiles` lists what there is.",
    ),
    (
        (aws.SSOError, aws.LoginError, aws.TokenRetrievalError),
        "The AWS sign-in is missing or over, so AWS was not asked",
        SIGN_IN_HINT,
    ),
    (
        (
            aws.CredentialRetrievalError,
            aws.MetadataRetrievalError,
            aws.UnknownCredentialError,
            aws.InvalidConfigError,
            aws.ConfigParseError,
            aws.ConfigNotFound,
        ),
        "AWS credentials could not be read, so AWS was not asked",
        "Mend the profile that the message names (~/.aws/config, AWS_PROFILE), then run it again.",
    ),
)


def explain_local(error: Exception) -> ours.AwsSetupError | None:
    """Explain an error of boto3's own; None if no operator can fix it, or it is not boto3's."""
    if isinstance(error, aws.ConnectionError):
        return ours.AwsUnreachable(f"AWS could not be reached: {one_line(error)}. {UNTOUCHED}")
    if isinstance(error, aws.WaiterError):
        return ours.AwsBusy(f"AWS took too long: {one_line(error)}.")
    if isinstance(error, ResponseParserError):
        return not_aws()
    if isinstance(error, aws.HTTPClientError):
        return _explain_connection(error)
    is_of_client = isinstance(error, aws.InvalidConfigError) and not (
        _READERS_OF_CREDENTIALS & {*_modules(error)}
    )
    for kinds, message, hint in _CREDENTIALS:
        if isinstance(error, kinds) and not is_of_client:
            return ours.CredentialsUnusable(f"{message}: {one_line(error)}.", hint=hint)
    return _explain_setting(error)


def not_aws() -> ours.AwsUnreachable:
    """Return what is wrong if something answers that is not AWS."""
    return ours.AwsUnreachable(f"What answered is not AWS. {UNTOUCHED}", hint=_ENDPOINT_HINT)


def one_line(said: object) -> str:
    """Return what an error says on one line, as a part of a sentence."""
    return " ".join(str(said).split()).rstrip(".")


def _explain_connection(error: aws.HTTPClientError) -> ours.AwsSetupError:
    """Explain an error of a request, which a value on this machine causes as well as the network.

    The request's own error may quote a header with a token, so it is not repeated.
    """
    cause = error.kwargs.get("error")
    if type(error) is aws.HTTPClientError and _is_local(cause):
        said = f"{type(cause).__name__}, before anything was sent"
        file = getattr(cause, "filename", None)
        return ours.SettingMissing(
            f"The request could not be made on this machine: {said}{f' ({file})' if file else ''}."
            f" {UNTOUCHED}",
            hint=_REQUEST_HINT,
        )
    return ours.AwsUnreachable(
        f"The connection to AWS was lost: {one_line(error)}. The call may have taken effect; "
        "every step may run twice."
    )


def _is_local(cause: object) -> bool:
    """Whether urllib3 refused what it was given, or could not read a file."""
    return isinstance(cause, ValueError | FileNotFoundError | PermissionError | IsADirectoryError)


def _explain_setting(error: Exception) -> ours.SettingMissing | None:
    """Explain a value that boto3 found wrong before it was sent."""
    if isinstance(error, aws.ParamValidationError) and not _MISCALLED.search(str(error)):
        said = one_line(error.kwargs["report"]).partition(": Bucket name must match")[0]
        return ours.SettingMissing(
            f"{said}: boto3 does not send that to AWS. {UNTOUCHED}", hint=_VALUE_HINT
        )
    if str(error).startswith("Invalid endpoint:"):
        return ours.SettingMissing(f"{one_line(error)}. AWS was not asked.", hint=_ENDPOINT_HINT)
    known = (aws.BotoCoreError, ours.AwsSetupError)
    is_pythons = not isinstance(error, known) and _comes_from_boto3(error)
    if is_pythons or isinstance(error, _MISCONFIGURED):
        return ours.SettingMissing(
            f"boto3 cannot use its settings: {one_line(error)}. The call was not made.",
            hint=_OF_BOTO3_HINT,
        )
    return None


def _comes_from_boto3(error: Exception) -> bool:
    """Whether an error of Python's came out of boto3, which checks hardly any of its settings."""
    return any(map(_OF_BOTO3.match, _modules(error)))


def _modules(error: Exception) -> Iterator[str]:
    """Yield the names of the modules that an error has come through."""
    for frame in _frames(error.__traceback__):
        yield frame.tb_frame.f_globals.get("__name__", "")


def _frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next

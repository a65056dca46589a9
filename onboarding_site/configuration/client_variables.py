"""The forms of the variables that boto3, and other clients, read by themselves and hardly check.

They would raise any error of Python's, take a wrong proxy for a lost connection, or look for a file
in the folder where a command is run.
https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
"""

import re
from collections.abc import Callable

from onboarding_site.configuration.values import SERVER, named, shown, whole

_SENDABLE = re.compile("[!-~]+")
_ADDRESS = re.compile(rf"https?://([!-.0-~]*@)?{SERVER}(/[!-~]*)?", re.IGNORECASE)


def _credential(text: str) -> str:
    """Return a part of the credentials, which a header must be able to hold."""
    if not _SENDABLE.fullmatch(text):
        raise ValueError("holds a space, a line break or no ASCII: copy it again")
    return text


def _address(text: str) -> str:
    """Return the URL of a server, which may hold a password."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError("is no URL of a server: set http://host:port or https://host:port")
    return text


def _proxy(text: str) -> str:
    """Return the URL of a proxy, which boto3 also takes without its scheme."""
    _address(text if "://" in text else f"http://{text}")
    return text


def _file(*others: str) -> Callable[[str], str]:
    """Return the parser of a path, which is the same from wherever a command is run.

    others: what a path may begin with besides a slash, or stand in its place.
    """

    def parse(text: str) -> str:
        if text.startswith(("/", *others)):
            return text
        raise ValueError(f"is {shown(text)}, which is no path from the root: write the path out")

    return parse


FORMS: tuple[tuple[re.Pattern[str], Callable[[str], object]], ...] = (
    (re.compile("AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)"), _credential),
    (re.compile(r"AWS_ENDPOINT_URL(_\w+)?"), _address),
    (re.compile("(?i:https?_proxy)"), _proxy),
    (re.compile("AWS_(CONFIG|SHARED_CREDENTIALS)_FILE"), _file("~/")),
    (re.compile("PGSSLROOTCERT"), _file("system")),
    (
        re.compile(
            "(AWS|REQUESTS)_CA_BUNDLE|SSL_CERT_(FILE|DIR)|PG(SSL(CERT|KEY|CRL|CRLDIR)|PASSFILE"
            "|SERVICEFILE)|AWS_(WEB_IDENTITY|CONTAINER_AUTHORIZATION)_TOKEN_FILE"
        ),
        _file(),
    ),
    (re.compile("AWS_MAX_ATTEMPTS"), whole(1, 100)),
    (re.compile("AWS_METADATA_SERVICE_(TIMEOUT|NUM_ATTEMPTS)"), whole(0, 1000)),
    (
        re.compile("AWS_RETRY_MODE"),
        named("legacy|standard|adaptive", "a mode of retries", "standard"),
    ),
    (
        re.compile("AWS_DEFAULTS_MODE"),
        named("legacy|auto|standard|in-region|cross-region|mobile", "a mode", "standard"),
    ),
)

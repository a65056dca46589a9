"""Why an onboarding failed, in plain words."""

import re

from businesses.records.reasons.meanings import (
    API_MISSING,
    AWS_FAILED,
    BUSY,
    CREDENTIALS_REFUSED,
    DATA_REFUSED,
    GROUP_MISSING,
    LOCAL_FAULT,
    NO_ANSWER,
    NOT_PERMITTED,
    POOL_MISSING,
    UNKNOWN,
    PlainReason,
)
from businesses.records.reasons.table import TYPES

DYNAMODB = "DynamoDB:"
_BY_TYPE = {kind: plain for plain, kinds in TYPES.items() for kind in kinds}
_SAME = re.compile(r"Exception$")  # some services leave it out
_BY_NAME = {_SAME.sub("", kind): plain for kind, plain in _BY_TYPE.items()}

# What types that the table does not hold are probably about: AWS adds some now and then.
_FAMILIES = (
    (re.compile(r"Throttl|TooMany|LimitExceeded|Throughput|Conflict"), BUSY),
    (re.compile(r"Internal|ServiceUnavailable|HttpStatus5\d\d"), AWS_FAILED),
    (re.compile(r"Time(d)?-?out", re.IGNORECASE), NO_ANSWER),
    (re.compile(r"Denied|Authoriz|Forbidden"), NOT_PERMITTED),
    (re.compile(r"Token|Signature|Credential"), CREDENTIALS_REFUSED),
    (re.compile(r"Validation|InvalidParameter"), DATA_REFUSED),
)
# AppSync gives this one type to many errors of DynamoDB, and only the message tells them apart.
_DYNAMODB_MESSAGES = (
    (re.compile(r"[Tt]hroughput|[Tt]hrottl|Rate exceeded"), BUSY),
    (re.compile(r"Status Code: 5\d\d"), AWS_FAILED),
    (re.compile(r"not authorized"), NOT_PERMITTED),
)
_MISSING = (
    (re.compile(r"[Uu]ser ?[Pp]ool"), POOL_MISSING),
    (re.compile(r"\bA[Pp][Ii]\b"), API_MISSING),
)
_ON_THIS_MACHINE = "The call failed on this machine"


def reason_of(type: str, message: str = "") -> PlainReason:  # noqa: A002 - as the record names it
    """Return what a reason means. type, message: as recorded; any type has a meaning.

    The message is looked at only where one type stands for several things.
    """
    if type == f"{DYNAMODB}DynamoDbException":
        return _first(_DYNAMODB_MESSAGES, message) or DATA_REFUSED
    bare = type.removeprefix(DYNAMODB)
    plain = _BY_TYPE.get(type) or _BY_TYPE.get(bare) or _BY_NAME.get(_SAME.sub("", bare))
    if plain is GROUP_MISSING:
        return _first(_MISSING, message) or plain
    if plain is None and message.startswith(_ON_THIS_MACHINE):
        return LOCAL_FAULT
    return plain or _first(_FAMILIES, bare) or UNKNOWN


def _first(
    choices: tuple[tuple[re.Pattern[str], PlainReason], ...], text: str
) -> PlainReason | None:
    return next((plain for pattern, plain in choices if pattern.search(text)), None)

"""Types of command-line arguments: what is refused in one line, before AWS is asked."""

import re
from argparse import ArgumentTypeError
from typing import Any

ROLE_ARN: dict[str, Any] = {
    "metavar": "ARN",
    "help": "The role that CloudFormation acts with, instead of with the caller's permissions; "
    "the stack keeps it for later runs.",
}

_UNSET = "is empty: the shell variable that it comes from is probably not set"


def port(text: str) -> int:
    """Parse a TCP port; 0 stands for any free port. Raises ArgumentTypeError."""
    if text.isascii() and text.isdigit() and int(text) <= 65535:  # noqa: PLR2004
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a port: give a number from 0 to 65535.")


def pool_id(text: str) -> str:
    """Return the id of a user pool. Raises ArgumentTypeError.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html
    """
    if not text.strip():
        raise ArgumentTypeError(_UNSET)
    if not re.fullmatch(r"(?=.{1,55}$)[\w-]+_[0-9a-zA-Z]+", text, re.ASCII):
        raise ArgumentTypeError(f"{text!r} is no id of a user pool, such as eu-central-1_AbCdEfGhI")
    return text


def table_name(text: str) -> str:
    """Return the name of a table. Raises ArgumentTypeError, for an ARN too.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """
    if not text.strip():
        raise ArgumentTypeError(_UNSET)
    if text.startswith("arn:"):
        name = text.rpartition("/")[2]
        raise ArgumentTypeError(
            f"{text!r} is an ARN. Give the name {name!r} alone: the table must be in the account "
            "and the Region of the stack"
        )
    if not re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", text):
        raise ArgumentTypeError(
            f"{text!r} is no name of a table, which has 3 to 255 letters, digits, dots, hyphens or "
            "underscores"
        )
    return text


def role_arn(text: str) -> str:
    """Parse the ARN of an IAM role. Raises ArgumentTypeError."""
    if re.fullmatch(r"arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+", text, re.ASCII):
        return text
    raise ArgumentTypeError(
        f"{text!r} is not the ARN of a role, such as arn:aws:iam::123456789012:role/deployer."
    )

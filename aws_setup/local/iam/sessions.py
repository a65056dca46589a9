"""boto3 sessions that no configuration on the developer's machine can redirect."""

import os

import boto3
from botocore.session import Session

# If they were set, they could name a profile, an endpoint or a Region of a real account.
_UNREAD: dict[str, tuple[None, list[str], str | None, None]] = {
    "profile": (None, [], None, None),
    "config_file": (None, [], os.devnull, None),
    "credentials_file": (None, [], os.devnull, None),
}


def sealed_session(
    access_key_id: str, secret_access_key: str, session_token: str | None = None
) -> boto3.Session:
    """Return a session with these credentials that reads no profile and no configuration file."""
    return boto3.Session(
        access_key_id,
        secret_access_key,
        session_token,
        botocore_session=Session(session_vars=_UNREAD),
    )

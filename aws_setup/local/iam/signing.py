"""Verifies that a request is signed with a secret, with ministack's own Signature Version 4."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from ministack.core import sigv4

Failure = tuple[str, str]  # an AWS error code and its message


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """The parts of a request that its signature covers. Header names are lower case."""

    method: str
    raw_path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes


def signature_failure(
    request: SignedRequest, signature: sigv4.HeaderSignature, secret: str
) -> Failure | None:
    """Return why `signature` is not valid for the request and secret, or None if it is.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    # ministack trusts this header; AWS compares it with the body.
    claimed = request.headers.get("x-amz-content-sha256")
    if claimed and claimed != hashlib.sha256(request.body).hexdigest():
        return "SignatureDoesNotMatch", sigv4.SIGNATURE_MISMATCH
    failure: Failure | None = sigv4.header_signature_failure(
        signature,
        secret,
        request.method,
        request.raw_path,
        parse_qs(request.query_string, keep_blank_values=True),
        request.headers,
        request.body,
    )
    return failure

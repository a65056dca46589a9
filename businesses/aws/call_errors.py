"""Why a call of the API got no answer: because of the connection, or of this machine."""

import errno
import re
import socket
import ssl
from dataclasses import dataclass

import aiohttp

from businesses.records.onboarding import Reason

MESSAGE_LENGTH = 1000
CHECK_NETWORK = "Check this machine's network and AWS's health dashboard."
CHECK_CERTIFICATES = (
    "If a proxy opens TLS connections, name its CA certificates in AWS_CA_BUNDLE; otherwise check "
    "this machine's clock."
)
CHECK_ADDRESSES = "Check AWS_ENDPOINT_URL, HTTPS_PROXY and NO_PROXY."
SEE_MESSAGE = "Trying again does not help. The message says what is wrong on this machine."
CHECK_PROXY = "Check HTTPS_PROXY, with the user and the password in it, or add the API to NO_PROXY."

PROXY_BUSY = {502, 503, 504}
NETWORK_ERRORS = {
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ETIMEDOUT,
    errno.ECONNREFUSED,
    errno.ECONNRESET,
}
# The other end, or what lies between, broke off; also during the TLS handshake.
_NETWORK = (
    ConnectionError,
    EOFError,
    TimeoutError,
    aiohttp.ClientPayloadError,
    aiohttp.ServerConnectionError,
    socket.gaierror,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)
_LOCAL_ERRORS: tuple[tuple[tuple[type[Exception], ...], str, str, str], ...] = (
    (
        (ssl.SSLCertVerificationError,),
        "CertificateNotTrusted",
        "The API's certificate is not trusted: {}.",
        CHECK_CERTIFICATES,
    ),
    ((ssl.SSLError,), "TlsFailed", "TLS could not be agreed on: {}.", CHECK_ADDRESSES),
    (
        (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError),
        "AddressInvalid",
        "The address of the API or of the proxy is not one that can be called.",
        CHECK_ADDRESSES,
    ),
)
_PASSWORD = re.compile(r"//[^/\s@]*@")  # a proxy's user and password, as part of its address


@dataclass(frozen=True, slots=True, kw_only=True)
class CallError:
    """Why a call got no answer. hint: what to do about it.

    may_pass: whether another try may succeed, since only the connection failed.
    is_everybodys: whether a call for anybody else would fail for the same reason.
    """

    reason: Reason
    hint: str
    may_pass: bool = False
    is_everybodys: bool = True


def explain_call_error(error: Exception, seconds: float) -> CallError:
    """Explain what gql raised instead of an answer, in the same terms as the trigger.

    Only what is known to be an error of the connection may pass. Everything else is an error of
    this machine, and named as what it is. seconds: the time limit for one answer.
    https://docs.aiohttp.org/en/stable/client_reference.html#hierarchy-of-exceptions
    """
    cause = error.__cause__ or error
    below = cause.os_error if isinstance(cause, aiohttp.ClientConnectorError) else cause
    if isinstance(cause, aiohttp.ClientHttpProxyError):
        return _explain_proxy(cause.status)
    if lost := _lost(cause, below, seconds):
        return CallError(reason=lost, hint=CHECK_NETWORK, may_pass=True)
    for kinds, name, said, hint in _LOCAL_ERRORS:
        if isinstance(below, kinds):
            return CallError(reason=_reason(name, said.format(_words(below))), hint=hint)
    reason = _reason(type(below).__name__, f"The call failed on this machine: {_words(below)}.")
    return CallError(reason=reason, hint=SEE_MESSAGE, is_everybodys=isinstance(below, OSError))


def _lost(cause: BaseException, below: BaseException, seconds: float) -> Reason | None:
    """Return the reason if the connection failed; None if something else did."""
    if isinstance(cause, TimeoutError) and not isinstance(cause, aiohttp.ConnectionTimeoutError):
        return _reason("Timeout", f"The API did not answer within {seconds:g} s.")
    if not _is_of_network(below):
        return None
    if isinstance(cause, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return _reason("Unreachable", f"No connection to the API: {cause}")
    return _reason("ConnectionBroken", f"The connection was lost: {cause!r}")


def _is_of_network(error: BaseException) -> bool:
    """Whether the network or the other end is to blame, and not, say, a lack of file handles."""
    return isinstance(error, _NETWORK) or (
        isinstance(error, OSError) and error.errno in NETWORK_ERRORS
    )


def _explain_proxy(status: int) -> CallError:
    said = f"The proxy answered with HTTP status {status}."
    if status in PROXY_BUSY:
        reason = _reason("Unreachable", f"No connection to the API: {said}")
        return CallError(reason=reason, hint=CHECK_NETWORK, may_pass=True)
    return CallError(reason=_reason("ProxyRefused", said), hint=CHECK_PROXY)


def _words(error: BaseException) -> str:
    """Return what an error says, on one line; its type if it says nothing."""
    said = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error
    return " ".join(str(said).split()).rstrip(".") or type(error).__name__


def _reason(kind: str, message: str) -> Reason:
    return Reason(kind, _PASSWORD.sub("//", message)[:MESSAGE_LENGTH])

"""What is told about a call that got no answer, and whether it is tried again."""

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from gql.transport.exceptions import TransportConnectionFailed
from hypothesis import given
from hypothesis import strategies as st

from businesses.aws.call_errors import NETWORK_ERRORS, explain_call_error
from tests.harness.counts import count

KEY: Any = ConnectionKey(
    "api", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None
)
LOST = {"Unreachable", "Timeout", "ConnectionBroken"}


def raised(cause: Exception) -> TransportConnectionFailed:
    """Return what gql makes of an error."""
    error = TransportConnectionFailed(str(cause))
    error.__cause__ = cause
    return error


def every(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    for below in kind.__subclasses__():
        yield below
        yield from every(below)


# Python's own errors that no connection raises: a lack of memory, a wrong type, a missing file.
OURS = sorted(
    {
        kind
        for kind in every(Exception)
        if kind.__module__ == "builtins"
        and not issubclass(kind, (ConnectionError, TimeoutError, EOFError, UnicodeError, Warning))
        and not issubclass(kind, BaseExceptionGroup)
    },
    key=lambda kind: kind.__name__,
)
texts = st.text(max_size=40)
OTHER_NUMBERS = [
    number
    for number in errno.errorcode
    if number not in NETWORK_ERRORS
    and not isinstance(OSError(number, ""), (ConnectionError, TimeoutError))
]


@given(kind=st.sampled_from(OURS), said=texts)
def test_what_goes_wrong_here_is_never_called_a_lost_connection(
    kind: type[Exception], said: str
) -> None:
    found = explain_call_error(raised(kind(said)), 5)
    assert found.reason.type == kind.__name__
    assert found.reason.message.startswith("The call failed on this machine: ")
    assert not found.may_pass
    count("local errors")


@given(number=st.sampled_from(OTHER_NUMBERS), wrapped=st.booleans())
def test_an_error_of_the_system_that_is_not_of_the_network_is_of_this_machine(
    number: int,
    wrapped: bool,
) -> None:
    error = OSError(number, "no")
    found = explain_call_error(
        raised(aiohttp.ClientConnectorError(KEY, error) if wrapped else error), 5
    )
    assert found.reason.type not in LOST
    assert not found.may_pass
    assert found.is_everybodys
    count("local errors")


@pytest.mark.parametrize("number", sorted(NETWORK_ERRORS))
def test_an_error_of_the_network_may_pass(number: int) -> None:
    error = OSError(number, "no")
    before = explain_call_error(raised(aiohttp.ClientConnectorError(KEY, error)), 5)
    amid = explain_call_error(raised(aiohttp.ClientOSError(number, "no")), 5)
    assert (before.reason.type, before.may_pass) == ("Unreachable", True)
    assert (amid.reason.type, amid.may_pass) == ("ConnectionBroken", True)


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (aiohttp.ServerDisconnectedError(), "ConnectionBroken"),
        (aiohttp.ClientConnectionResetError(), "ConnectionBroken"),
        (aiohttp.ClientPayloadError(), "ConnectionBroken"),
        (ssl.SSLEOFError(), "ConnectionBroken"),
        (ConnectionResetError(), "ConnectionBroken"),
        (aiohttp.ConnectionTimeoutError(), "Unreachable"),
        (aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "unknown")), "Unreachable"),
        (aiohttp.ClientProxyConnectionError(KEY, ConnectionRefusedError()), "Unreachable"),
        (aiohttp.SocketTimeoutError(), "Timeout"),
        (TimeoutError(), "Timeout"),
    ],
)
def test_a_lost_connection_is_told_as_the_trigger_tells_it(cause: Exception, kind: str) -> None:
    found = explain_call_error(raised(cause), 5)
    assert (found.reason.type, found.may_pass) == (kind, True)


@given(login=st.from_regex(r"[a-z0-9%:]{1,12}", fullmatch=True), kind=st.sampled_from(OURS))
def test_no_password_of_a_proxy_gets_into_a_reason(login: str, kind: type[Exception]) -> None:
    found = explain_call_error(raised(kind(f"no such proxy: http://{login}@proxy:3128/")), 5)
    assert f"{login}@" not in found.reason.message
    assert "proxy:3128" in found.reason.message

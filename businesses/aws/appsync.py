"""The GraphQL API over gql: the signed transport, and the reasons behind its errors."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from botocore.credentials import Credentials
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncIAMAuthentication
from gql.transport.exceptions import TransportQueryError, TransportServerError

from businesses.records.onboarding import Reason

HTTP_OK = 200
MESSAGE_LENGTH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The address of the API and the credentials to call it with.

    url: GraphqlUrl of the stack's outputs. connect_url: where to connect instead, as any AWS client
    does with AWS_ENDPOINT_URL; the Host header, which is signed, still names the API's own host.
    """

    url: str
    region: str
    credentials: Credentials
    connect_url: str = ""

    def transport(self, *, seconds: float, connect_seconds: float) -> AIOHTTPTransport:
        """Return a transport that signs requests and raises Answer for every status except 200.

        seconds: time limit for one answer. connect_seconds: time limit for a connection.
        https://gql.readthedocs.io/en/stable/transports/appsync.html
        """
        parts = urlsplit(self.url)
        place = urlsplit(self.connect_url or self.url)
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=connect_seconds)
        return AIOHTTPTransport(
            url=urlunsplit((place.scheme, place.netloc, parts.path, "", "")),
            auth=AppSyncIAMAuthentication(
                parts.netloc, region_name=self.region, credentials=self.credentials
            ),
            client_session_args={
                "timeout": timeout,
                "raise_for_status": _raise_for_status,
                "trust_env": True,  # proxies, as for boto3
            },
        )


class Answer(TransportServerError):
    """An answer whose HTTP status is an error, with that status, which gql would lose."""

    def __init__(self, status: int, reason: Reason) -> None:
        self.status, self.reason = status, reason
        super().__init__(f"HTTP status {status}", status)


async def _raise_for_status(response: aiohttp.ClientResponse) -> None:
    """Raise Answer unless the status is 200; aiohttp calls this with every response."""
    if response.status == HTTP_OK:
        return
    try:
        body = await response.json(content_type=None)
    except ValueError:
        body = None
    errors = body.get("errors") if isinstance(body, dict) else None
    error = errors[0] if isinstance(errors, list) and errors else body
    error = error if isinstance(error, dict) else {}
    named = error.get("errorType") or response.headers.get("x-amzn-errortype", "").partition(":")[0]
    unnamed = f"HttpStatus{response.status}"
    message = error.get("message") or f"HTTP status {response.status}."
    raise Answer(response.status, _reason(named or unnamed, message))


def graphql_reason(error: TransportQueryError) -> Reason:
    """Return the type and message of the first error in a GraphQL answer."""
    first: Any = error.errors[0] if error.errors else {}
    values = first if isinstance(first, dict) else {}
    kind = str(values.get("errorType") or "GraphQLError").rpartition("#")[2]
    return _reason(kind, values.get("message") or "The API gave no reason.")


def connection_reason(error: Exception, seconds: float) -> Reason:
    """Say why a call got no answer, in the same terms as the trigger."""
    cause = error.__cause__ or error
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return _reason("Unreachable", f"No connection to the API: {cause}")
    if isinstance(cause, TimeoutError):
        return _reason("Timeout", f"The API did not answer within {seconds:g} s.")
    return _reason("ConnectionBroken", f"The connection was lost: {cause!r}")


def _reason(kind: str, message: object) -> Reason:
    return Reason(kind, str(message)[:MESSAGE_LENGTH])

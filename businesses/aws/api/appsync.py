"""The GraphQL API over gql: the signed transport, and the reasons behind its answers."""

import os
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import botocore.session
from botocore.credentials import Credentials
from botocore.httpsession import ProxyConfiguration, get_cert_path
from botocore.utils import get_environ_proxies
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncIAMAuthentication
from gql.transport.exceptions import TransportQueryError, TransportServerError
from yarl import URL

from businesses.aws.call_errors import CHECK_ADDRESSES, MESSAGE_LENGTH
from businesses.exceptions import ApiNotCalled
from businesses.records.onboarding import Reason

HTTP_OK = 200


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

        It takes proxies and CA certificates from where boto3 takes them, and nothing else: the
        credentials in a netrc file would conflict with the signature. Raises ApiNotCalled if one
        of these is unusable.
        seconds: time limit for one answer. connect_seconds: time limit for a connection.
        https://gql.readthedocs.io/en/stable/transports/appsync.html
        """
        parts = urlsplit(self.url)
        place = urlsplit(self.connect_url or self.url)
        # Without a user and a password, which are no part of where to connect.
        host = place.netloc.rpartition("@")[2]
        url = urlunsplit((place.scheme, host, parts.path, "", ""))
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=connect_seconds)
        return AIOHTTPTransport(
            url=url,
            auth=AppSyncIAMAuthentication(
                parts.netloc, region_name=self.region, credentials=self.credentials
            ),
            ssl=_trusting_what_boto3_trusts(),
            client_session_args={
                "timeout": timeout,
                "raise_for_status": _raise_for_status,
                "proxy": _proxy_for(url),
            },
        )


class Answer(TransportServerError):
    """An answer whose HTTP status is an error, with that status, which gql would lose."""

    def __init__(self, status: int, reason: Reason) -> None:
        self.status, self.reason = status, reason
        super().__init__(f"HTTP status {status}", status)


def _trusting_what_boto3_trusts() -> ssl.SSLContext:
    """Return a TLS context with the CA certificates that boto3's clients trust.

    They are those of `ca_bundle` in the profile, of AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE, or the
    list that boto3 comes with. Raises ApiNotCalled if they cannot be read.
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html
    """
    named = botocore.session.get_session().get_config_variable("ca_bundle")
    path = named or os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(verify=True)
    try:
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        said = f"the CA certificates in {path} cannot be read: {error}"
        raise ApiNotCalled("CertificatesUnreadable", said, "Check AWS_CA_BUNDLE.") from error


def _proxy_for(url: str) -> str | None:
    """Return the proxy that boto3 would use, with its user and password; None for none.

    Raises ApiNotCalled if it is no URL, or if its user has a colon, which the header for a proxy
    cannot hold; the message does not repeat it, for it may hold a password.
    https://www.rfc-editor.org/rfc/rfc7617#section-2
    """
    proxy: str | None = ProxyConfiguration(get_environ_proxies(url)).proxy_url_for(url)
    try:
        parts = URL(proxy or url)
        is_usable = bool(parts.host) and ":" not in (parts.user or "")
    except ValueError:
        is_usable = False
    if not is_usable:
        said = "the proxy's address is not a URL that can be used"
        raise ApiNotCalled("ProxyInvalid", said, CHECK_ADDRESSES)
    return proxy


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


def _reason(kind: str, message: object) -> Reason:
    return Reason(kind, str(message)[:MESSAGE_LENGTH])

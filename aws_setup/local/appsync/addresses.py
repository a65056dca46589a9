"""Where an API is reached: at its own host, or at a path of the embedded AWS.

A browser and Node's WebSocket can only send the Host header of the address itself. For them,
`/appsync/{region}/{api id}/graphql` stands for `https://{api id}.appsync-api.{region}.../graphql`,
followed by `/realtime` for subscriptions, as at a custom domain of AppSync.
https://docs.aws.amazon.com/appsync/latest/devguide/custom-domain-name.html
"""

import re
from dataclasses import dataclass

_HOST = re.compile(
    r"(?P<api>[a-z0-9]+)\.appsync(?P<realtime>-realtime)?-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?(:\d+)?"
)
_ANY_HOST = re.compile(r"(127\.0\.0\.1|localhost|[a-z0-9.-]+\.amazonaws\.com(\.cn)?)(:\d+)?")
_PATH = re.compile(
    r"(?P<graphql>/appsync/(?P<region>[a-z0-9-]+)/(?P<api>[a-z0-9]+)/graphql)(?P<realtime>/realtime)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One API's endpoint. graphql_path: the path that the signatures of its requests cover."""

    api_id: str
    region: str
    graphql_path: str
    is_realtime: bool


def address_of(host: str, path: str) -> Address | None:
    """Return the endpoint that serves this host and path, or None if no API does."""
    if match := _HOST.fullmatch(host.lower()):
        if path != "/graphql":
            return None
        graphql_path = path
    elif match := _PATH.fullmatch(path):
        graphql_path = match["graphql"]
    else:
        return None
    return Address(
        api_id=match["api"],
        region=match["region"],
        graphql_path=graphql_path,
        is_realtime=match["realtime"] is not None,
    )


def is_of_aws(host: str) -> bool:
    """Return whether a Host header names AWS or this machine, which the embedded AWS runs on."""
    return _ANY_HOST.fullmatch(host.lower()) is not None


def is_for_an_api(host: str, path: str) -> bool:
    """Return whether AppSync has to answer a request, even if only with "not found"."""
    return bool(_HOST.fullmatch(host.lower())) or path.startswith("/appsync/")


def local_graphql_url(endpoint_url: str, region: str, api_id: str) -> str:
    """Return an API's address for clients that can't send the API's own host."""
    return f"{endpoint_url}/appsync/{region}/{api_id}/graphql"

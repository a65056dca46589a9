"""The GraphQL endpoint of an API: takes the HTTP request, gives the HTTP answer.

https://docs.aws.amazon.com/appsync/latest/devguide/graphql-overview.html
"""

import json
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ministack.core.sigv4 import decode_header_value

from aws_setup.local.appsync import authorization, deployed
from aws_setup.local.appsync.callers import Administrator, Caller
from aws_setup.local.appsync.data_sources import Network
from aws_setup.local.appsync.deployed import Api
from aws_setup.local.appsync.errors import RequestRefused
from aws_setup.local.appsync.javascript import Surroundings
from aws_setup.local.appsync.operations import Operation
from aws_setup.local.signing import SignedRequest

_HOST = re.compile(r"(?P<api>[a-z0-9]+)\.appsync-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphqlRequest:
    """A request to `https://{api id}.appsync-api.{region}.amazonaws.com/graphql`."""

    method: str
    host: str  # the Host header
    raw_path: str
    query_string: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    client: str  # the IP address of the connection


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphqlResponse:
    """What the endpoint answers."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(
    request: GraphqlRequest,
    *,
    endpoint_url: str,
    administrator: Administrator,
    now: Callable[[], datetime],
) -> GraphqlResponse:
    """Answer one GraphQL request with what is deployed at this moment.

    endpoint_url: where data sources reach every AWS service. administrator: whose key may do
    everything. now: aware.
    """
    try:
        body = _execute(request, Network(endpoint_url=endpoint_url), administrator, now)
    except RequestRefused as refusal:
        error = {"errorType": refusal.error_type, "message": refusal.message}
        return _response(
            refusal.status, {"errors": [error]}, {"x-amzn-errortype": refusal.error_type}
        )
    return _response(200, body)


def _execute(
    request: GraphqlRequest,
    network: Network,
    administrator: Administrator,
    now: Callable[[], datetime],
) -> Mapping[str, Any]:
    api = _api(request.host, administrator.account_id)
    headers = _headers(request.headers)
    signed = SignedRequest(
        method=request.method,
        raw_path=request.raw_path,
        query_string=request.query_string,
        headers=headers,
        body=request.body,
    )
    caller = authorization.authenticate(
        signed, api, client=request.client, administrator=administrator, now=now()
    )
    payload = _payload(request.body)
    return Operation(
        api=api,
        caller=caller,
        network=network,
        request_headers=headers,
        query=payload["query"],
        variables=payload.get("variables") or {},
        operation_name=payload.get("operationName"),
        surroundings=lambda: _surroundings(caller, now()),
    ).execute()


def _api(host: str, account_id: str) -> Api:
    match = _HOST.fullmatch(host.lower())
    api = deployed.load(match["api"], account_id, match["region"]) if match else None
    if api is None:
        raise RequestRefused(404, "ResourceNotFoundException", "Unable to find the Api.")
    return api


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), decode_header_value(value)
        # A header on several lines is signed as its values joined by a comma.
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise _malformed("Unable to parse GraphQL query.") from error
    if not isinstance(payload, dict):
        raise _malformed("Unable to parse GraphQL query.")
    query, variables = payload.get("query"), payload.get("variables")
    if query is None:
        raise _malformed("Invalid request, `query` can't be null.")
    if not isinstance(query, str) or not isinstance(variables, dict | None):
        raise _malformed("Invalid JSON payload in GraphQLAuth POST request.")
    if not query.strip():
        raise _malformed("Invalid request, `query` can't be empty.")
    return payload


def _malformed(message: str) -> RequestRefused:
    return RequestRefused(400, "MalformedHttpRequestException", message)


def _surroundings(caller: Caller, now: datetime) -> Surroundings:
    seed = [secrets.randbits(32) for _ in range(4)]
    return Surroundings(
        now_milliseconds=int(now.timestamp() * 1000),
        seed=(seed[0], seed[1], seed[2], seed[3]),
        auth_type=caller.auth_type,
    )


def _response(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> GraphqlResponse:
    return GraphqlResponse(
        status=status,
        headers={
            "content-type": "application/json;charset=UTF-8",
            "x-amzn-requestid": str(uuid.uuid4()),
            **(headers or {}),
        },
        body=json.dumps(body).encode(),
    )

"""The GraphQL endpoint of an API, which answers HTTP requests.

https://docs.aws.amazon.com/appsync/latest/devguide/graphql-overview.html
"""

import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ministack.core.sigv4 import decode_header_value

from aws_setup.local.appsync import deployed
from aws_setup.local.appsync.addresses import address_of
from aws_setup.local.appsync.authorization import access as authorization
from aws_setup.local.appsync.authorization.callers import Administrator, Caller
from aws_setup.local.appsync.data_sources.requests import Network
from aws_setup.local.appsync.deployed import Api
from aws_setup.local.appsync.errors import RequestRefused
from aws_setup.local.appsync.execution.operations import Operation
from aws_setup.local.appsync.execution.subscriptions import Event
from aws_setup.local.appsync.javascript.engine import EvaluationContext
from aws_setup.local.iam.signing import SignedRequest


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
    """What the endpoint answers. events: those that subscribers must be told of."""

    status: int
    headers: dict[str, str]
    body: bytes
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The GraphQL endpoints of an account, which serve what is deployed at each moment.

    endpoint_url: where data sources reach every AWS service. administrator: the holder of the key
    that may do everything. now: returns an aware datetime.
    """

    endpoint_url: str
    administrator: Administrator
    now: Callable[[], datetime]

    def answer(self, request: GraphqlRequest) -> GraphqlResponse:
        """Answer one GraphQL request."""
        try:
            operation = self.operation(request, self.api(request))
            body = operation.execute()
        except RequestRefused as refusal:
            error = {"errorType": refusal.error_type, "message": refusal.message}
            return _response(
                refusal.status, {"errors": [error]}, {"x-amzn-errortype": refusal.error_type}
            )
        return replace(_response(200, body), events=operation.events)

    def api(self, request: GraphqlRequest) -> Api:
        """Return the API to which a request is addressed. Raises RequestRefused."""
        address = address_of(request.host, request.raw_path)
        account = self.administrator.account_id
        api = deployed.load(address.api_id, account, address.region) if address else None
        if api is None:
            raise RequestRefused(404, "ResourceNotFoundException", "Unable to find the Api.")
        return api

    def caller(self, request: GraphqlRequest, api: Api) -> Caller:
        """Return who sent a request. Raises RequestRefused."""
        signed = SignedRequest(
            method=request.method,
            raw_path=request.raw_path,
            query_string=request.query_string,
            headers=_headers(request.headers),
            body=request.body,
        )
        return authorization.authenticate(
            signed, api, client=request.client, administrator=self.administrator, now=self.now()
        )

    def operation(self, request: GraphqlRequest, api: Api) -> Operation:
        """Return the operation that a request's body asks for. Raises RequestRefused."""
        caller = self.caller(request, api)
        payload = _payload(request.body)
        return Operation(
            api=api,
            caller=caller,
            network=Network(endpoint_url=self.endpoint_url),
            request_headers=_headers(request.headers),
            query=payload["query"],
            variables=payload.get("variables") or {},
            operation_name=payload.get("operationName"),
            evaluation_context=lambda: _evaluation_context(caller, self.now()),
        )


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), decode_header_value(value)
        # A header that occurs several times is signed as its values joined by commas.
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


def _evaluation_context(caller: Caller, now: datetime) -> EvaluationContext:
    seed = [secrets.randbits(32) for _ in range(4)]
    return EvaluationContext(
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
            "access-control-allow-origin": "*",
            "x-amzn-requestid": str(uuid.uuid4()),
            **(headers or {}),
        },
        body=json.dumps(body).encode(),
    )

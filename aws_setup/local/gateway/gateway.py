"""The ASGI gateway in front of ministack, which checks what AWS checks and ministack does not.

The account's administrator signs with a key of ours. The gateway verifies that signature and passes
the request on as one from the account's root user. ministack's own root keys, which it never
verifies, are refused. ministack verifies every other key and enforces its policies.
"""

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ministack import app as ministack
from ministack.core import iam_evaluator, sigv4
from ministack.core.router import extract_access_key_id

from aws_setup.local.appsync.addresses import address_of
from aws_setup.local.appsync.authorization.callers import Administrator
from aws_setup.local.appsync.endpoint import Endpoint, GraphqlRequest
from aws_setup.local.appsync.realtime import Realtime
from aws_setup.local.cloudformation.repeats import Repeats
from aws_setup.local.cloudformation.template import buckets
from aws_setup.local.cloudwatch import service_metrics
from aws_setup.local.cognito import constraints, deletions, list_filters, user_pool_updates
from aws_setup.local.cognito.sign_ups import CODE_OPERATIONS, CONFIRMATIONS, SignUps
from aws_setup.local.controls.faults import ConnectionLost, Faults
from aws_setup.local.dynamodb import empty_maps, queries, reserved_words, table_updates
from aws_setup.local.gateway import admission
from aws_setup.local.http import (
    ClientGone,
    Receive,
    Request,
    RequestTooLong,
    Response,
    Scope,
    Send,
    call,
)
from aws_setup.local.iam.signing import Failure, SignedRequest, signature_failure

WATCHED = CONFIRMATIONS.keys() | CODE_OPERATIONS.keys()
RESET_PATH = "/_ministack/reset"
RESET_HEADER = "x-reset-secret"  # the administrator's secret access key
# Paths that only ministack has and AWS has not: its administration, which asks for no signature,
# and its GraphQL endpoint, which verifies no token.
NOT_OF_AWS = re.compile(r"/_(ministack|localstack|aws)(/.*)?|/health|(/.*)?/graphql/?")
# The answer to what a browser asks before it calls an API from a page of another origin.
PREFLIGHT = Response(
    status=200,
    headers=[
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", b"*, authorization"),
        (b"access-control-max-age", b"600"),
    ],
    body=b"",
)
TOO_LONG = Response.of_error(
    "RequestEntityTooLargeException", "Request must be smaller than 16 MB.", status=413
)


class Gateway:
    """The ASGI application that clients of the embedded AWS connect to."""

    def __init__(
        self,
        administrator: Administrator,
        sign_ups: SignUps,
        faults: Faults,
        endpoint_url: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._administrator = administrator
        self._sign_ups = sign_ups
        self._faults = faults
        self._repeats = Repeats()
        self._now = now
        self._endpoint = Endpoint(endpoint_url=endpoint_url, administrator=administrator, now=now)
        self._realtime = Realtime(self._endpoint)
        self._refusals: tuple[Callable[[Request], Response | None], ...] = (
            constraints.refusal,
            list_filters.refusal,
            partial(queries.refusal, account_id=administrator.account_id),
            empty_maps.refusal,
            reserved_words.refusal,
            table_updates.refusal,
            buckets.refusal,
            user_pool_updates.refusal,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] == "lifespan":
            await ministack.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._realtime.serve(scope, receive, send)
            return
        try:
            request = await Request.read(scope, receive, admission.MOST_BYTES)
            response = await self._answer(request)
            service_metrics.publish(request, response, self._administrator.account_id)
        except ClientGone:
            return
        except RequestTooLong:
            response = TOO_LONG
        except ConnectionLost:
            # The answer announces no length, so it is sent in chunks. The last chunk never comes,
            # and the server closes the connection.
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": True})
            return
        await response.send(send)

    async def _answer(self, request: Request) -> Response:
        called = request.operation or request.service
        fault = self._faults.take(called)
        await asyncio.sleep(self._faults.delay(called))
        if fault is None:
            return await self._served(request)
        if fault.is_late:
            served = await self._served(request)
            if fault.is_cut_short:
                return replace(served, is_cut_short=True)
        # In a thread, as a hook may wait, and other calls go on meanwhile.
        return await asyncio.to_thread(fault.answer, request)

    async def _served(self, request: Request) -> Response:
        if refused := admission.refusal(request):
            return refused
        if request.operation == "GraphQL":
            return await self._graphql(request)
        if NOT_OF_AWS.fullmatch(request.scope["path"]):
            return await self._reset(request)
        if known := self._authentication_failure(request) or self._repeats.answer_to(request):
            return known
        request = self._as_root(request)
        if "/s3/aws4_request" in request.headers.get("authorization", ""):
            # A connection on loopback stands for one with TLS, which policies of buckets demand.
            request = request.with_header("x-forwarded-proto", "https")
        if request.operation in WATCHED:
            return await self._sign_up(request)
        response = admission.without_cors(request, await self._forwarded(request))
        self._repeats.remember(request, response)
        return response

    async def _reset(self, request: Request) -> Response:
        """Empty the account for whoever knows its secret."""
        secret = request.headers.get(RESET_HEADER, "").encode()
        own = self._administrator.secret_access_key.encode()
        is_reset = request.path == RESET_PATH and secrets.compare_digest(secret, own)
        return await call(ministack.app, request) if is_reset else admission.NOT_FOUND

    async def _forwarded(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        if request.operation not in user_pool_updates.OPERATIONS:
            response = await call(ministack.app, request)
            if request.operation in deletions.OPERATIONS:
                deletions.leave_groups(self._administrator.account_id)
            return response
        response = await call(ministack.app, request)
        if response.status == 200:  # noqa: PLR2004
            user_pool_updates.complete(request, response, self._administrator.account_id)
        return response

    def _refusal(self, request: Request) -> Response | None:
        """Return the first refusal of a call that ministack would accept, or None."""
        return next(filter(None, (refusal(request) for refusal in self._refusals)), None)

    async def _sign_up(self, request: Request) -> Response:
        if refusal := self._sign_ups.refusal(request):
            return refusal
        before = self._sign_ups.status(request)
        response = await call(ministack.app, request)
        if response.status != 200:  # noqa: PLR2004
            return self._sign_ups.failure(request, response)
        return await asyncio.to_thread(self._sign_ups.after, request, response, before)

    async def _graphql(self, request: Request) -> Response:
        address = address_of(request.host, request.path)
        if address is None or address.is_realtime or request.method not in {"POST", "OPTIONS"}:
            return admission.NOT_FOUND
        if request.method == "OPTIONS":
            return PREFLIGHT
        asked = GraphqlRequest(
            method=request.method,
            host=request.host,
            raw_path=request.path,
            query_string=request.scope["query_string"].decode(),
            headers=request.scope["headers"],
            body=request.body,
            client=request.scope["client"][0],
        )
        answered = await asyncio.to_thread(self._endpoint.answer, asked)
        for event in answered.events:
            self._realtime.subscribers.publish(event)
        headers = [(name.encode(), value.encode()) for name, value in answered.headers.items()]
        return Response(status=answered.status, headers=headers, body=answered.body)

    def _authentication_failure(self, request: Request) -> Response | None:
        key = extract_access_key_id(request.headers, request.query)
        if key == self._administrator.access_key_id:
            failure = self._signature_failure(request)
        elif key and iam_evaluator.is_root_access_key(key):
            message = "The security token included in the request is invalid."
            failure = ("UnrecognizedClientException", message)
        else:
            return None
        return _refusal(request, *failure) if failure else None

    def _signature_failure(self, request: Request) -> Failure | None:
        signature = sigv4.parse_header_signature(request.headers)
        if isinstance(signature, tuple):
            return signature
        late: Failure | None = sigv4.request_time_failure(signature, now=self._now())
        if late:
            return late
        signed = SignedRequest(
            method=request.method,
            raw_path=request.path,
            query_string=request.scope["query_string"].decode(),
            headers=request.headers,
            body=request.body,
        )
        return signature_failure(signed, signature, self._administrator.secret_access_key)

    def _as_root(self, request: Request) -> Request:
        own, account = self._administrator.access_key_id, self._administrator.account_id
        authorization = request.headers.get("authorization", "")
        if f"Credential={own}/" not in authorization:
            return request
        renamed = authorization.replace(f"Credential={own}/", f"Credential={account}/", 1)
        return request.with_header("authorization", renamed)


def _refusal(request: Request, code: str, message: str) -> Response:
    """Return an authentication failure in the protocol of the service that was called."""
    error = iam_evaluator.AuthError(code, message)
    raw: tuple[int, dict[str, Any], bytes] = ministack._credential_failure(  # noqa: SLF001
        request.service, "", "00000000-0000-0000-0000-000000000000", error, request.headers
    )
    status, headers, body = raw
    pairs = [(name.encode(), str(value).encode()) for name, value in headers.items()]
    return Response(status=status, headers=pairs, body=body)

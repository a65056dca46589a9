"""AppSync's real-time endpoint: subscriptions over a WebSocket.

https://docs.aws.amazon.com/appsync/latest/devguide/real-time-websocket-client.html
"""

import asyncio
import base64
import binascii
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from aws_setup.local.appsync.addresses import Address, address_of, is_of_aws
from aws_setup.local.appsync.endpoint import Endpoint, GraphqlRequest
from aws_setup.local.appsync.errors import Invalid, RequestRefused
from aws_setup.local.appsync.execution.subscriptions import Subscribers, Subscription

PROTOCOL = "graphql-ws"
HEADER_PROTOCOL = "header-"  # followed by the authorization as JSON, in base64url
CONNECTION_TIMEOUT_MS = 300_000  # a client can expect a keep-alive within this time
KEEP_ALIVE_SECONDS = 60.0
FAREWELL_SECONDS = 5.0  # how long a client that is refused can take to read why
POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Realtime:
    """The real-time endpoints of an account. keep_alive_seconds: between two keep-alives."""

    def __init__(self, endpoint: Endpoint, keep_alive_seconds: float = KEEP_ALIVE_SECONDS) -> None:
        self._endpoint, self._keep_alive_seconds = endpoint, keep_alive_seconds
        self.subscribers = Subscribers()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket until the client leaves."""
        await receive()  # websocket.connect
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        address = address_of(host, scope["path"]) if is_of_aws(host) else None
        if address is None or not address.is_realtime:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        protocol = PROTOCOL if PROTOCOL in scope["subprotocols"] else None
        await send({"type": "websocket.accept", "subprotocol": protocol})
        connection = Connection(self._endpoint, self.subscribers, scope, address)
        await connection.run(receive, send, self._keep_alive_seconds)


class Connection:
    """One client on one API."""

    def __init__(
        self, endpoint: Endpoint, subscribers: Subscribers, scope: Scope, address: Address
    ) -> None:
        self._endpoint, self._subscribers = endpoint, subscribers
        self._scope, self._address = scope, address
        self._outbox: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._keys: set[tuple[int, str]] = set()

    async def run(self, receive: Receive, send: Send, keep_alive_seconds: float) -> None:
        """Authorize the client, then answer its messages until it leaves."""
        try:
            await asyncio.to_thread(self._let_in)
        except RequestRefused as refusal:
            errors = [_refused_connection(refusal)]
            refused = {"type": "connection_error", "payload": {"errors": errors}}
            await send({"type": "websocket.send", "text": json.dumps(refused)})
            await self._farewell(receive, send)
            return
        helpers = [
            asyncio.create_task(self._write(send)),
            asyncio.create_task(self._keep_alive(keep_alive_seconds)),
        ]
        try:
            while (message := await receive())["type"] == "websocket.receive":
                await self._obey(_object(message.get("text") or ""))
        finally:
            for key in self._keys:
                self._subscribers.remove(key)
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    @staticmethod
    async def _farewell(receive: Receive, send: Send) -> None:
        """Leave the closing to the client, which is to read first why it is refused.

        Some clients hear nothing of a connection that is closed along with its last message.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                while (await receive())["type"] != "websocket.disconnect":
                    pass
                return
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})

    async def _write(self, send: Send) -> None:
        while True:
            message = await self._outbox.get()
            await send({"type": "websocket.send", "text": json.dumps(message)})

    async def _keep_alive(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self._outbox.put_nowait({"type": "ka"})

    async def _obey(self, message: Mapping[str, Any]) -> None:
        kind, identifier = message.get("type"), str(message.get("id", ""))
        if kind == "connection_init":
            payload = {"connectionTimeoutMs": CONNECTION_TIMEOUT_MS}
            self._outbox.put_nowait({"type": "connection_ack", "payload": payload})
            self._outbox.put_nowait({"type": "ka"})
        elif kind == "start":
            await self._start(identifier, message.get("payload"))
        elif kind == "stop":
            self._subscribers.remove((id(self), identifier))
            self._outbox.put_nowait({"type": "complete", "id": identifier})
        else:
            words = f"{kind or 'unknown'} not supported through the realtime channel"
            error = {"errorType": "UnsupportedOperation", "message": words}
            self._outbox.put_nowait({"type": "error", "payload": {"errors": [error]}})

    async def _start(self, identifier: str, payload: Any) -> None:
        try:
            subscription = await asyncio.to_thread(self._subscribe, payload)
        except (RequestRefused, Invalid) as refusal:
            errors = refusal.errors if isinstance(refusal, Invalid) else [_error(refusal)]
            told = {"type": "error", "id": identifier, "payload": {"errors": errors}}
            self._outbox.put_nowait(told)
            return
        key = (id(self), identifier)
        self._keys.add(key)
        self._subscribers.add(key, subscription, partial(self._deliver, identifier))
        self._outbox.put_nowait({"type": "start_ack", "id": identifier})

    def _deliver(self, identifier: str, answer: Mapping[str, Any]) -> None:
        self._outbox.put_nowait({"type": "data", "id": identifier, "payload": answer})

    def _let_in(self) -> None:
        if PROTOCOL not in self._scope["subprotocols"]:
            raise RequestRefused(400, "NoProtocolError", f"The subprotocol {PROTOCOL} is missing.")
        request = self._request(_authorization(self._scope), "/connect", b"{}")
        self._endpoint.caller(request, self._endpoint.api(self._request({}, "", b"")))

    def _subscribe(self, payload: Any) -> Subscription:
        given = payload if isinstance(payload, dict) else {}
        extensions = given.get("extensions")
        headers = (extensions if isinstance(extensions, dict) else {}).get("authorization")
        data = str(given.get("data", "")).encode()
        request = self._request(headers if isinstance(headers, dict) else {}, "", data)
        return self._endpoint.operation(request, self._endpoint.api(request)).subscribe()

    def _request(self, authorization: Mapping[str, Any], path: str, body: bytes) -> GraphqlRequest:
        """Return what the client would have sent over HTTP."""
        host = dict(self._scope["headers"]).get(b"host", b"").decode("latin-1")
        headers = {name.lower(): str(value) for name, value in authorization.items()}
        return GraphqlRequest(
            method="POST",
            host=host,
            raw_path=f"{self._address.graphql_path}{path}",
            query_string="",
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            body=body,
            client=self._scope["client"][0],
        )


def _authorization(scope: Scope) -> Mapping[str, Any]:
    """Return the authorization that a connection gives in a subprotocol or in the query string."""
    offered = [each for each in scope["subprotocols"] if each.startswith(HEADER_PROTOCOL)]
    given = [each.removeprefix(HEADER_PROTOCOL) for each in offered]
    given += parse_qs(scope["query_string"].decode()).get("header", [])
    for text in given:
        padded = text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4)
        try:
            return _object(base64.urlsafe_b64decode(padded).decode())
        except (binascii.Error, UnicodeDecodeError):
            break
    return {}


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _error(refusal: RequestRefused) -> dict[str, Any]:
    return {"errorType": refusal.error_type, "message": refusal.message}


def _refused_connection(refusal: RequestRefused) -> dict[str, Any]:
    """Return the error of a connection; it is recorded for a token that AppSync does not accept.

    https://github.com/graphql-python/gql/blob/master/tests/test_appsync_websockets.py
    """
    if refusal.error_type != "UnauthorizedException":
        return {**_error(refusal), "errorCode": refusal.status}
    return {
        "errorType": "com.amazonaws.deepdish.graphql.auth#UnauthorizedException",
        "message": "You are not authorized to make this call.",
        "errorCode": 400,
    }

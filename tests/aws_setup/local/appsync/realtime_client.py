"""A client for AppSync's real-time endpoint, as described in the developer guide."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

WITHIN_SECONDS = 20
PROTOCOL = "graphql-ws"


class Socket:
    """An open WebSocket that speaks JSON."""

    def __init__(self, raw: aiohttp.ClientWebSocketResponse) -> None:
        self._raw = raw
        self.protocol = raw.protocol

    async def send(self, **message: Any) -> None:
        await self._raw.send_str(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """Return the next message, or {} once the server has closed the connection."""
        message = await asyncio.wait_for(self._raw.receive(), WITHIN_SECONDS)
        if message.type is not aiohttp.WSMsgType.TEXT:
            return {}
        answer: dict[str, Any] = json.loads(message.data)
        return answer

    async def begin(self) -> None:
        """Do what every client does first, and check the server's answers."""
        await self.send(type="connection_init")
        acknowledged = await self.receive()
        assert acknowledged["type"] == "connection_ack"
        assert acknowledged["payload"]["connectionTimeoutMs"] == 300_000
        assert await self.receive() == {"type": "ka"}

    async def subscribe(self, authorization: dict[str, str], query: str, **variables: Any) -> Any:
        """Start a subscription with the id "one"; return the server's answer."""
        data = json.dumps({"query": query, "variables": variables})
        await self.start("one", data, authorization)
        return await self.receive()

    async def start(self, identifier: str, data: str, authorization: dict[str, str]) -> None:
        extensions = {"authorization": authorization}
        payload = {"data": data, "extensions": extensions}
        await self.send(id=identifier, type="start", payload=payload)


@asynccontextmanager
async def connected(
    url: str, authorization: dict[str, str], *, host: str = "", in_query: bool = False
) -> AsyncIterator[Socket]:
    """Open a WebSocket. host: the Host header. in_query: authorize in the older of two ways."""
    text = json.dumps(authorization).encode()
    headers = {"Host": host} if host else {}
    protocols, params = [PROTOCOL], {}
    if in_query:
        params = {"header": base64.b64encode(text).decode(), "payload": "e30="}
    else:
        protocols.append(f"header-{base64.urlsafe_b64encode(text).decode().rstrip('=')}")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers, protocols=protocols, params=params) as raw,
    ):
        yield Socket(raw)


def signed(
    keys: Credentials, graphql_url: str, region: str, *, path: str = "", body: str = "{}"
) -> dict[str, str]:
    """Return the authorization of a connection (path "/connect") or of a subscription."""
    host = urlsplit(graphql_url).netloc
    request = AWSRequest("POST", f"{graphql_url}{path}", data=body, headers={"host": host})
    SigV4Auth(keys, "appsync", region).add_auth(request)
    return dict(request.headers.items())

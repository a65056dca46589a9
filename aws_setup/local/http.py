"""HTTP requests and responses as the gateway sees them, read from and sent as ASGI messages."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus
from xml.sax.saxutils import escape

from aws_setup.local.appsync.addresses import is_for_an_api

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class ClientGone(Exception):
    """The client closed its connection before it had sent its whole request."""


class RequestTooLong(Exception):
    """The request has more bytes than are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request whose body has arrived. Header names are lower case."""

    scope: Scope
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    async def read(cls, scope: Scope, receive: Receive, most_bytes: int) -> Self:
        """Read the whole request.

        Raises ClientGone when the client disconnects before its end, and RequestTooLong.
        """
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > most_bytes:
                raise RequestTooLong
            if not message.get("more_body", False):
                break
        headers = {name.decode("latin-1"): _text(value) for name, value in scope["headers"]}
        return cls(scope=scope, headers=headers, body=b"".join(chunks))

    @property
    def method(self) -> str:
        """The HTTP method, upper case."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return str(self.scope["raw_path"].decode("ascii"))

    @property
    def host(self) -> str:
        """The Host header."""
        return self.headers.get("host", "")

    @property
    def query(self) -> dict[str, list[str]]:
        """The query string's parameters."""
        return parse_qs(self.scope["query_string"].decode(), keep_blank_values=True)

    @property
    def operation(self) -> str:
        """The API operation's name, such as `AdminAddUserToGroup`.

        It is always `GraphQL` at the host of an API. Elsewhere the JSON protocols name it in
        `X-Amz-Target` and the Query protocol in the body's `Action`. It is "" for the REST
        protocols, which name it only by path.
        https://smithy.io/2.0/aws/protocols/index.html
        """
        if is_for_an_api(self.host, self.path):
            return "GraphQL"
        if target := self.headers.get("x-amz-target", ""):
            return target.rpartition(".")[2]
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return self.parameter("Action")
        return ""

    @property
    def service(self) -> str:
        """The service that this is for, as in the names of endpoints."""
        # Commands import this module where ministack is missing, to say so.
        from ministack.core.router import detect_service

        return str(detect_service(self.method, self.path, dict(self.headers), self.query))

    def parameter(self, name: str) -> str:
        """Return a parameter of the Query protocol, or "" if it is missing.

        The other parameters, one of which may be a template, stay encoded.
        """
        for pair in self.body.split(b"&"):
            key, _, value = pair.partition(b"=")
            if key == name.encode():
                return unquote_plus(value.decode(errors="replace"))
        return ""

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object, or an empty one if the body is not a JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def with_header(self, name: str, value: str) -> "Request":
        """Return a copy in which the header `name` has only this value."""
        kept = [(key, old) for key, old in self.scope["headers"] if key != name.encode()]
        scope = {**self.scope, "headers": [*kept, (name.encode(), value.encode())]}
        return replace(self, scope=scope, headers={**self.headers, name: value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A whole HTTP response. is_cut_short: whether to send only the first half of the body."""

    status: int
    headers: Iterable[tuple[bytes, bytes]]
    body: bytes
    is_cut_short: bool = False

    @classmethod
    def of_json(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Self:
        """Return `value` as a JSON response."""
        named = {"content-type": "application/x-amz-json-1.1", **(headers or {})}
        return cls(
            status=status,
            headers=[(name.encode(), text.encode()) for name, text in named.items()],
            body=json.dumps(value).encode(),
        )

    @classmethod
    def of_error(cls, error_type: str, message: str, status: int = 400) -> Self:
        """Return an error in the form of the AWS JSON protocols."""
        return cls.of_json(
            status,
            {"__type": error_type, "message": message},
            {"x-amzn-errortype": error_type},
        )

    @classmethod
    def of_error_to(
        cls, request: Request, error_type: str, message: str, status: int = 400
    ) -> Self:
        """Return an error in the protocol of the request: XML for S3 and the Query protocol."""
        is_query = request.operation and "x-amz-target" not in request.headers
        if not is_query and request.service != "s3":
            return cls.of_error(error_type, message, status)
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(error_type)}</Code>"
            f"<Message>{escape(message)}</Message></Error></ErrorResponse>"
        )
        return cls(status=status, headers=[(b"content-type", b"text/xml")], body=body.encode())

    def with_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> "Response":
        """Return a copy with these headers."""
        return replace(self, headers=headers)

    async def send(self, send: Send) -> None:
        """Send this to the client."""
        headers = [pair for pair in self.headers if pair[0].lower() != b"content-length"]
        headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = self.body[: len(self.body) // 2] if self.is_cut_short else self.body
        # When the rest does not follow, the server closes the connection.
        await send({"type": "http.response.body", "body": body, "more_body": self.is_cut_short})


def _text(header: bytes) -> str:
    """Decode a header's value. HTTP leaves its encoding open: try UTF-8, then Latin-1."""
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


async def call(app: AsgiApp, request: Request) -> Response:
    """Have an ASGI application answer a request that has already been read."""
    sent: list[Message] = []
    unread = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> Message:
        return unread.pop() if unread else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(request.scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    return Response(status=start["status"], headers=start.get("headers", []), body=body)

"""A server that plays SSM, AppSync and DynamoDB for the trigger, and keeps what it is sent."""

import json
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

URL = "https://abcdefghij.appsync-api.eu-central-1.amazonaws.com/graphql"
OTHER_URL = "https://klmnopqrst.appsync-api.eu-central-1.amazonaws.com/graphql"

SSM, APPSYNC, DYNAMODB = "GetParameter", "GraphQL", "UpdateItem"


@dataclass(frozen=True, slots=True)
class Received:
    """One request: `operation` is SSM, APPSYNC or DYNAMODB; header names are in lower case."""

    operation: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back. before: runs ahead of it, with the handler, and may send bytes itself."""

    status: int = 200
    body: bytes = b"{}"
    before: Callable[["Handler"], None] = lambda _: None


def answer(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode())


def url_is(url: str) -> Answer:
    return answer(200, {"Parameter": {"Name": "/stack/graphql-url", "Value": url}})


def graphql_error(error_type: str, message: str = "because") -> Answer:
    error = {"errorType": error_type, "message": message, "path": ["createBusinessInGroup"]}
    return answer(200, {"data": {"createBusinessInGroup": None}, "errors": [error]})


def service_error(error_type: str, message: str = "because", status: int = 400) -> Answer:
    return answer(status, {"__type": error_type, "message": message})


def _hang(handler: "Handler") -> None:
    handler.server.released.wait()


def _drip(handler: "Handler") -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
    while not handler.server.released.wait(0.05):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def _drop(handler: "Handler") -> None:
    handler.silent = True


CREATED = answer(200, {"data": {"createBusinessInGroup": True}})
HANGS = Answer(before=_hang)
DRIPS = Answer(before=_drip)
DROPS = Answer(before=_drop)


class Handler(BaseHTTPRequestHandler):
    server: "Server"
    silent = False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers.get("X-Amz-Target", "appsync.GraphQL")
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(target.partition(".")[2], self.path, headers, body)
        chosen = self.server.choose(received)
        try:
            chosen.before(self)
            if self.silent:
                return
            self.send_response(chosen.status)
            self.send_header("Content-Length", str(len(chosen.body)))
            self.end_headers()
            self.wfile.write(chosen.body)
        except OSError:
            self.close_connection = True  # the trigger did not wait, as it should not

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay silent: the tests read stdout and stderr."""


class Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.released = threading.Event()
        self.received: list[Received] = []
        self.answers: dict[str, list[Answer]] = defaultdict(list)

    def choose(self, received: Received) -> Answer:
        self.received.append(received)
        waiting = self.answers[received.operation]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


class StubAws:
    """The server, from `with` to the end of the block.

    By default every call succeeds. `answer` sets what an operation answers, one after the other;
    the last answer stays.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = Server(tls)
        scheme = "https" if tls else "http"
        self.endpoint_url = f"{scheme}://localhost:{self._server.server_port}"
        self.answer(SSM, url_is(URL))
        self.answer(APPSYNC, CREATED)
        self.answer(DYNAMODB, Answer())

    def answer(self, operation: str, *answers: Answer) -> None:
        self._server.answers[operation] = list(answers)

    def received(self, operation: str) -> list[Received]:
        return [request for request in self._server.received if request.operation == operation]

    @property
    def reason(self) -> tuple[str, str]:
        """Type and message of the failure that was recorded last."""
        values = self.received(DYNAMODB)[-1].json["ExpressionAttributeValues"]
        reason = values[":reason"]["M"]
        return reason["type"]["S"], reason["message"]["S"]

    @property
    def operations(self) -> list[str]:
        return [request.operation for request in self._server.received]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

"""A GraphQL API that gives scripted answers, which a deployed one does not give on cue."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DONE = {"data": {"createBusinessInGroup": True}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def variables(self) -> dict[str, str]:
        """The mutation's arguments."""
        variables: dict[str, str] = json.loads(self.body)["variables"]
        return variables


Script = Callable[[Heard], tuple[int, Any]]


class GraphqlStub:
    """The stub's address, the requests it got, when (monotonic seconds), and how many at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard: list[Heard] = []
        self.arrivals: list[float] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    @contextmanager
    def hearing(self, heard: Heard) -> Iterator[None]:
        """Count one request while it is answered."""
        with self._lock:
            self.heard.append(heard)
            self.arrivals.append(time.monotonic())
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1


def error(kind: str | None, message: str = "It says no.") -> dict[str, Any]:
    """Return the body of an answer with an error."""
    return {"data": None, "errors": [{"errorType": kind, "message": message}]}


def always(status: int, body: Any) -> Script:
    return lambda _heard: (status, body)


@contextmanager
def graphql_stub(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[GraphqlStub]:
    """Serve the script: status and body of each answer; a status of 0 closes the connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard = Heard(path=self.path, headers=headers, body=body)
            with stub.hearing(heard):
                status, answer = script(heard)
            if not status:
                self.close_connection = True
                return
            text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "https" if tls else "http"
        stub = GraphqlStub(f"{scheme}://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()

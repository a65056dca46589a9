"""A server that gives scripted answers in AWS's JSON protocol that no real service gives on cue."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3


@contextmanager
def scripted_aws(service: str, answers: list[dict[str, Any]]) -> Iterator[tuple[Any, list[Any]]]:
    """Serve the answers one after another; yield a client and the requests received."""
    requests: list[Any] = []
    waiting = iter(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            requests.append(json.loads(self.rfile.read(length)))
            body = json.dumps(next(waiting)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        client = boto3.Session().client(  # type: ignore[call-overload]
            service,
            region_name="eu-central-1",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            aws_access_key_id="AKIAEXAMPLE",
            aws_secret_access_key="example",
        )
        try:
            yield client, requests
        finally:
            client.close()
            server.shutdown()
            thread.join()

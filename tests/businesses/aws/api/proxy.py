"""A proxy on a real socket, and certificates for a server that it leads to."""

import base64
import ipaddress
import selectors
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Proxy:
    """Where it listens, and what went through it: the method, the target, and who asked."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.heard: list[tuple[str, str, str]] = []  # method, target, "user:password" or ""


@contextmanager
def proxy(*, connect_status: int = 200) -> Iterator[Proxy]:
    """Serve a proxy. connect_status: what it answers to CONNECT."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def note(self) -> None:
            given = self.headers.get("Proxy-Authorization", "").removeprefix("Basic ")
            heard.heard.append((self.command, self.path, base64.b64decode(given).decode("latin1")))

        def do_POST(self) -> None:
            self.note()
            target = urlsplit(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            onward = HTTPConnection(target.netloc, timeout=20)
            headers = {k: v for k, v in self.headers.items() if not k.startswith("Proxy-")}
            onward.request("POST", target.path, body, headers)
            answer = onward.getresponse()
            text = answer.read()
            onward.close()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_CONNECT(self) -> None:
            self.note()
            self.send_response(connect_status)
            self.end_headers()
            self.close_connection = True
            if connect_status != 200:
                return
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host, int(port)), 20) as onward:
                pump(self.connection, onward)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard = Proxy(f"127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()


def pump(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side closes."""
    with selectors.DefaultSelector() as ways:
        ways.register(one, selectors.EVENT_READ, (one, other))
        ways.register(other, selectors.EVENT_READ, (other, one))
        while True:
            for key, _ in ways.select(20):
                source, sink = key.data
                if not (some := source.recv(65536)):
                    return
                sink.sendall(some)


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return the file of a new certificate for 127.0.0.1, and how a server uses it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "certificate.pem", folder / "key.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return path, context

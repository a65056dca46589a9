"""What it would save if the trigger kept its connection: `python -m bench.trigger.connection`.

A process of its own serves an API behind TLS, with a certificate of RSA that an intermediate
authority signed, as AWS's have, and answers after some milliseconds. The trigger's own call, which
connects each time, and the same request over a connection that stays open take turns; each figure
is the median. The network comes on top, with two round trips more for whoever connects.
"""

import asyncio
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from statistics import median

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from aws_setup.triggers import post_confirmation

ROUNDS, WARM = 150, 10
DELAYS = (0.0, 0.05, 0.1)  # seconds that the API takes for its answer
BODY = b'{"data":{"createBusinessInGroup":true}}'
HEADERS = {"Content-Type": "application/json", "Authorization": "x" * 400}
REQUEST = ("POST", "/graphql", b"x" * 600, HEADERS)
Issuer = tuple[x509.Certificate, rsa.RSAPrivateKey]


def certificate(name: str, issuer: Issuer | None, *, ends: bool) -> Issuer:
    """Return a certificate with its key; without an issuer, it signs itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=not ends, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )
    return signed, key


def write_chain(folder: Path) -> tuple[Path, Path]:
    """Write the root's certificate, and the chain with the key that the API serves with."""
    root = certificate("root", None, ends=False)
    intermediate = certificate("intermediate", root, ends=False)
    leaf = certificate("localhost", intermediate, ends=True)
    pem = serialization.Encoding.PEM
    key = leaf[1].private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    trusted, served = folder / "root.pem", folder / "served.pem"
    trusted.write_bytes(root[0].public_bytes(pem))
    served.write_bytes(leaf[0].public_bytes(pem) + intermediate[0].public_bytes(pem) + key)
    return trusted, served


async def serve(served: str) -> None:
    """Print a port for each delay, and answer every request of a connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(served)
    ports = []
    for delay in DELAYS:
        server = await asyncio.start_server(_answering(delay), "127.0.0.1", 0, ssl=context)
        ports.append(str(server.sockets[0].getsockname()[1]))
    print(" ".join(ports), flush=True)
    await asyncio.to_thread(sys.stdin.read)


def _answering(delay: float) -> Callable[..., object]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].split()[0])
                await reader.readexactly(length)
                await asyncio.sleep(delay)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
        except asyncio.IncompleteReadError:
            writer.close()

    return answer


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def measure(port: str) -> tuple[float, float]:
    """Return the median seconds of a call that connects, and of one over an open connection."""
    kept = HTTPSConnection(f"localhost:{port}", context=post_confirmation.TLS)

    def connecting() -> None:
        post_confirmation.send(f"https://localhost:{port}", REQUEST, time.monotonic() + 5)

    def keeping() -> None:
        kept.request(*REQUEST)
        kept.getresponse().read()

    took = [(_timed(connecting), _timed(keeping)) for _ in range(WARM + ROUNDS)][WARM:]
    kept.close()
    return median(one for one, _ in took), median(other for _, other in took)


def main() -> None:
    """Print a row for each delay."""
    with tempfile.TemporaryDirectory() as folder:
        trusted, served = write_chain(Path(folder))
        post_confirmation.TLS.load_verify_locations(trusted)
        command = [sys.executable, "-m", "bench.trigger.connection", str(served)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            print(f"{'the API takes':>14}{'connecting':>12}{'kept open':>11}{'ratio':>7}")
            for delay, port in zip(DELAYS, server.stdout.readline().split(), strict=True):
                new, kept = measure(port)
                row = f"{delay * 1000:11.0f} ms{new * 1000:9.1f} ms{kept * 1000:8.1f} ms"
                print(f"{row}{kept / new:7.2f}")
            server.stdin.close()


if __name__ == "__main__":
    if sys.argv[1:]:
        asyncio.run(serve(sys.argv[1]))
    else:
        main()

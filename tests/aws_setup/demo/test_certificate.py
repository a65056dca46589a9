import socket
import ssl
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aws_setup.demo.certificate import write_certificate


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_who_trusts_the_certificate_finds_this_machine_behind_it(name: str, tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path, "127.0.0.1", now=datetime.now(UTC))
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    client = ssl.create_default_context(cafile=certificate)
    ours, theirs = socket.socketpair()

    def answer() -> None:
        with server.wrap_socket(theirs, server_side=True) as answering:
            answering.send(b".")

    thread = threading.Thread(target=answer)
    thread.start()
    with client.wrap_socket(ours, server_hostname=name) as trusted:
        assert trusted.getpeercert()
        assert trusted.recv(1)  # so that nothing that was sent is left unread, and lost
    thread.join()

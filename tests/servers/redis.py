"""A Redis or Valkey server of its own, in a temporary folder, which is gone with the block."""

import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.ports import free_port

MISSING = (
    "Valkey or Redis is needed, and neither valkey-server nor redis-server was found. On Debian and"
    " Ubuntu: apt-get install redis-server"
)
READY = "Ready to accept connections"


class Redis:
    """A running server. url: as CACHE_URL takes it."""

    def __init__(self, program: str, folder: Path) -> None:
        self._port, password = free_port(), secrets.token_urlsafe()
        self._command = [program, "--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        self._command += ["--dir", str(folder), "--requirepass", password]
        self.url = f"redis://:{password}@127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        """Start the server, empty, and wait until it takes connections."""
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if READY in line:
                return
        raise RuntimeError("".join(said))

    def stop(self) -> None:
        """End the server, as a crash would, unless it has ended."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def redis() -> Iterator[Redis]:
    """Run a server. Ends the process if there is none."""
    program = find_program()
    if program is None:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = Redis(program, Path(folder))
        try:
            yield server
        finally:
            server.stop()


def find_program() -> str | None:
    """Return the path of a server's program; None if there is none."""
    return shutil.which("valkey-server") or shutil.which("redis-server")

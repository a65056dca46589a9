"""A PostgreSQL server of its own, in a temporary folder, which is gone with the block."""

import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.ports import free_port

OLDEST = 15
MISSING = (
    f"PostgreSQL {OLDEST} or newer is needed, with initdb and pg_ctl, and was not found. On Debian"
    " and Ubuntu: apt-get install postgresql"
)
# PostgreSQL refuses to run as root.
OTHER_USERS = ("postgres", "nobody")


class Postgres:
    """A running server. url: of its empty database, as DATABASE_URL takes it."""

    def __init__(self, programs: Path, folder: Path, user: str | None, options: str) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._port, password = free_port(), secrets.token_urlsafe()
        self._options = (
            f"-c listen_addresses=127.0.0.1 -c port={self._port} -c unix_socket_directories=''"
            f" {options}"
        )
        secret = folder / "password"
        secret.write_text(password)
        if user:
            for path in (folder, secret):
                shutil.chown(path, user)
        self._run("initdb", "--username=site", "--auth=scram-sha-256", f"--pwfile={secret}", "-N")
        self.url = f"postgres://site:{password}@127.0.0.1:{self._port}/postgres"
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        log = self._folder / "log"
        self._run("pg_ctl", "-w", "-l", str(log), "-o", self._options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop the server. how: "fast" closes each connection, "immediate" is like a crash."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        # Not into pipes, which the server would keep open.
        with (self._folder.parent / f"{self._folder.name}.out").open("w+") as out:
            done = subprocess.run(
                [self._programs / program, "-D", self._folder / "data", *arguments],
                cwd=self._folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                user=self._user,
                group=self._user and pwd.getpwnam(self._user).pw_gid,
                extra_groups=[] if self._user else None,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=False,
            )
            out.seek(0)
            said = out.read()
        Path(out.name).unlink()
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}:\n{said}")


@contextmanager
def postgres(options: str = "-c fsync=off") -> Iterator[Postgres]:
    """Run a server. options: further ones of `postgres`. Ends the process if there is none."""
    programs = find_programs()
    if programs is None:
        sys.exit(MISSING)
    user = None
    if os.geteuid() == 0:
        known = {each.pw_name for each in pwd.getpwall()}
        user = next(each for each in OTHER_USERS if each in known)
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = Postgres(programs, Path(folder), user, options)
        try:
            yield server
        finally:
            server.stop("immediate")


def find_programs(root: Path = Path("/usr/lib/postgresql")) -> Path | None:
    """Return the folder of the newest server's programs; None if there is none.

    root: where Debian has them, which are not on PATH.
    """
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(root.glob("*/bin"), key=lambda each: _version(each.parent.name), reverse=True)
    for folder in folders:
        initdb = folder / "initdb"
        if not initdb.is_file() or not (folder / "pg_ctl").is_file():
            continue
        said = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=True)
        if _version(said.stdout) >= OLDEST:
            return folder
    return None


def _version(text: str) -> int:
    found = re.search(r"\d+", text)
    return int(found[0]) if found else 0

"""gunicorn with the configuration of a server, in a process of its own."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.processes import REPOSITORY, environment

COMMAND = [sys.executable, "-m", "gunicorn", "--config", "onboarding_site/gunicorn.conf.py"]


class GunicornProcess:
    """A running server. lines: what it has logged so far, each a JSON object."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[dict[str, object]] = []
        found = re.search(r"Listening at: http://[\d.]+:(\d+)", self.wait_for("Listening at"))
        assert found
        self.port = int(found[1])

    def wait_for(self, text: str) -> str:
        """Read the log until a message has this text; return the message."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(json.loads(line))
            if text in (message := str(self.lines[-1]["message"])):
                return message
        raise AssertionError(f"{text!r} was not logged, but {self.lines}")

    def worker(self) -> int:
        """Return the number of the next process that the log says was started."""
        return int(self.wait_for("Booting worker").split()[-1])


@contextmanager
def gunicorn(variables: Mapping[str, str]) -> Iterator[GunicornProcess]:
    """Run it with these variables, on a free port, for the length of the block."""
    with subprocess.Popen(
        [*COMMAND, "--bind=127.0.0.1:0", "onboarding_site.wsgi"],
        cwd=REPOSITORY,
        env=environment(variables),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield GunicornProcess(process)
        finally:
            process.kill()


def refusal(variables: Mapping[str, str], *arguments: str) -> list[str]:
    """Return the lines in which it refuses to start with these variables and arguments."""
    ended = subprocess.run(
        [*COMMAND, *arguments, "onboarding_site.wsgi"],
        cwd=REPOSITORY,
        env=environment(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    return ended.stderr.splitlines()

"""Kills workers of the site and measures its memory while staff work."""

import json
import os
import random
import signal
import threading
import time
from pathlib import Path

from tests.gunicorn_process import GunicornProcess

KILL_SECONDS = 10


class Watch:
    """Kills a worker now and then, and measures the memory of all, until it is told to stop.

    killed: when. memory: the seconds, and the MB of each process; shared pages are divided among
    those that have them.
    """

    def __init__(self, site: GunicornProcess) -> None:
        self._site, self._over = site, threading.Event()
        self.killed = list[float]()
        self.memory = list[tuple[float, list[float]]]()
        self.logged = list[dict[str, object]]()
        self._threads = [threading.Thread(target=each) for each in (self._read, self._watch)]

    def start(self) -> None:
        """Begin now."""
        self._began = time.monotonic()
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """End it, and gunicorn too, whose log is read to its end."""
        self._over.set()
        self._site.process.terminate()
        for each in self._threads:
            each.join()

    def _read(self) -> None:
        assert self._site.process.stderr is not None
        self.logged += [json.loads(line) for line in self._site.process.stderr]

    def _watch(self) -> None:
        chance = random.Random(1)
        while not self._over.wait(KILL_SECONDS):
            seconds = time.monotonic() - self._began
            master, *workers = self._processes()
            self.memory.append((seconds, [_megabytes(each) for each in (master, *workers)]))
            os.kill(chance.choice(workers), signal.SIGKILL)
            self.killed.append(seconds)

    def _processes(self) -> list[int]:
        master = self._site.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text("ascii")
        return [master, *map(int, children.split())]


def _megabytes(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    [kilobytes] = [line.split()[1] for line in lines if line.startswith("Pss:")]
    return int(kilobytes) / 1024

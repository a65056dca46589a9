import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from aws_setup.management.serving import heard_signals


@pytest.fixture(autouse=True)
def _killed_if_it_waits() -> Iterator[None]:
    """End the process if a signal is missed, as nothing else would end the wait."""
    signal.setitimer(signal.ITIMER_REAL, 60)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


def test_a_signal_that_comes_before_the_wait_ends_it() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with heard_signals(signal.SIGUSR1) as wait:
        signal.raise_signal(signal.SIGUSR1)
        wait()
    assert signal.getsignal(signal.SIGUSR1) is before
    assert signal.set_wakeup_fd(-1) == -1


def test_a_child_that_has_ended_before_the_wait_ends_it() -> None:
    with heard_signals(signal.SIGCHLD) as wait, subprocess.Popen([sys.executable, "-c", ""]) as it:
        while it.poll() is None:
            wait()
    assert it.returncode == 0

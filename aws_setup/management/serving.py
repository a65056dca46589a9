"""How the commands end that serve something until Ctrl-C."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError, OutputWrapper

from aws_setup.exceptions import AwsSetupError
from aws_setup.local.exceptions import LocalAwsError
from aws_setup.management.interrupted import INTERRUPTED


@contextmanager
def serving_until_ctrl_c(stdout: OutputWrapper, ended: str) -> Iterator[Callable[[], None]]:
    """Run a server; yield what the block calls once the server is ready.

    From then on, Ctrl-C is the usual end, told in these words; before, it cuts off the start.
    Raises CommandError for that, and for errors that have a hint. SIGTERM, as of `kill`, counts as
    Ctrl-C, so that the functions' processes end as well.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    is_ready = False

    def ready() -> None:
        nonlocal is_ready
        is_ready = True

    try:
        yield ready
    except (AwsSetupError, LocalAwsError) as error:
        raise CommandError(f"{error}\n{error.hint}") from error
    except KeyboardInterrupt as interrupt:
        if not is_ready:
            said = "Interrupted. Nothing is left running."
            raise CommandError(said, returncode=INTERRUPTED) from interrupt
        stdout.write(f"\n{ended}")


@contextmanager
def heard_signals(*numbers: signal.Signals) -> Iterator[Callable[[], None]]:
    """Yield what waits until the process has received a signal, however early that was.

    Every signal counts that has a handler in Python, and each of these numbers, which get one that
    does nothing. A wait on a lock or a child would miss a signal that comes just before it: what
    interrupts the wait has passed, and the handler runs only once the wait is over. From the main
    thread only. https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    handlers = {number: signal.signal(number, lambda *_: None) for number in numbers}
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def wait() -> None:
        os.read(reading, 1 << 16)

    try:
        yield wait
    finally:
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)

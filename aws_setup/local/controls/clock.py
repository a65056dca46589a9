"""Sets the time of an embedded AWS, so that what happens in it can happen in the past.

The embedded AWS runs in this process, so the time of the whole process is set, and its clients sign
their calls at the same time as it checks them. Its Lambda functions run in processes of their own;
they learn the time from a file.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from string import Template

import time_machine
from ministack.core import lambda_runtime

# What a function's process runs before the function. A function is warm for many invocations, so
# the file is read whenever the function asks for the time.
_IN_FUNCTIONS = Template("""
import datetime as _datetime, time as _time

def _seconds(_really=_time.time):
    try:
        with open($file) as shift:
            return _really() + float(shift.read() or 0)
    except FileNotFoundError:
        return _really()

def _gmtime(seconds=None, _really=_time.gmtime):
    return _really(_seconds() if seconds is None else seconds)

class _Datetime(_datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_seconds(), tz)

_time.time, _time.gmtime, _datetime.datetime = _seconds, _gmtime, _Datetime
""")
_WORKER = lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001 - ministack has no public name for it


class Clock:
    """The time of this process and of the functions of its embedded AWS."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="local-aws-clock-")
        self._shift = Path(self._folder.name, "shift")
        script = _IN_FUNCTIONS.substitute(file=repr(str(self._shift))) + _WORKER
        lambda_runtime._PYTHON_WORKER_SCRIPT = script  # noqa: SLF001

    def close(self) -> None:
        """Leave the functions that start from now on to the time of the machine."""
        lambda_runtime._PYTHON_WORKER_SCRIPT = _WORKER  # noqa: SLF001
        self._folder.cleanup()

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Let it be another time, from which the clock goes on; afterwards it is the present again.

        moment: an aware datetime. Blocks do not nest.
        """
        self._shift.write_text(str(moment.timestamp() - time.time()), encoding="ascii")
        try:
            with time_machine.travel(moment, tick=True):
                yield
        finally:
            self._shift.unlink()

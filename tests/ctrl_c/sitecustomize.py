"""Presses Ctrl-C in a process at a chosen moment: at the n-th event that Python audits.

Python imports this module when it starts, if its folder is on PYTHONPATH. The moments are counted
from the first import of Django, before which `manage.py` has not begun.
https://docs.python.org/3/library/audit_events.html
"""

import os
import signal
import sys

_left = int(os.environ.get("INTERRUPT_AT", "0"))
_begun = False


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    global _begun, _left  # noqa: PLW0603 - an audit hook is a function without state
    _begun = _begun or (event == "import" and arguments[0] == "django")
    if _begun and _left:
        _left -= 1
        if not _left:
            os.kill(os.getpid(), signal.SIGINT)


if _left:
    sys.addaudithook(_watch)

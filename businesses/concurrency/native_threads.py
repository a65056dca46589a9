"""Whether threads are threads: gevent and eventlet replace them with greenlets of one thread.

An event loop in a greenlet runs in the thread of every other request too. A second loop cannot be
started there, and Django refuses to use its database.
"""

import sys

from businesses.exceptions import GreenThreads

# The module of each library that knows what it has replaced, and how it is asked.
LIBRARIES = {
    "gevent": ("gevent.monkey", "is_module_patched", "threading"),
    "eventlet": ("eventlet.patcher", "is_monkey_patched", "thread"),
}


def require_native_threads() -> None:
    """Raise GreenThreads if gevent or eventlet has replaced Python's threads in this process."""
    for library, (module, question, name) in LIBRARIES.items():
        patches = sys.modules.get(module)
        if patches is not None and getattr(patches, question)(name):
            raise GreenThreads(library)

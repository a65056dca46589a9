"""Forks processes of `manage.py` that have the libraries already: `-m tests.command_server 9`.

A command takes a second of the processor to import boto3, Django, gql and what of ours needs no
setting, and a few milliseconds for its work. Here one process imports them once, and forks one more
for each command. No setting and no model is read before the fork, and the interpreter ends as
usual, so that a command starts and ends as in a process of its own. Only what has been imported
before is not taken apart at its end, which would copy all of it.

Each request on the socket of that descriptor is a JSON object with `arguments`, of which the first
is `manage.py` or the name of a module, and `environment`. With it come four descriptors: the three
standard streams, and a socket for the process's id and, at its end, its exit code. The server ends
when the other end of its socket is closed.
"""

import atexit
import gc
import importlib
import io
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Iterable

MOST_BYTES = 1 << 20
LIBRARIES = (
    *("boto3.dynamodb.types", "boto3.session", "botocore.client", "botocore.signers", "s3transfer"),
    *("django.core.management", "django.core.serializers.json", "django.db.backends.sqlite3.base"),
    *("django.core.handlers.wsgi", "django.core.management.commands.runserver", "django.forms"),
    *("django.db.models", "django.template", "django.test.signals", "django.urls", "django.views"),
    *("django.contrib.admin.views.main", "django.contrib.auth.password_validation"),
    *("django.db.migrations.executor", "django.views.i18n", "axes.apps", "csp.middleware"),
    *("django_otp.plugins.otp_totp.apps", "ipware", "pythonjsonlogger.json", "segno"),
    *("cryptography.hazmat.primitives.ciphers.aead", "whitenoise.middleware"),
    *("cfnlint.api", "environ", "gql", "gql.transport.aiohttp", "graphql", "yaml"),
)
# Of ours, what reads no setting: Django would refuse any here. What the processes count is not
# among it, as prometheus_client looks at the environment when it is imported.
OURS = (
    "businesses.backend",
    "aws_setup.management.commands.deploy_backend",
    "aws_setup.management.commands.destroy_backend",
)


def main() -> None:
    """Fork a process for each request; return in each of these, to run the command."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    load((*LIBRARIES, *OURS))
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # somebody stops the tests, which close the socket
    watchers = set[int]()
    while True:
        message, descriptors, *_ = socket.recv_fds(requests, MOST_BYTES, 4)
        if not message:
            os._exit(0)
        if watcher := os.fork():
            watchers.add(watcher)
            watchers = {each for each in watchers if not os.waitpid(each, os.WNOHANG)[0]}
            for descriptor in descriptors:
                os.close(descriptor)
            continue
        requests.close()
        *streams, last = descriptors
        with socket.socket(fileno=last) as answers:
            if child := os.fork():
                watch(child, streams, answers)
        become(streams, **json.loads(message))
        return


def load(names: Iterable[str]) -> None:
    """Import modules, and let no process of this one take them apart at its end."""
    before, loaded = {*sys.modules}, set[str]()

    def spare() -> None:
        for name in loaded & sys.modules.keys():
            del sys.modules[name]

    # Before anything that the modules register, and so it is called last.
    atexit.register(spare)
    for name in names:
        importlib.import_module(name)
    loaded |= sys.modules.keys() - before


def watch(child: int, streams: list[int], answers: socket.socket) -> None:
    """Tell the process's id and, once it has ended, its exit code; end this process."""
    for descriptor in (0, 1, 2, *streams):
        os.close(descriptor)
    answers.send(str(child).encode())
    _, status = os.waitpid(child, 0)
    answers.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def become(streams: list[int], arguments: list[str], environment: dict[str, str]) -> None:
    """Take over what a new process gets from whoever starts it."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    encoding = environment.get("PYTHONIOENCODING")
    sys.stdin = open(0, encoding=encoding or "utf-8", closefd=False)  # noqa: SIM115 - until the end
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(
            open(number, "wb", buffering, closefd=False),  # noqa: SIM115
            encoding,
            errors,
            write_through=not buffering,
        )
        for number, buffering, errors in (
            (1, 0 if environment.get("PYTHONUNBUFFERED") else -1, "strict"),
            (2, 0, "backslashreplace"),
        )
    )
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments
    signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    main()
    runpy.run_module(sys.argv[0].removesuffix(".py"), run_name="__main__")

"""Serves sites in processes of their own: `python -m tests.browser.serve`.

Django refuses to use its database in a thread with a running event loop, and Playwright runs one in
the tests' thread. So each site has its own process.

This process prepares what every site needs, once: the modules, the addresses, the models of AWS's
services, and a database with staff in it. Then it forks one site for each request on the socket
that is its standard input: a JSON object with the site's environment variables, and two
descriptors. On the first the site writes its address; it ends when the second does. This process
ends with the other end of the socket.
"""

import json
import os
import signal
import socket
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
from django.core.management import call_command

USER, SUPPORTER, COLLEAGUE, PASSWORD = "vera", "sally", "boris", "only-for-tests"
SUPERUSER = "root"
LONGEST_NAME = "W" * 150  # what Django's accounts take; single sign-on fills it
DATABASE = "BROWSER_TEST_DATABASE"  # the variable with the path of a site's database
ENDED = "ended"  # what a site writes last
MOST_BYTES = 1 << 16
SERVICES = ("cloudformation", "cognito-idp", "dynamodb")


def session_key(user: str) -> str:
    """Return the key of the session that is open for a member of staff when a site starts."""
    return f"session-of-{user}"


def make_staff() -> None:
    """Create a superuser, members of both groups, and an entry; the Viewer may export too.

    One of them has as long a name as an account takes.
    """
    from django.contrib.auth.models import Group, Permission, User

    from businesses.audit.history import Action, Kind, Staff, write_history

    vera = User.objects.create_user(USER, password=PASSWORD, is_staff=True)
    vera.groups.add(Group.objects.get(name="Viewer"))
    vera.user_permissions.add(Permission.objects.get(codename="export_business"))
    for name in (SUPPORTER, COLLEAGUE):
        supporter = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        supporter.groups.add(Group.objects.get(name="Support"))
    User.objects.filter(username=COLLEAGUE).update(first_name=LONGEST_NAME)
    User.objects.create_superuser(SUPERUSER, password=PASSWORD)
    staff = Staff(vera.pk, USER)
    write_history(staff, Action.OTHER, ["sub-0119"], "Called the owner back.", kind=Kind.BUSINESS)


def open_sessions() -> None:
    """Sign everybody in, as the form that does it is shown by a few tests."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.contrib.sessions.models import Session
    from django.test import Client

    for user in User.objects.all():
        client = Client()
        client.force_login(user)
        made = client.cookies[settings.SESSION_COOKIE_NAME].value
        key = session_key(user.get_username())
        Session.objects.filter(session_key=made).update(session_key=key)


def new_database() -> bytes:
    """Return the database with which every site starts."""
    from django.db import connections

    call_command("migrate", verbosity=0)
    make_staff()
    open_sessions()
    connections.close_all()
    with closing(sqlite3.connect(os.environ[DATABASE])) as connection:
        return connection.serialize()


def prepare() -> None:
    """Load what a site loads at its first requests, none of which depends on its environment."""
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.db import connections
    from django.test import Client

    from aws_setup.local.iam.sessions import sealed_session
    from tests.harness import once_a_process

    once_a_process.install()
    session = sealed_session("none", "none")
    for service in SERVICES:
        session.client(service, region_name=settings.AWS_REGION)  # type: ignore[call-overload]
    get_wsgi_application()
    assert Client(SERVER_NAME="127.0.0.1").get("/admin/login/").status_code == 200
    connections.close_all()


def serve(database: bytes, variables: dict[str, str], said: int, until: int) -> None:
    """Write the address, and serve until the other descriptor ends.

    Then the process ends at once: what its pages still ask Cognito comes at the pace of the quota,
    for up to 20 seconds, and nobody reads the answers.
    """
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(variables)
    path = Path(variables[DATABASE])
    path.write_bytes(database)
    connections.settings["default"]["NAME"] = str(path)
    with ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler) as server:
        server.set_app(_with_static_files(get_wsgi_application()))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        os.write(said, f"http://127.0.0.1:{server.server_port}\n".encode())
        os.read(until, 1)
        server.shutdown()
        thread.join()
    os.write(said, f"{ENDED}\n".encode())


def _with_static_files(application: Any) -> Any:
    """Serve style sheets and scripts too, which a browser may keep as on a server."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.http import FileResponse, HttpRequest, HttpResponse

    class Kept(StaticFilesHandler):
        def serve(self, request: HttpRequest) -> HttpResponse | FileResponse:
            response = super().serve(request)
            response.headers["Cache-Control"] = "max-age=86400"
            return response

    return Kept(application)


def main() -> None:
    """Fork a site for each request."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a site; it says that it ended
    database = new_database()
    prepare()
    with socket.socket(fileno=0) as requests:
        while True:
            message, descriptors, *_ = socket.recv_fds(requests, MOST_BYTES, 2)
            if not message:
                return
            if not os.fork():
                break
            for descriptor in descriptors:
                os.close(descriptor)
    try:
        serve(database, json.loads(message), *descriptors)
    finally:
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.settings"
        os.environ[DATABASE] = str(Path(folder, "db.sqlite3"))
        django.setup()
        main()

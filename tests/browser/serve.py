"""Serves the site in a process of its own: `python -m tests.browser.serve`.

Django refuses to use its database in a thread with a running event loop, and Playwright runs one in
the tests' thread. So the site has its own process, which ends when its standard input does.
"""

import os
import sys
import threading

import django
from django.core.management import call_command

USER, SUPPORTER, COLLEAGUE, PASSWORD = "vera", "sally", "boris", "only-for-tests"


def make_staff() -> None:
    """Create members of both groups, and one line of history."""
    from django.contrib.admin.models import CHANGE, LogEntry
    from django.contrib.auth.models import Group, User
    from django.contrib.contenttypes.models import ContentType

    from businesses.models import Business

    vera = User.objects.create_user(USER, password=PASSWORD, is_staff=True)
    vera.groups.add(Group.objects.get(name="Viewer"))
    for name in (SUPPORTER, COLLEAGUE):
        supporter = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        supporter.groups.add(Group.objects.get(name="Support"))
    LogEntry.objects.create(
        user=vera,
        content_type=ContentType.objects.get_for_model(Business),
        object_id="sub-0119",
        object_repr="Business 119",
        action_flag=CHANGE,
        change_message="Called the owner back.",
    )


def main() -> None:
    """Print the address and serve until standard input ends."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    make_staff()
    with ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler) as server:
        server.set_app(StaticFilesHandler(get_wsgi_application()))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.settings"
    django.setup()
    main()

"""Serves the site in a process of its own: `python -m tests.browser.serve`.

Django refuses to use its database in a thread with a running event loop, and Playwright runs one in
the tests' thread. So the site has its own process, which ends when its standard input does.
"""

import os
import sys
import threading
from pathlib import Path

import django
from django.core.management import call_command

USER, SUPPORTER, COLLEAGUE, PASSWORD = "vera", "sally", "boris", "only-for-tests"
SUPERUSER = "root"


def make_staff() -> None:
    """Create a superuser, members of both groups, and an entry; the Viewer may export too."""
    from django.contrib.auth.models import Group, Permission, User

    from businesses.audit.history import Action, Kind, Staff, write_history

    vera = User.objects.create_user(USER, password=PASSWORD, is_staff=True)
    vera.groups.add(Group.objects.get(name="Viewer"))
    vera.user_permissions.add(Permission.objects.get(codename="export_business"))
    for name in (SUPPORTER, COLLEAGUE):
        supporter = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        supporter.groups.add(Group.objects.get(name="Support"))
    User.objects.create_superuser(SUPERUSER, password=PASSWORD)
    staff = Staff(vera.pk, USER)
    write_history(staff, Action.OTHER, ["sub-0119"], "Called the owner back.", kind=Kind.BUSINESS)


def main() -> None:
    """Print the address and serve until standard input ends; make a database if there is none.

    Then the process ends at once: what its pages still ask Cognito comes at the pace of the quota,
    for up to 20 seconds, and nobody reads the answers.
    """
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    if not Path(os.environ["BROWSER_TEST_DATABASE"]).exists():
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
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.settings"
    django.setup()
    main()

"""The Django configuration of this app."""

import sys

from django.apps import AppConfig
from django.contrib.admin import apps as admin

from businesses.concurrency.native_threads import require_native_threads
from businesses.exceptions import GreenThreads

# With this status, a worker of gunicorn says that another one would not start either.
# https://github.com/benoitc/gunicorn/blob/master/gunicorn/arbiter.py (WORKER_BOOT_ERROR)
CANNOT_START = 3
# They neither show a page nor check any. Loading the pages would be a third of their work.
COMMANDS_WITHOUT_PAGES = {"deploy_backend", "destroy_backend"}


class BusinessesConfig(AppConfig):
    """The admin pages about the backend's businesses."""

    name = "businesses"
    verbose_name = "Onboarding"

    def ready(self) -> None:
        """End a server whose worker class breaks retries, before it serves the first page."""
        try:
            require_native_threads()
        except GreenThreads as error:
            sys.stderr.write(f"{error} {error.hint}\n")
            sys.exit(CANNOT_START)


class OnboardingAdminConfig(admin.AdminConfig):
    """Django's admin, with a site that has a page for each person."""

    default = False
    default_site = "businesses.pages.site.OnboardingSite"

    def ready(self) -> None:
        """Load the pages, unless this process runs a command that has no use for them."""
        if COMMANDS_WITHOUT_PAGES.isdisjoint(sys.argv[1:2]):
            super().ready()

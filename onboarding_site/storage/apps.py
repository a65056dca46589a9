"""The Django configuration of this room: its check, and the table of a cache in the database."""

from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.core.management import call_command
from django.db.models.signals import post_migrate

from onboarding_site.storage.checks import check_storage


class StorageConfig(AppConfig):
    """Databases and caches."""

    name = "onboarding_site.storage"
    verbose_name = "Storage"

    def ready(self) -> None:
        """Register the check, and let `migrate` create the cache's table."""
        checks.register(check_storage)
        post_migrate.connect(_create_cache_table, sender=apps.get_app_config("businesses"))


def _create_cache_table(*, using: str, verbosity: int, **_: Any) -> None:
    """Create the table that CACHES names, unless it exists or the cache is elsewhere."""
    call_command("createcachetable", database=using, verbosity=verbosity)

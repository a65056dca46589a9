"""Reads settings from the environment, with errors that name an unusable setting."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BOOLEANS = {"true", "on", "ok", "y", "yes", "1", "false", "off", "n", "no", "0", ""}


class Environment(environ.Env):  # type: ignore[misc]
    """django-environ, with an error that names the setting instead of a traceback."""

    def get_value(self, var: str, cast: Any = None, **options: Any) -> Any:
        """Return a variable's value. Raises ImproperlyConfigured if it is unusable."""
        raw = self.ENVIRON.get(var, "")
        if cast is bool and raw.lower() not in BOOLEANS:
            raise ImproperlyConfigured(f"The setting {var} is {raw!r}, not true or false.")
        try:
            return super().get_value(var, cast=cast, **options)
        except ValueError as error:
            raise ImproperlyConfigured(f"The setting {var} is unusable: {error}.") from error

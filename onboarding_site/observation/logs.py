"""What the site logs, and how: the configuration of Python's logging."""

import re
from typing import Any

from onboarding_site.configuration.environment import Environment
from onboarding_site.configuration.values import secret

ROOM = "onboarding_site.observation"
FORMATS = ("json", "text")
ACCESS = f"{ROOM}.access"  # one line a request
NOWHERE: dict[str, Any] = {"level": "CRITICAL", "handlers": [], "propagate": False}
INHERITED: dict[str, Any] = {"handlers": [], "propagate": True}

_TOKEN = re.compile(r"[A-Za-z0-9_-]{24,}")


def log_format(text: str) -> str:
    """Return the name of a format. Raises ValueError."""
    if (name := text.strip().lower()) in FORMATS:
        return name
    raise ValueError("is neither json nor text: set one of them")


def metrics_token(text: str) -> str:
    """Return a token that nobody guesses. Raises ValueError."""
    if not _TOKEN.fullmatch(secret(text)):
        raise ValueError(
            "cannot be used as a token: set 24 characters or more, letters, digits, - and _ alone"
        )
    return text


def logging_settings(env: Environment, *, debug: bool) -> dict[str, Any]:
    """Return Django's setting LOGGING, which gunicorn takes as its logconfig_dict too.

    Without it, Django logs nowhere unless DEBUG is on. gunicorn's own access log has the queries of
    addresses, and Django's development server logs what the access line says.
    """
    name = env.read("LOG_FORMAT", log_format, "text" if debug else "json")
    line = {"json": "JsonLine", "text": "TextLine"}[name]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{ROOM}.log_lines.{line}"}},
        "filters": {"one_line": {"()": f"{ROOM}.log_lines.OneLineARequest"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["one_line"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "businesses": {"level": "INFO"},
            "django": {"level": "INFO", **INHERITED},
            "django.server": {"level": "WARNING", **INHERITED},
            "onboarding_site": {"level": "INFO"},
            # What it logs of sign-ins is logged by the site itself, with the accounts' ids.
            "axes": {"level": "ERROR"},
            "mozilla_django_oidc": {"level": "ERROR"},
            "gunicorn.error": {"level": "INFO", **INHERITED},
            "gunicorn.access": NOWHERE,
            # What it warns of with a traceback is raised as an error too, told in one line.
            "botocore.credentials": {"level": "ERROR"},
        },
    }

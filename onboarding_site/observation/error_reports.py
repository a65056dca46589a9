"""Reports of errors to Sentry, if SENTRY_DSN is set: where and when, and nothing of anybody.

Sentry's integration of Django is left out, as it would add addresses, cookies, forms and users.
What is left is what the log has: errors with their tracebacks, without the variables in them.
https://docs.sentry.io/platforms/python/configuration/options/
"""

import importlib.util
import logging
import re
from typing import TYPE_CHECKING, Any

from django.conf import settings

from onboarding_site.configuration.environment import Environment
from onboarding_site.configuration.values import PORT
from onboarding_site.observation.current import current
from onboarding_site.observation.log_lines import FAILED, becomes_a_cause
from onboarding_site.observation.logs import ACCESS
from onboarding_site.observation.scrubbing import scrubbed_values

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

_DSN = re.compile(rf"https?://[0-9A-Za-z]+@[A-Za-z0-9.-]+({PORT})?(/[A-Za-z0-9/_-]*)?/[0-9]+")
# What an event may have. `request`, `user`, `breadcrumbs` and `extra` are not among it.
_SENT = (
    "event_id",
    "timestamp",
    "platform",
    "level",
    "logger",
    "logentry",
    "exception",
    "contexts",
    "environment",
    "release",
    "server_name",
    "sdk",
)


def sentry_dsn(env: Environment) -> str:
    """Return where errors are reported; "" for nowhere. A missing package is a fault."""
    dsn = env.optional("SENTRY_DSN", _dsn, "")
    if dsn and not importlib.util.find_spec("sentry_sdk"):
        env.fault(
            "SENTRY_DSN is set, but sentry-sdk is not installed: run pip install -r"
            " deploy/requirements.txt, or remove the setting."
        )
    return dsn


def begin_reports() -> None:
    """Report errors from now on, if the setting says where."""
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        settings.SENTRY_DSN,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=lambda *_: None),  # what is left is sent, without a word
            DedupeIntegration(),
            ExcepthookIntegration(),
            LoggingIntegration(level=None),
        ],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=impersonal,
    )


def impersonal(event: "Event", hint: "Hint") -> "Event | None":
    """Return what may be sent of an event; None for what another one tells.

    The access line tells causes, and a traceback what the access line of a fault would.
    """
    record = hint.get("log_record")
    if record is not None and (becomes_a_cause(record) or _is_of_fault(record)):
        return None
    shown: Any = {name: event[name] for name in _SENT if name in event}  # type: ignore[literal-required]
    if observed := current.get():
        shown["tags"] = {"request_id": observed.id, "view": observed.view or "none"}
    sent: Event = scrubbed_values(shown)
    return sent


def _is_of_fault(record: logging.LogRecord) -> bool:
    return record.name == ACCESS and getattr(record, "status", 0) == FAILED


def _dsn(text: str) -> str:
    if _DSN.fullmatch(dsn := text.strip()):
        return dsn
    raise ValueError("is not the DSN of a project: set it as Sentry shows it")

"""`{% backend_status %}`: a summary of the backend's state on the admin's front page."""

import logging
from collections.abc import Sequence
from typing import Any

from django import template
from django.conf import settings
from django.core.cache import cache
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from businesses.aws.stack import CheckResult, CheckState, not_checked
from businesses.aws.status import STUCK, check_sweep, quick_checks
from businesses.backend import get_backend
from businesses.exceptions import BusinessesError

logger = logging.getLogger(__name__)
register = template.Library()

KEY, SECONDS = "businesses:status", 60


@register.inclusion_tag("businesses/status.html", takes_context=True)
def backend_status(context: template.Context) -> dict[str, Any]:
    """Show what is wrong and how much was checked; nothing to users without view permission."""
    request = context["request"]
    if not request.user.has_perm("businesses.view_onboarding"):
        return {"checks": ()}
    checks = _checks()
    return {
        "checks": checks,
        "stuck_name": STUCK,
        "wrong": [check for check in checks if check.state is CheckState.WRONG],
        "ok": sum(check.state is CheckState.OK for check in checks),
        "not_checked": sum(check.state is CheckState.NOT_CHECKED for check in checks),
    }


@register.filter
def with_code(text: str) -> SafeString:
    """Escape a sentence and mark up the text between its backticks as code."""
    parts = (
        format_html("<code>{}</code>", part) if number % 2 else part
        for number, part in enumerate(text.split("`"))
    )
    return format_html_join("", "{}", ((part,) for part in parts))


def _checks() -> Sequence[CheckResult]:
    """Return the results of the checks, at most a minute old."""
    found: Sequence[CheckResult] | None = cache.get(KEY)
    if found is None:
        try:
            swept = check_sweep(settings.BACKEND_STACK_NAME, settings.AWS_REGION)
            found = [*get_backend().ask(quick_checks), swept]
        except BusinessesError as error:
            logger.warning("The backend's state is unknown: %s", error)
            return [not_checked("backend", str(error), error.hint)]
        cache.set(KEY, found, SECONDS)
    return found

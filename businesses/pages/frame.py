"""Pages that belong to no single model: the admin's frame around them, and who may see what."""

from collections.abc import Mapping
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse

from businesses.audit.history import Kind

OK = 200


def page_of(
    site: AdminSite,
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = OK,
) -> TemplateResponse:
    """Render a page inside the admin's layout."""
    request.current_app = site.name
    whole = {**site.each_context(request), **context}
    return TemplateResponse(request, template, whole, status=status)


def kinds_seen_by(request: HttpRequest) -> frozenset[str]:
    """Return which kinds of records a user may see; see HistoryEntry.Kind."""
    return frozenset(
        kind for kind in Kind.values if request.user.has_perm(f"businesses.view_{kind}")
    )

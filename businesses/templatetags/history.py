"""`{% recent_history %}`: what a user did last, for the admin's front page."""

from collections.abc import Iterable
from typing import Any

from django import template

from businesses.models import HistoryEntry

register = template.Library()

MOST = 10


@register.simple_tag(takes_context=True)
def recent_history(context: dict[str, Any]) -> Iterable[HistoryEntry]:
    """Return the newest entries of the user who looks at the page, as far as they may see them."""
    user = context["request"].user
    seen = [kind for kind in HistoryEntry.Kind if user.has_perm(f"businesses.view_{kind}")]
    return HistoryEntry.objects.filter(staff=user, kind__in=seen).order_by("-at", "-pk")[:MOST]

"""`{% front_page %}` and `{% recent_actions %}`: what stands beside the admin's stock index."""

from collections.abc import Iterable
from typing import Any

from django import template

from businesses.pages.front_page import page
from businesses.pages.front_page import recent_actions as actions

register = template.Library()


@register.inclusion_tag("businesses/front_page/front_page.html", takes_context=True)
def front_page(context: template.Context) -> dict[str, Any]:
    """Show how onboarding is doing; nothing to users without view permission."""
    return page.front_page(context["request"])


@register.simple_tag(takes_context=True)
def recent_actions(context: dict[str, Any]) -> Iterable[actions.RecentAction]:
    """Return what the user who looks at the page did last, as far as they may see it."""
    return actions.recent_actions(context["request"].user)

"""`{% front_page %}`, `{% recent_actions %}` and `{% other_pages %}`, for the admin's index."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from businesses.pages.front_page import page
from businesses.pages.front_page import recent_actions as actions

register = template.Library()

IN_TABS = {"Business", "Onboarding"}


@register.inclusion_tag("businesses/front_page/front_page.html", takes_context=True)
def front_page(context: template.Context) -> dict[str, Any]:
    """Show how onboarding is doing; nothing to users without view permission."""
    return page.front_page(context["request"])


@register.simple_tag(takes_context=True)
def recent_actions(context: dict[str, Any]) -> Iterable[actions.RecentAction]:
    """Return what the user who looks at the page did last, as far as they may see it."""
    return actions.recent_actions(context["request"].user)


@register.simple_tag
def other_pages(app_list: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the models that a user may see and no tab leads to."""
    return [
        model
        for app in app_list
        for model in app["models"]
        if model["admin_url"] and model["object_name"] not in IN_TABS
    ]

"""The search for people over everything, which is on every page of the admin."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from businesses.backend import get_backend
from businesses.exceptions import NotUnderstood
from businesses.pages.frame import kinds_seen_by, page_of
from businesses.pages.live.filter import search_term
from businesses.pages.search.finding import search

TEMPLATE = "businesses/search/search.html"
NOT_UNDERSTOOD = 400


@require_safe
def search_view(request: HttpRequest, *, site: admin.AdminSite) -> HttpResponse:
    """Show who was found, a row each; one person alone is shown at once."""
    kinds = kinds_seen_by(request)
    if not kinds:
        raise PermissionDenied
    context = {"title": "Search", "term": ""}
    try:
        term = search_term(request.GET)
    except NotUnderstood as error:
        return page_of(site, request, TEMPLATE, {**context, "error": error}, status=NOT_UNDERSTOOD)
    if not term:
        return page_of(site, request, TEMPLATE, context)
    result = search(get_backend(), term, kinds)
    if only := result.only(term):
        return redirect(only.url)
    return page_of(site, request, TEMPLATE, {**context, "term": term, "result": result})
